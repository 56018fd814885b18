"""Imported results stand beside measured ones with a mark of their own, and change no number."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from xfer_core.charts import imported_words
from xfer_core.exchange.result import Result, publish
from xfer_core.home import Home

Opened = Callable[..., AppTest]
MARK = "◇"
SOURCE = "Table 3 of a paper"
CELL = {"cell": "mini-qqp~mini-pos", "language": "de"}


def texts(app: AppTest) -> str:
    return "\n".join(str(one.value) for one in app.markdown).replace("\\", "")


@pytest.fixture
def brought(full: Home) -> Home:
    """Results of two others on German POS; one is of the very model of a measured cell."""
    common = {"target": "mini-pos", "language": "de", "metric": "f1", "origin": SOURCE}
    results = [
        Result("mini-s", value=0.9123, intermediate="mini-qqp", **common),
        Result("Somebody's model", value=0.8017, note="Another test set.", **common),
    ]
    publish(full, results, {"file": "results.csv"})
    return full


def test_the_cell_panel_names_them_and_their_source(brought: Home, opened: Opened) -> None:
    app = opened("heatmap", **CELL)
    assert not app.exception
    assert f"{MARK} 91.2 points of F1, imported: {SOURCE}" in texts(app)
    (table,) = (one.value for one in app.dataframe if imported_words.COLUMN in one.value)
    assert table[imported_words.COLUMN].tolist() == [f"{MARK} 91.2", f"{MARK} 80.2"]
    assert table["Model"].tolist() == ["mini-s + QQP", "Somebody's model"]
    assert table["Source"].tolist() == [SOURCE] * 2 and table["Note"][1] == "Another test set."
    assert table["Measured here"].notna().tolist() == [True, False]
    assert "never in a mean, a gain, a claim or a recommendation" in texts(app)


def test_no_measured_number_changes_or_has_the_mark(
    full: Home, opened: Opened, request: pytest.FixtureRequest
) -> None:
    def numbers() -> tuple[list[str], list[str]]:
        app = opened("heatmap", **CELL)
        return [str(one.value) for one in app.metric], [texts(app)]

    before, said = numbers()
    assert MARK not in said[0]
    request.getfixturevalue("brought")
    after, _ = numbers()
    assert before == after


def test_the_table_twin_has_a_column_of_them(brought: Home, opened: Opened) -> None:
    app = opened("heatmap", **{**CELL, "as": "Table"})
    assert not app.exception
    twin = next(one.value for one in app.dataframe if "Gain, points" in one.value)
    told = twin[twin[imported_words.COLUMN] != ""]
    assert told[["Intermediate task", "Column"]].to_numpy().tolist() == [["QQP", "POS"]]
    assert told[imported_words.COLUMN].tolist() == [f"{MARK} 91.2 F1 ({SOURCE})"]
    other = opened("heatmap", **{"as": "Table", "language": "fr"})
    assert not any(imported_words.COLUMN in one.value for one in other.dataframe)


@pytest.mark.parametrize("page", ["accuracy_latency", "compare"])
def test_other_pages_show_them_below_what_was_measured(
    page: str, brought: Home, opened: Opened
) -> None:
    app = opened(page, target="mini-pos", language="de")
    assert not app.exception
    assert any(imported_words.COLUMN in one.value for one in app.dataframe)
    assert "Results made elsewhere on POS, German" in texts(app)
