"""Published figures of one cell, and what differs between both protocols."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from spool_samples import stage, write_job, write_run

from xfer_core.charts import published_words
from xfer_core.claims.protocols import Protocol, differences, protocol
from xfer_core.claims.published import beside, figures
from xfer_core.home import Home
from xfer_core.store import Store
from xfer_core.views.gains import gains

LARGE = "xlm-roberta-large"
HERE = Protocol("paper", LARGE, "tatoeba", "accuracy", "sw", "mean", 13, 144, "hub")
JIANT = {
    **{"encoder": LARGE, "split": "test", "metric": "accuracy", "language": "sw"},
    **{"layer": 14.0, "pooling": "mean", "max_length": 256.0, "data": ""},
}
EVALUATION = {"retrieval_layer": 13, "retrieval_pooling": "cls", "max_length": 144}


@pytest.mark.parametrize(
    ("figure", "here", "said"),
    [
        ({}, {}, ["layer 14, here 13", "256 tokens at most, here 144"]),
        ({}, {"layer": 14, "max_length": 256}, []),
        ({"pooling": "cls"}, {"layer": 14, "max_length": 256}, ["cls pooling, here mean"]),
        (
            {"layer": float("nan"), "pooling": "", "max_length": float("nan")},
            {},
            ["layer not told, here 13", "pooling not told, here mean"],
        ),
        (
            {"layer": float("nan"), "pooling": "", "data": "XTREME's files"},
            {"target": "xnli", "max_length": 256},
            ["data: XTREME's files, here from the Hugging Face hub"],
        ),
        (
            {"encoder": "", "split": "dev", "metric": "squad_f1", "language": "all"},
            {"target": "xnli", "language": "zero-shot", "max_length": 256},
            ["another model", "published on dev, measured on test", "here accuracy",
             "mean with English, here without"],
        ),
        (
            {"data": "XTREME's files"},
            {"catalog": "mini", "target": "mini-xnli", "max_length": 256},
            ["mini stands for XTREME"],
        ),
    ],
)  # fmt: skip
def test_what_differs_is_named(
    figure: dict[str, Any], here: dict[str, Any], said: list[str]
) -> None:
    found = differences({**JIANT, **figure}, replace(HERE, **here))
    assert len(found) == len(said)
    assert all(text in one for text, one in zip(said, found, strict=True))


def test_the_columns_of_the_file_say_what_its_protocols_say() -> None:
    table = figures()
    told = table["protocol"].str.contains("mean pooling, layer 14, 256 tokens")
    assert told.sum() == 40
    assert set(table[told]["layer"]) == {14} and set(table[told]["max_length"]) == {256}
    assert set(table[told]["pooling"]) == {"mean"}
    rest = table[~told]
    assert rest["layer"].isna().all() and set(rest["pooling"]) == {""}
    sampled = table["protocol"].str.contains(r"dev part \(sample\)")
    assert set(table[sampled]["data"]) == {"dev part of BUCC (sample)"}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "store").create()


def written(home: Home, target: str, *names: str, **more: Any) -> None:
    stages = []
    for name in names:
        for seed in (1, 2):
            values = {"settings": {"evaluation": EVALUATION}, **more}
            stages.append(stage("evaluate", name, target, seed, **values))
            write_job(home, stages[-1], accuracy=0.6)
    write_run(home, "run-1", stages)


def test_a_retrieval_cell_of_the_same_model_stands_first(home: Home) -> None:
    place = {"catalog": "paper", "encoder": LARGE}
    written(home, "tatoeba", "none", languages=("de", "ru"), **place)
    asked = {**place, "intermediate": "none", "target": "tatoeba"}
    with Store.temporary(home) as store:
        cell = gains(store, **asked, language="de").iloc[0]
        how = protocol(store, cell.to_dict())
        german = beside(store, **asked, language="de")
        mean = beside(store, **asked, language="zero-shot")
        trained = beside(store, **{**asked, "intermediate": "mnli"}, language="de")
        greek = beside(store, **asked, language="el")
    assert (how.layer, how.pooling, how.max_length) == (13, "cls", 144)
    first = german.iloc[0]
    assert (first["published"], first["measured"]) == (63.9, pytest.approx(100 * cell["score"]))
    assert first["difference"] == pytest.approx(100 * cell["score"] - 63.9)
    assert "layer 14, here 13; mean pooling, here cls; 256 tokens" in first["differs"]
    assert set(mean["language"]) == {"all"} and "mean with English" in mean["differs"].iloc[0]
    assert trained.empty and greek.empty  # the one has no result, nor the other
    said = published_words.nearest(german, LARGE)
    assert said.startswith(
        "◇ 63.9 points of accuracy, published: jiant-dev/jiant-dev#128. Layer 14"
    )


def test_gains_of_the_best_task_stand_beside_those_of_any_on_mini(home: Home) -> None:
    written(home, "mini-xnli", "none", "mini-mnli", encoder="mini-s")
    place = {"catalog": "mini", "encoder": "mini-s", "target": "mini-xnli", "language": "all"}
    with Store.temporary(home) as store:
        table = beside(store, **place, intermediate="mini-mnli")
        own = gains(store, **place, intermediate="mini-mnli").iloc[0]
        baseline = beside(store, **place, intermediate="none")
    gain = table[table["what"] == "gain"].iloc[0]
    assert gain["published"] == pytest.approx(1.2)
    assert gain["measured"] == own["gain_points"] and gain["ci_low"] == own["ci_low"]
    assert set(baseline["what"]) == {"score"} and len(baseline) > 5
    rows = published_words.as_table(table)
    assert rows["◇ Published"].str.startswith("◇ ").all()
    assert "◇ +1.2" in set(rows["◇ Published"])
    assert rows["Differs in"].str.contains("mini stands for XTREME").all()
    assert published_words.nearest(table, "mini-s") == ""
    assert isinstance(published_words.alt_text(table), str)
    assert pd.api.types.is_float_dtype(rows["Difference"])
