from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest

from xfer_core.specification import Spec
from xfer_core.views import gaps
from xfer_core.views.gaps import Grid

BEFORE = {
    "catalog": "mini",
    "encoders": ["mini-s", "mini-m"],
    "intermediates": ["none", "mini-mnli"],
    "targets": ["mini-xnli"],
    "seeds": [1, 2],
    "title": "first",
    "settings": {"target": {"steps": 30}},
}
ROWS, COLUMNS = ("none", "mini-mnli", "mini-sst"), ("mini-xnli", "mini-pos")


def grid(measured: dict[tuple[str, str], tuple[int, ...]]) -> Grid:
    seeds = {("mini-s", *cell): found for cell, found in measured.items()}
    return Grid("mini", "mini-s", ROWS, COLUMNS, seeds)


FULL = {(row, column): (1, 2) for row in ROWS for column in COLUMNS}


def test_fill_names_the_rows_and_columns_with_gaps_and_keeps_settings() -> None:
    measured = {cell: seeds for cell, seeds in FULL.items() if cell != ("mini-sst", "mini-pos")}
    values = gaps.fill(grid(measured), BEFORE)
    assert values is not None
    spec = Spec.parse(values)
    assert spec.encoders == ("mini-s",)
    assert spec.intermediates == ("none", "mini-sst")
    assert spec.targets == ("mini-pos",)
    assert spec.seeds == (1, 2)
    assert spec.settings.target.steps == 30
    assert gaps.fill(grid(FULL), BEFORE) is None


def test_missing_baseline_alone_can_be_asked_for() -> None:
    measured = {cell: seeds for cell, seeds in FULL.items() if cell[0] != "none"}
    values = gaps.fill(grid(measured), BEFORE)
    assert values is not None
    assert Spec.parse(values).intermediates == ("none",)


def test_seed_is_added_to_what_is_there() -> None:
    measured = {("none", "mini-xnli"): (1, 2), ("mini-mnli", "mini-xnli"): (1, 2, 5)}
    values = gaps.add_seed(grid(measured), BEFORE)
    assert values is not None
    spec = Spec.parse(values)
    assert (spec.intermediates, spec.targets) == (("none", "mini-mnli"), ("mini-xnli",))
    assert spec.seeds == (6,)
    assert gaps.add_seed(grid({}), BEFORE) is None
    assert grid({}).usual_seeds == [1]


class Answering:
    """Answers with one table, whatever is asked."""

    def __init__(self, table: pd.DataFrame) -> None:
        self.table = table

    def query(self, sql: str, parameters: Any = ()) -> pd.DataFrame:
        return self.table


@pytest.mark.parametrize(
    ("catalog", "encoder", "expected"),
    [(None, None, "c"), ("mini", None, "b"), ("mini", "mini-m", "a"), ("paper", "mini-m", None)],
)
def test_newest_request_of_a_catalogue_and_encoder(
    catalog: str | None, encoder: str | None, expected: str | None
) -> None:
    rows = [
        ("d", json.dumps({"catalog": "mini", "encoders": ["mini-s"], "targets": []})),
        ("c", json.dumps({"catalog": "paper", "encoders": ["xlm"], "targets": ["xnli"]})),
        ("x", "no json"),
        ("b", json.dumps({**BEFORE, "encoders": ["mini-s"]})),
        ("a", json.dumps(BEFORE)),
    ]
    store = Answering(pd.DataFrame(rows, columns=["run_id", "spec"]))
    found = gaps.last_request(store, catalog, encoder)
    assert (found[0] if found else None) == expected


def test_request_of_an_older_version_loses_what_has_gone() -> None:
    old = {
        **BEFORE,
        "gone": 1,
        "settings": {"latency": {"batch_size": 1, "samples": 9}, "target": {"steps": 30}, "x": {}},
    }
    store = Answering(pd.DataFrame([("a", json.dumps(old))], columns=["run_id", "spec"]))
    found = gaps.last_request(store)
    assert found is not None
    spec = Spec.parse(found[1])
    assert (spec.settings.latency.samples, spec.settings.target.steps) == (9, 30)
