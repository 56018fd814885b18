"""One number, one value: JSON, CSV, table, view, figure and hover agree to the last digit shown."""

from __future__ import annotations

import csv
import io
import math

import pytest

from xfer_core.charts import heatmap as chart
from xfer_core.charts import heatmap_words, theme
from xfer_core.charts.cell_look import THIN
from xfer_core.domain.language import MINI_LANGUAGES
from xfer_core.store import Store
from xfer_core.views import heatmap as view

pytestmark = pytest.mark.slow

BY_LANGUAGE = ("gains", "--by", "intermediate,target,language")
NUMBERS = "score baseline gain_points sd_points ci_low ci_high p_value n_seeds n_examples".split()


@pytest.fixture(scope="module")
def rows(xfer, finished) -> dict[tuple[str, str, str], dict]:
    """Rows of ``xfer gains --json`` by intermediate, target and language."""
    found = xfer(*BY_LANGUAGE, "--home", finished.root, "--json").json
    return {(row["intermediate"], row["target"], row["language"]): row for row in found}


@pytest.fixture(scope="module")
def store(finished):
    with Store.temporary(finished) as opened:
        yield opened


def same(one: object, other: object) -> bool:
    missing = [value is None or value != value for value in (one, other)]
    return all(missing) if any(missing) else one == other


def shown(row: dict) -> str:
    """The text of a cell, from the JSON alone."""
    if row["intermediate"] == "none":
        return f"{100 * row['score']:.1f}"
    text = f"{row['gain_points']:+.1f}"
    return "0.0" if float(text) == 0 else text.replace("-", "\N{MINUS SIGN}")


def test_the_small_grid_is_worth_comparing(rows):
    gains = [row["gain_points"] for row in rows.values() if row["intermediate"] != "none"]
    assert len(gains) == 7 and any(gain != 0 for gain in gains)


def test_csv_has_the_numbers_of_json(xfer, finished, rows):
    answer = xfer(*BY_LANGUAGE, "--format", "csv", "--home", finished.root)
    found = list(csv.DictReader(io.StringIO(answer.out)))
    assert len(found) == len(rows)
    for line in found:
        row = rows[line["intermediate"], line["target"], line["language"]]
        for name in NUMBERS:
            assert same(float(line[name]) if line[name] else None, row[name]), name
        assert line["significant"] == str(row["significant"])
        assert line["seeds"] == "1 2"


def test_the_table_shows_the_numbers_of_json(xfer, finished, rows, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    text = xfer(*BY_LANGUAGE, "--home", finished.root).out
    for (intermediate, target, language), row in rows.items():
        (line,) = [
            line
            for line in text.splitlines()
            if [part.strip() for part in line.split("│")][:3] == [intermediate, target, language]
        ]
        cells = [part.strip() for part in line.split("│")]
        assert cells[3] == f"{100 * row['score']:.1f}"
        if intermediate != "none":
            assert cells[5].rstrip("*") == shown(row)
            low, high = (theme.signed(row[name]) for name in ("ci_low", "ci_high"))
            assert cells[6] == f"{low} to {high}"


@pytest.mark.parametrize("language", ["zero-shot", "all", "en", "de"])
def test_the_grid_over_targets(store, rows, language):
    table = view.heatmap(store, catalog="mini", encoder="mini-s", language=language)
    _agrees(table, rows, {"mini-tatoeba"} if language == "en" else set())


@pytest.mark.parametrize("target", ["mini-xnli", "mini-tatoeba"])
def test_the_grid_over_languages(store, rows, target):
    table = view.heatmap(store, catalog="mini", encoder="mini-s", target=target)
    _agrees(table, rows, set(MINI_LANGUAGES) - {"en", "de"})


def _agrees(table, rows, without: set[str]) -> None:
    """The view, the table shown for it and the figure, against the JSON."""
    row_means, column_means = view.margins(table)
    figure = chart.heatmap(table, row_means, column_means)
    texts = {
        tuple(data[1:3]): (text, hover)
        for text, hover, data in zip(
            figure.data[0].text, figure.data[0].hovertext, figure.data[0].customdata, strict=True
        )
        if data[0] == "cell"
    }
    assert len(texts) == len(table)
    for cell in table.to_dict("records"):
        text, hover = texts[cell["row"], cell["column"]]
        if cell["column"] in without:
            assert cell["state"] in ("not_run", "not_applicable") and text == ""
            continue
        row = rows[cell["intermediate"], cell["target"], cell["language"]]
        for name in NUMBERS:
            assert same(cell[name], row[name]), name
        assert text.split(THIN)[0] == shown(row)
        assert shown(row) in hover
    listed = heatmap_words.as_table(table).to_dict("records")
    for cell, line in zip(table.to_dict("records"), listed, strict=True):
        for name, title in (("gain_points", "Gain, points"), ("ci_low", "95% low")):
            assert same(line[title], cell[name])
        assert same(line["Score"], 100 * cell["score"])


def test_margins_are_means_of_the_cells_shown(store, rows):
    table = view.heatmap(store, catalog="mini", encoder="mini-s", language="zero-shot")
    row_means, column_means = view.margins(table)
    gains = {
        target: rows["mini-sst", target, "zero-shot"]["gain_points"]
        for target in ("mini-xnli", "mini-tatoeba")
    }
    (mean,) = row_means["gain_points"]
    assert math.isclose(mean, sum(gains.values()) / 2, abs_tol=1e-9)
    for record in column_means.to_dict("records"):
        assert math.isclose(record["gain_points"], gains[record["column"]], abs_tol=1e-9)
    figure = chart.heatmap(table, row_means, column_means)
    margin = [
        text
        for text, data in zip(figure.data[0].text, figure.data[0].customdata, strict=True)
        if data[0] == "mean" and data[1] == "mini-sst"
    ]
    assert margin == [theme.signed(mean)]


def test_the_data_card_has_the_same_numbers(xfer, finished, rows, tmp_path):
    card = tmp_path / "card.md"
    begin, end = (f"<!-- xfer card --aims: {mark} -->" for mark in ("begin", "end"))
    card.write_text(f"before\n{begin}\nold\n{end}\nafter\n")
    options = ("card", "--aims", "--encoder", "mini-s", "--home", finished.root)
    assert xfer(*options, "--write", card).code == 0
    text = card.read_text()
    assert text.startswith(f"before\n{begin}\n\nScore x 100") and text.endswith(f"{end}\nafter\n")
    (line,) = [line for line in text.splitlines() if line.startswith("| mini-xnli")]
    _, _, english, lowest, others, _, aim, reached, _ = map(str.strip, line.split("|"))
    scores = [rows["none", "mini-xnli", code]["score"] for code in ("en", "de")]
    assert [english, others] == [f"{100 * score:.1f}" for score in scores]
    assert float(lowest) <= float(english) and aim == "65"
    assert reached == ("yes" if 100 * scores[1] >= 65 else "no")


def test_a_card_without_marks_is_left_as_it_is(xfer, finished, tmp_path):
    card = tmp_path / "card.md"
    card.write_text("mine\n")
    answer = xfer("card", "--encoder", "mini-s", "--home", finished.root, "--write", card)
    assert answer.code == 2 and "Expected the lines" in answer.err
    assert card.read_text() == "mine\n"
