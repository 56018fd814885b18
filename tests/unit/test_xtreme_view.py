"""XTREME's own score: whole tasks, groups, all nine; by seed; imported apart from measured."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from spool_samples import stage

from xfer_core import spool
from xfer_core.cli import xtreme as command
from xfer_core.domain import xtreme as rules
from xfer_core.domain.errors import UsageError
from xfer_core.domain.event import EventType
from xfer_core.exchange.result import Result, publish
from xfer_core.home import Home
from xfer_core.store import Store
from xfer_core.views.xtreme import COLUMNS, xtreme

SCORES = {
    name: {
        code: round(0.3 + 0.01 * at + 0.02 * number, 4)
        for at, code in enumerate(rules.LANGUAGES[name])
    }
    for number, name in enumerate(rules.LANGUAGES)
}
"""Main score of each task and language in seed 1; a seed adds a hundredth."""
EXACT = 0.1
"""What exact match is below F1."""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "store").create()


def measured(
    home: Home, name: str, seed: int = 1, without: Iterable[str] = (), **more: Any
) -> None:
    """One evaluate stage of a task."""
    values = {"catalog": "paper", "encoder": "xlm-r", "languages": rules.LANGUAGES[name], **more}
    one = stage(target=name, seed=seed, **values)
    with spool.Writer(home.job(one.key), one.key, 1) as writer:
        writer.append(EventType.STARTED, run_id="run-1", stage=one.to_json())
        for code, value in SCORES[name].items():
            for metric in () if code in without else rules.METRICS[name]:
                lower = EXACT if metric.endswith("exact_match") else 0.0
                writer.append(
                    EventType.SCORE,
                    language=code,
                    split="test",
                    metric=metric,
                    value=value + 0.01 * (seed - 1) - lower,
                    n_examples=100,
                    scores=None,
                    weights=None,
                    note="pairs only" if name == "bucc2018" else "",
                )
        writer.append(EventType.FINISHED, wall_seconds=1.0, rows=writer.rows)


def table(home: Home, **chosen: str) -> pd.DataFrame:
    with Store.open(home) as store:
        found = xtreme(store, **chosen)
    assert list(found.columns) == COLUMNS
    return found.set_index("name", drop=False)


def mean(name: str) -> float:
    """By hand: the mean over all languages; in question answering that of F1 and exact match."""
    values = list(SCORES[name].values())
    lower = EXACT / 2 if len(rules.METRICS[name]) == 2 else 0.0
    return sum(values) / len(values) - lower


def test_all_nine_tasks_make_groups_and_one_score(home: Home) -> None:
    for name in rules.LANGUAGES:
        measured(home, name)
    found = table(home)
    for name, codes in rules.LANGUAGES.items():
        row = found.loc[name]
        assert (row["level"], row["n_languages"], row["missing"]) == ("task", len(codes), [])
        assert row["score"] == pytest.approx(mean(name), abs=1e-12)
    qa = (mean("xquad") + mean("mlqa") + mean("tydiqa")) / 3
    assert found.loc["qa", "score"] == pytest.approx(qa, abs=1e-12)
    assert found.loc["classification", "level"] == "group"
    every = sum(map(mean, rules.LANGUAGES)) / 9  # of tasks, not of groups
    assert found.loc["all", "score"] == pytest.approx(every, abs=1e-12)
    assert found.loc["all", "level"] == "all" and (found["n_seeds"] == 1).all()
    assert found.loc["bucc2018", "note"] == "pairs only" and found.loc["xnli", "note"] == ""


def test_english_counts(home: Home) -> None:
    measured(home, "xnli")
    assert "en" in rules.LANGUAGES["xnli"]
    zero_shot = [value for code, value in SCORES["xnli"].items() if code != "en"]
    found = table(home).loc["xnli", "score"]
    assert found == pytest.approx(mean("xnli"))
    assert found != pytest.approx(sum(zero_shot) / len(zero_shot), abs=1e-4)


def test_a_missing_language_leaves_the_task_and_what_needs_it_open(home: Home) -> None:
    for name in rules.LANGUAGES:
        measured(home, name, without=("sw", "th") if name == "xquad" else ())
    found = table(home)
    assert found.loc["xquad", "missing"] == ["th"] and found.loc["xquad", "n_languages"] == 10
    assert pd.isna(found.loc["xquad", "score"]) and found.loc["xquad", "n_seeds"] == 0
    assert {"retrieval", "tagging", "classification"} <= set(found.index)
    assert not {"qa", "all"} & set(found.index)


def test_f1_without_exact_match_is_not_whole(home: Home) -> None:
    one = [Result("m", "mlqa", code, "mlqa_f1", 0.5, seed=1) for code in rules.LANGUAGES["mlqa"]]
    publish(home, one, {})
    assert pd.isna(table(home).loc["mlqa", "score"])


def test_seeds_are_kept_apart(home: Home) -> None:
    for name in ("xnli", "pawsx"):
        for seed in (1, 2, 3):
            measured(home, name, seed, without=("ur", "ko") if seed == 3 else ())
    measured(home, "pawsx", 4)
    found = table(home)
    assert found.loc["xnli", "seeds"] == [1, 2] and found.loc["pawsx", "seeds"] == [1, 2, 4]
    assert found.loc["xnli", "score"] == pytest.approx(mean("xnli") + 0.005)
    assert found.loc["xnli", "sd"] == pytest.approx(0.01 / 2**0.5)
    group = found.loc["classification"]
    assert group["seeds"] == [1, 2]
    assert group["score"] == pytest.approx((mean("xnli") + mean("pawsx")) / 2 + 0.005)


def test_the_newest_way_of_measuring_counts(home: Home) -> None:
    measured(home, "pawsx", variant="v1")
    measured(home, "pawsx", variant="v2", without=("ko",))
    assert table(home).loc["pawsx", "missing"] == ["ko"]  # never filled up from another way


def test_imported_scores_are_rows_of_their_own(home: Home) -> None:
    measured(home, "pawsx")
    results = [
        Result("xlm-r", "pawsx", code, "accuracy", 0.9, origin="a paper")
        for code in rules.LANGUAGES["pawsx"]
    ]
    publish(home, results, {})
    with Store.open(home) as store:
        found = xtreme(store)
        assert found["source"].tolist() == ["imported", "measured"]
        assert found["score"].tolist() == pytest.approx([0.9, mean("pawsx")])
        assert found["origin"].tolist() == ["a paper", ""] and found["seeds"][0] == [-1]
        assert xtreme(store, source="measured")["score"].tolist() == pytest.approx([mean("pawsx")])
        assert xtreme(store, encoder="mbert").empty


def test_other_catalogues_splits_and_metrics_do_not_count(home: Home) -> None:
    measured(home, "tatoeba", catalog="mine")
    assert table(home).empty


def test_the_command(home: Home, capsys, monkeypatch) -> None:
    # Whatever other tests made of it: "--json" turns it to standard error.
    monkeypatch.setattr(command.console, "stderr", False)
    monkeypatch.setattr(command.console, "_width", 300)
    command.xtreme(home=home.root)
    assert "No scores" in capsys.readouterr().out
    measured(home, "pawsx")
    measured(home, "xnli", without=("sw",))
    command.xtreme(home=home.root, json=True)
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows] == ["xnli", "pawsx"]
    assert rows[0]["score"] is None and rows[0]["missing"] == ["sw"]
    command.xtreme(home=home.root, format="csv")
    (first, second) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert first["missing"] == "sw" and float(second["score"]) == pytest.approx(mean("pawsx"))
    command.xtreme(home=home.root)
    out = capsys.readouterr().out
    assert f"{100 * mean('pawsx'):.1f}" in out and "missing sw" in out
    with pytest.raises(UsageError, match="--format"):
        command.xtreme(home=home.root, format="xml")
    with pytest.raises(UsageError, match="--source"):
        command.xtreme(home=home.root, source="mine")
