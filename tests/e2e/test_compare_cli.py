"""xfer compare on the small grid; its digits are those of the page and of the heatmap."""

from __future__ import annotations

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from xfer_core.charts import compare_words
from xfer_core.charts.compare_words import formats

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
ROWS = (
    "language score_a score_b difference_points sd_points n_seeds ci_low ci_high p_value "
    "significant n_languages n_examples"
)


@pytest.fixture(scope="module")
def found(xfer, finished) -> dict:
    """Nothing against mini-sst on mini-xnli, as JSON."""
    given = ["none", "mini-sst/mini-xnli", "--language", "de", "--examples", 5]
    return xfer("compare", *given, "--home", finished.root, "--json").json


def cells(text: str) -> list[list[str]]:
    """The rows of all tables in a text."""
    lines = [line for line in text.splitlines() if "│" in line]
    return [[cell.strip() for cell in line.split("│")] for line in lines]


def test_json_has_sides_settings_and_rows(found):
    assert found["a"] == {"encoder": "mini-s", "intermediate": "none", "run": ""}
    assert found["b"] == {"encoder": "mini-s", "intermediate": "mini-sst", "run": ""}
    assert (found["target"], found["metric"], found["missing"]) == ("mini-xnli", "accuracy", [])
    assert [row["setting"] for row in found["settings"]] == ["intermediate"]
    assert found["settings_same"] > 30, "the settings of all stages are compared"
    assert [row["language"] for row in found["languages"]] == ["en", "de", "zero-shot", "all"]
    for row in found["languages"]:
        assert set(ROWS.split()) <= set(row)
        assert row["n_seeds"] == 2 and row["seeds"] == [1, 2]


def test_differences_are_the_gains_of_the_heatmap(xfer, finished, found):
    given = ["--by", "intermediate,target,language", "--intermediate", "mini-sst"]
    rows = xfer("gains", *given, "--target", "mini-xnli", "--home", finished.root, "--json").json
    gains = {row["language"]: row for row in rows}
    assert len(gains) == 4
    for row in found["languages"]:
        gain = gains[row["language"]]
        assert row["difference_points"] == gain["gain_points"]
        assert (row["score_a"], row["score_b"]) == (gain["baseline"], gain["score"])
        assert (row["ci_low"], row["ci_high"]) == (gain["ci_low"], gain["ci_high"])
        assert row["p_value"] == gain["p_value"]


def test_flips_add_up_to_the_difference(found):
    by_language = {row["language"]: row for row in found["languages"]}
    assert {row["language"] for row in found["flips"]} == {"en", "de"}
    for row in found["flips"]:
        n = row["n_examples"] * row["n_seeds"]
        assert row["both_right"] + row["both_wrong"] + row["gained"] + row["lost"] == n == 16
        points = by_language[row["language"]]["difference_points"]
        assert 100 * (row["gained"] - row["lost"]) / n == pytest.approx(points)
    german = next(row for row in found["flips"] if row["language"] == "de")
    assert len(found["examples"]) <= german["gained"] + german["lost"]
    for example in found["examples"]:
        assert example["prediction_a"] != example["prediction_b"]
        assert example["id"] == str(example["place"])


def test_page_and_table_show_the_same_digits(xfer, copied, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("XFER_HOME", str(copied.root))
    monkeypatch.chdir(ROOT)
    monkeypatch.syspath_prepend(str(ROOT))
    text = xfer("compare", "none", "mini-sst", "--target", "mini-xnli", "--home", copied.root).out
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    query = {"a": "none/mini-s", "b": "mini-sst/mini-s", "target": "mini-xnli", "as": "Table"}
    for name, value in query.items():
        app.query_params[name] = value
    app.switch_page("pages/compare.py").run()
    assert not app.exception
    table = app.dataframe[1].value
    assert set(formats()) & set(table.columns) == {"A", "B", "B − A", "95% low", "95% high"}
    shown = compare_words.written(table).to_numpy().tolist()
    assert len(shown) == 4
    printed = cells(text)
    for row in shown:
        assert row in printed
    headline = app.subheader[0].value.replace("\\", "")
    assert headline in text
    st.cache_resource.clear()
    st.cache_data.clear()


def test_without_a_target_every_target_is_compared(xfer, finished):
    given = ["compare", "none", "mini-sst", "--home", finished.root]
    answer = xfer(*given, "--json").json
    targets = {row["target"]: row for row in answer["targets"]}
    assert set(targets) == {"mini-xnli", "mini-tatoeba"}
    assert all(row["language"] == "zero-shot" for row in targets.values())
    text = xfer(*given).out
    assert "A: no intermediate task; B: SST" in text and "Tatoeba" in text


def test_a_run_with_itself_is_nothing_to_compare(xfer, finished):
    (run,) = (folder.name for folder in finished.runs.iterdir())
    answer = xfer("compare", run, f"none/mini-s/{run}", "--target", "mini-xnli", "--json",
                  "--home", finished.root).json  # fmt: skip
    assert answer["headline"].startswith("Both sides are the same results")
    assert answer["settings"] == []


def test_a_side_that_was_not_run_is_said(xfer, finished):
    given = ["compare", "none", "mini-sst", "--target", "mini-pos", "--home", finished.root]
    answer = xfer(*given, "--json").json
    assert answer["missing"] == ["a", "b"] and answer["languages"] == []
    assert "Neither side has a result here" in xfer(*given).out


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        (["none", "mini-sstt"], "did you mean mini-sst"),
        (["none", "mini-sst", "--target", "mini-xnly"], "did you mean mini-xnli"),
        (["none/mini-xnli", "mini-sst/mini-tatoeba"], "one target on both sides"),
        (["none", "mini-sst", "--examples", "3"], "--language"),
        (["none", "mini-sst", "--language", "german"], "language"),
        (["none", "mini-sst", "--catalog", "paper"], "mini"),
    ],
)
def test_a_wrong_request_is_one_sentence(xfer, finished, given, hint):
    answer = xfer("compare", *given, "--home", finished.root)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("xfer: ") and answer.err.count("\n") == 1
    assert hint in answer.err


def test_an_empty_store_says_what_to_do(xfer, tmp_path):
    answer = xfer("compare", "none", "mini-sst", "--home", tmp_path / "store")
    assert answer.code == 2 and "xfer demo" in answer.err
