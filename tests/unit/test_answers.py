"""Answers of the database are kept exactly as long as they are true."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from xfer_core.domain.errors import StoreError
from xfer_core.home import Home
from xfer_core.store import Store, answers
from xfer_core.store.answers import Answers
from xfer_core.views.selection import CURRENT_CELLS, current_cells


class Database:
    """Answers each question with how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, sql: str, parameters: Any) -> pd.DataFrame:
        self.asked += 1
        return pd.DataFrame({"n": [self.asked] * 3})


def first(table: pd.DataFrame) -> int:
    return int(table["n"].iloc[0])


def test_a_question_is_asked_once_per_version() -> None:
    kept, database = Answers(), Database()
    assert [first(kept.get(1, "a", [], database)) for _ in range(3)] == [1, 1, 1]
    assert first(kept.get(2, "a", [], database)) == 2
    assert first(kept.get(2, "a", [], database)) == 2


def test_who_still_asks_about_an_earlier_version_gets_no_newer_answer_and_leaves_none() -> None:
    kept, database = Answers(), Database()
    assert first(kept.get(2, "a", [], database)) == 1
    assert first(kept.get(1, "a", [], database)) == 2
    assert first(kept.get(2, "a", [], database)) == 1


@pytest.mark.parametrize(
    "others",
    [[[1, "x"], ["1", "x"]], [[1], [True]], [[["a", "b"]], [["a"]]], [{"a": 1}, {"b": 1}]],
)
def test_other_values_are_another_question(others: Sequence[Any]) -> None:
    kept, database = Answers(), Database()
    found = [first(kept.get(1, "a", values, database)) for values in [*others, *others]]
    assert found == [1, 2, 1, 2]


def test_what_is_done_to_an_answer_stays_with_its_reader() -> None:
    kept, database = Answers(), Database()
    mine = kept.get(1, "a", [], database)
    mine["n"] = 9
    mine.loc[0, "n"] = 8
    mine["more"] = 0
    assert kept.get(1, "a", [], database).equals(pd.DataFrame({"n": [1, 1, 1]}))


def test_large_answers_and_old_ones_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "MOST", 2)
    kept, database = Answers(), Database()
    for sql in ("a", "b", "a", "c", "a"):
        kept.get(1, sql, [], database)
    assert database.asked == 3
    kept.get(1, "b", [], database)  # the one not asked for longest is gone
    assert database.asked == 4
    monkeypatch.setattr(answers, "MOST_VALUES", 2)
    for _ in range(2):
        kept.get(1, "large", [], database)
    assert database.asked == 6


def test_a_closed_store_answers_nothing_that_it_once_knew(tmp_path: Path) -> None:
    store = Store.open(Home(tmp_path))
    assert store.query("SELECT 1 AS one")["one"].iloc[0] == 1
    store.close()
    with pytest.raises(StoreError):
        store.query("SELECT 1 AS one")


CELLS = [
    # intermediate, target, variant, day: which variant is newest?
    ("none", "xnli", "a", 1),
    ("mnli", "xnli", "a.x", 2),
    ("none", "xnli", "a.x", 9),  # a shared baseline's date tells nothing: it has an arm
    ("mnli", "xnli", "a.y", 3),
    ("none", "pos", "b", 1),
    ("none", "pos", "c", 2),
    ("none", "ner", "d.x", 5),  # nothing else is there
    ("none", "ner", "d.w", 5),
]


def test_current_cells_are_those_of_the_newest_variant_either_way(tmp_path: Path) -> None:
    with Store.open(Home(tmp_path)) as store:
        connection = store._connection
        for intermediate, target, variant, day in CELLS:
            for catalog in ("one", "two"):
                # In the other catalogue time runs backwards.
                at = day if catalog == "one" else 20 - day
                connection.execute(
                    "INSERT INTO cells BY NAME SELECT ? AS catalog, 'e' AS encoder, "
                    "? AS intermediate, ? AS target, 'de' AS language, 'accuracy' AS metric, "
                    "'test' AS split, ? AS variant, make_timestamptz(2026, 1, ?, 0, 0, 0) "
                    "AS recorded_at",
                    [catalog, intermediate, target, variant, at],
                )
        key = "catalog, intermediate, target, variant"
        plain = store.query(f"SELECT {key} FROM ({CURRENT_CELLS}) ORDER BY ALL")
        source, variants = current_cells(store)
        quick = store.query(f"SELECT {key} FROM ({source}) ORDER BY ALL", variants)
    assert plain.equals(quick)
    newest = plain.groupby(["catalog", "target"])["variant"].agg(set).to_dict()
    assert newest == {
        ("one", "xnli"): {"a.y"},
        ("one", "pos"): {"c"},
        ("one", "ner"): {"d.x"},
        ("two", "xnli"): {"a"},
        ("two", "pos"): {"b"},
        ("two", "ner"): {"d.x"},
    }
