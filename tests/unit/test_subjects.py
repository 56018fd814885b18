"""Accuracy by subject, and by where the pretraining text states the answer."""

from __future__ import annotations

import pytest
from spool_samples import stage

from xfer_core import catalog, spool
from xfer_core.domain.event import EventType
from xfer_core.home import Home
from xfer_core.store import Store
from xfer_core.views.subjects import COLUMNS, ELSEWHERE, EVERYWHERE, HERE, KNOWLEDGE, subjects

LANGUAGES = ("en", "de")
N = 100


def answered(home: Home, right: dict[str, list[float]], seed: int = 1) -> None:
    one = stage(target="mini-mmlu", seed=seed, languages=LANGUAGES)
    folder = home.job(one.key)
    with spool.Writer(folder, one.key, 1) as writer:
        writer.append(EventType.STARTED, run_id="run-1", stage=one.to_json(), pid=1, host="here")
        for language, scores in right.items():
            writer.append(
                EventType.SCORE,
                language=language,
                split="test",
                metric="accuracy",
                value=sum(scores) / len(scores),
                n_examples=len(scores),
                scores=scores,
                weights=None,
            )
        writer.append(EventType.FINISHED, wall_seconds=1.0, rows=writer.rows)


@pytest.fixture
def store(tmp_path):
    home = Home(tmp_path / "store").create()
    rows = catalog.task("mini-mmlu").source.rows("test", "en")[:N]
    knows_currencies = [float(row["subject"] == "currencies") for row in rows]
    answered(home, {"en": knows_currencies, "de": [1.0] * N})
    with Store.open(home) as opened:
        yield opened


def test_scores_fall_to_the_subject_of_their_question(store):
    table = subjects(store, target="mini-mmlu")
    assert list(table.columns) == COLUMNS
    english = table[table["language"] == "en"].groupby("subject")["score"].mean()
    assert english["currencies"] == 1.0
    assert (english.drop("currencies") == 0.0).all()
    assert table.groupby("language")["n"].sum().to_dict() == {"en": N, "de": N}


def test_where_an_answer_was_told(store):
    table = subjects(store, target="mini-mmlu")
    known = table[table["subject"].isin(KNOWLEDGE)]
    assert {EVERYWHERE, ELSEWHERE} <= set(known["told"])
    rows = catalog.task("mini-mmlu").source.rows("test", "de")[:N]
    here = sum(row["told_in"] == "de" for row in rows)
    german = known[(known["language"] == "de") & (known["told"] == HERE)]
    assert int(german["n"].sum()) == here


def test_other_kinds_and_an_empty_store_give_no_rows(store, tmp_path):
    assert subjects(store, target="mini-xnli").empty
    with Store.open(Home(tmp_path / "empty").create()) as empty:
        assert subjects(empty, target="mini-mmlu").empty
