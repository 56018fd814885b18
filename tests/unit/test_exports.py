"""Exported files: the same digits everywhere, readable, complete, and nothing that runs."""

from __future__ import annotations

import csv
import io
import json
import re
import time
import xml.etree.ElementTree as ElementTree
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
import yaml
from pptx import Presentation
from pptx.enum.chart import XL_CHART_TYPE

from tests import deck_samples
from xfer_core import decks, snapshots
from xfer_core.charts import heatmap_words, slides, theme
from xfer_core.charts.slides import Shown
from xfer_core.cli.app import main
from xfer_core.domain.errors import UsageError, XferError
from xfer_core.exports import pictures, pptx_table, sheets
from xfer_core.exports.hf_card import hf_card
from xfer_core.exports.html_deck import LARGEST, html_deck
from xfer_core.exports.pptx_deck import pptx_deck
from xfer_core.exports.showing import shown
from xfer_core.home import Home
from xfer_core.snapshots import Snapshot
from xfer_core.store import Store
from xfer_core.views.gains import gains
from xfer_core.views.slide import newest

HOSTILE = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1+1",
    '=HYPERLINK("http://evil.example","x")',
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "[x](javascript:alert(1))",
    "![x](http://evil.example/a.png)",
    "a\u202eb",
    "a\x00\x07b",
    "${7*7} {{7*7}} %{x}",
    "---\nmodel-index: []",
    "!!python/object/apply:os.system ['x']",
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    made = Home(tmp_path_factory.mktemp("exports") / "store").create()
    deck_samples.write(made)
    with Store.open(made) as store:
        deck_samples.deck(made, deck_samples.snapshots_of(store))
    return made


@pytest.fixture(scope="module")
def every(home: Home) -> list[Shown]:
    return shown(home, decks.known(home)[0])


def opened(shown_: list[Shown]) -> Any:
    return Presentation(io.BytesIO(pptx_deck("Deck", shown_)))


def one_slide(table: pd.DataFrame, kind: str = "heatmap", **choices: Any) -> Shown:
    snapshot = Snapshot.take(kind, table, {**deck_samples.GRID, **choices})
    return slides.show(decks.Slide("s", snapshot.id, ""), snapshot)


def grid_digits(table: pd.DataFrame) -> dict[tuple[str, str], str]:
    """What each measured cell of the heatmap's picture says, read from its bars."""
    drawn = slides.figure(one_slide(table))
    bars = drawn.data[0]
    found = {}
    for data, text in zip(bars.customdata, bars.text, strict=True):
        number = re.search(r"[+−]?\d+\.\d", text)
        if data[0] == "cell" and number:
            found[theme.task_label(data[1]), theme.task_label(data[2])] = number.group()
    return found


def written_digits(rows: list[dict[str, Any]]) -> dict[tuple[str, str], str]:
    """Gain, or score of the baseline row, of each row of a table twin, as it is written."""
    found = {}
    for row in rows:
        gain, score = row["Gain, points"], row["Score"]
        key = (row["Intermediate task"], row["Column"])
        if gain not in (None, "", "–") and gain == gain:
            found[key] = gain if isinstance(gain, str) and gain[0] in "+−" else _signed(gain)
        elif score not in (None, "", "–") and score == score:
            found[key] = f"{float(score):.1f}"
    return found


def _signed(value: Any) -> str:
    return theme.signed(float(value))


def test_what_was_frozen_draws_the_same_pictures(home: Home) -> None:
    with Store.open(home) as store:
        for taken in deck_samples.snapshots_of(store):
            live = newest(store, taken)
            assert live is not None
            kept = snapshots.load(home, snapshots.save(home, taken))
            slide = decks.Slide("s", taken.id, "")
            old, new = slides.show(slide, kept), slides.show(slide, kept, newest=live)
            assert slides.figure(old).to_json() == slides.figure(new).to_json()
            assert slides.said_rows(old) == slides.said_rows(new)
            assert (old.headline, old.evidence, old.alt) == (new.headline, new.evidence, new.alt)


def test_digits_are_the_same_everywhere(every: list[Shown]) -> None:
    """Heatmap = table = CSV = XLSX = PPTX = HTML, hand-worked extremes included."""
    one = every[0]
    picture = grid_digits(one.table)
    assert len(picture) == 18 and picture["no intermediate", "XNLI"] == "50.8"
    head, *lines = slides.said_rows(one)
    said = [dict(zip(head, line, strict=True)) for line in lines]
    assert written_digits(said) == picture
    table = heatmap_words.as_table(one.table).astype(object).where(lambda value: value.notna())
    assert written_digits(table.to_dict("records")) == picture
    text = sheets.to_csv(sheets.slide_table(one)).decode("utf-8-sig")
    assert written_digits(list(csv.DictReader(io.StringIO(text)))) == picture
    book = openpyxl.load_workbook(io.BytesIO(sheets.deck_workbook("D", every)))
    titles, *cells = book["1 heatmap"].iter_rows(values_only=True)
    assert written_digits([dict(zip(titles, row, strict=True)) for row in cells]) == picture
    grid = opened(every).slides[0].shapes
    native = next(shape for shape in grid if shape.has_table).table
    columns = [cell.text for cell in native.rows[0].cells]
    shown_ = {}
    for row in list(native.rows)[1:-1]:
        name, *values = [cell.text for cell in row.cells]
        for column, value in zip(columns[1:-1], values, strict=False):
            number = re.search(r"[+−]?\d+\.\d", value)
            if number:
                shown_[name, column] = number.group()
    assert shown_ == picture


@pytest.mark.parametrize("gain", [0.05, 0.25, -0.25, 0.04, -0.04, 2.345, -17.75, 100.0])
def test_rounding_is_that_of_the_picture(gain: float) -> None:
    cell = {"row": "mini-mnli", "column": "mini-xnli", "gain_points": gain}
    one = one_slide(deck_samples.gains(cell))
    said = slides.said_rows(one)[1][2]
    assert said == theme.signed(gain)
    assert float(slides.rows(one)["Gain, points"][0]) == float(said.replace("−", "-"))


def test_pptx_has_titles_alt_texts_notes_and_native_parts(every: list[Shown]) -> None:
    made = opened(every)
    assert len(made.slides) == 4
    for page, one in zip(made.slides, every, strict=True):
        assert page.shapes.title.text == one.headline
        parts = [each for each in page.shapes if each.has_table or each.has_chart]
        assert len(parts) == 1
        assert parts[0]._element.nvGraphicFramePr.cNvPr.get("descr") == one.alt != ""
        notes = page.notes_slide.notes_text_frame.text
        assert one.snapshot_id in notes and "catalog mini" in notes and "Seeds: " in notes
        assert one.snapshot_id in " ".join(
            s.text_frame.text for s in page.shapes if s.has_text_frame
        )
        for shape in page.shapes:
            assert shape.left >= 0 and shape.left + shape.width <= made.slide_width
            assert shape.top >= 0 and shape.top + shape.height <= made.slide_height
    chart = next(each for each in made.slides[2].shapes if each.has_chart).chart
    assert chart.chart_type in (XL_CHART_TYPE.XY_SCATTER, XL_CHART_TYPE.XY_SCATTER_LINES)
    series = {each.name: each for each in chart.plots[0].series}
    assert {"Pareto frontier", "mini-m-aligned", "mini-l-aligned"} <= set(series)
    points = sum(
        len(list(each.values)) for name, each in series.items() if name != "Pareto frontier"
    )
    assert points == every[2].table["p50_ms"].notna().sum()


def test_pptx_has_no_text_below_16_points(every: list[Shown]) -> None:
    files = zipfile.ZipFile(io.BytesIO(pptx_deck("Deck", every)))
    sized = 0
    for name in files.namelist():
        if re.fullmatch(r"ppt/(slides/slide|charts/chart)\d+\.xml", name):
            root = ElementTree.fromstring(files.read(name))
            for element in root.iter():
                tag = element.tag.rpartition("}")[2]
                if tag in ("rPr", "defRPr", "endParaRPr") and element.get("sz"):
                    assert int(element.get("sz", "0")) >= 1600, name
                    sized += 1
                if tag == "r" and "drawingml" in element.tag:
                    properties = next(iter(element))
                    assert properties.get("sz"), f"{name}: a text without a size of its own"
    assert sized > 100


def test_pptx_cells_have_contrast(every: list[Shown]) -> None:
    table = next(each for each in opened(every).slides[0].shapes if each.has_table).table
    colors = set()
    for row in table.rows:
        for cell in row.cells:
            run = cell.text_frame.paragraphs[0].runs[0]
            fill, ink = f"#{cell.fill.fore_color.rgb}", f"#{run.font.color.rgb}"
            colors.add(fill)
            assert theme.contrast(fill, ink) >= 4.5
    assert len(colors) > 8


def test_a_grid_that_is_too_large_takes_several_slides() -> None:
    cells = [
        {"row": f"task{row}", "column": f"target{column}"}
        for row in range(14)
        for column in range(20)
    ]
    one = one_slide(deck_samples.gains(*cells))
    made = opened([one])
    assert len(made.slides) == 4
    assert made.slides[3].shapes.title.text.endswith("(4 of 4)")
    seen = set()
    for page in made.slides:
        table = next(each for each in page.shapes if each.has_table).table
        columns = [cell.text for cell in table.rows[0].cells]
        assert len(columns) <= pptx_table.MOST_COLUMNS + 1
        for row in list(table.rows)[1:]:
            seen |= {(row.cells[0].text, name) for name in columns[1:]}
    assert {(f"task{r}", f"target{c}") for r in range(14) for c in range(20)} <= seen


def test_ten_slides_are_made_in_time(every: list[Shown]) -> None:
    began = time.process_time()
    pptx_deck("Ten", [*every, *every, *every[:2]])
    assert time.process_time() - began < 20


def test_html_is_one_closed_page(every: list[Shown]) -> None:
    page = html_deck("Deck", every)
    assert len(page.encode()) < LARGEST
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    assert policy and "default-src 'none'" in policy.group(1)
    assert "unsafe-eval" not in policy.group(1)
    assert "'unsafe-inline'" not in policy.group(1).split("script-src")[1].split(";")[0]
    outside = page.split('<script type="application/json"')[0]
    assert not re.search(r"(src|href)\s*=", outside) and "url(" not in outside
    assert page.count("<section") == 4 and page.count("<table") == 4
    for one in every:
        assert one.snapshot_id in page


def test_html_that_would_be_too_large_says_so(
    every: list[Shown], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xfer_core.exports.html_deck.LARGEST", 1_000_000)
    with pytest.raises(XferError, match="Split the deck"):
        html_deck("Deck", every)


@pytest.fixture(scope="module")
def hostile() -> Shown:
    """A slide of which every text tries to be code."""
    cells = [{"row": f"{text}", "column": f"{HOSTILE[-1 - at]}"} for at, text in enumerate(HOSTILE)]
    table = deck_samples.gains(*cells).assign(encoder=HOSTILE[9], catalog=HOSTILE[10])
    rows = [{**cell, "column": column} for cell in cells for column in (HOSTILE[0], HOSTILE[9])]
    full = deck_samples.gains(*rows).drop_duplicates(["row", "column"]).reset_index(drop=True)
    snapshot = Snapshot.take("heatmap", full, {**deck_samples.GRID, "encoder": HOSTILE[10]})
    slide = decks.Slide("s", snapshot.id, " ".join(HOSTILE)[:190], note="\n".join(HOSTILE))
    assert len(table) == len(HOSTILE)
    return slides.show(slide, snapshot)


def test_hostile_names_stay_text_in_html(hostile: Shown) -> None:
    page = html_deck(HOSTILE[10], [hostile])
    assert page.count("<script") == 3  # the figures, plotly, the slides
    visible = page.split('<script type="application/json"')[0]
    assert not re.search(r"<(img|svg|iframe|a)[\s>]", visible)
    told = page.split('id="figures">')[1].split("</script>")[0]
    assert json.loads(told)["figures"] and "<" not in told
    assert "\u202e" not in page.split("<script>")[0] and "\x00" not in page


def test_hostile_names_stay_text_in_sheets(hostile: Shown) -> None:
    text = sheets.to_csv(sheets.slide_table(hostile)).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert all(
        not re.match(r"[=+\-@\t\r＝]", cell) or re.fullmatch(r"-?\d+(\.\d+)?", cell)
        for row in rows
        for cell in row
    )
    book = openpyxl.load_workbook(io.BytesIO(sheets.deck_workbook(HOSTILE[0], [hostile])))
    texts = 0
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type in ("s", "n", "b") and cell.hyperlink is None
                if isinstance(cell.value, str):
                    texts += 1
                    assert not re.match(r"[=+\-@\t\r＝]", cell.value)
    assert texts > 100
    numbers = [cell.value for cell in book["1 heatmap"]["C"][1:]]
    assert all(isinstance(value, int | float) for value in numbers)
    negative = one_slide(
        deck_samples.gains({"row": "mini-mnli", "column": "mini-xnli", "gain_points": -0.3})
    )
    assert ",-0.3," in sheets.to_csv(sheets.slide_table(negative)).decode()


def test_hostile_names_stay_text_in_pptx(hostile: Shown) -> None:
    made = opened([hostile])
    texts = [
        cell.text
        for page in made.slides
        for shape in page.shapes
        if shape.has_table
        for row in shape.table.rows
        for cell in row.cells
    ]
    assert any("<script>" in text for text in texts)
    notes = made.slides[0].notes_slide.notes_text_frame.text
    assert "\u202e" not in notes and "\x00" not in notes
    files = zipfile.ZipFile(io.BytesIO(pptx_deck("x", [hostile])))
    links = [files.read(name).decode() for name in files.namelist() if name.endswith(".rels")]
    assert not any("evil.example" in text or "hyperlink" in text for text in links)


def test_hostile_names_stay_text_in_a_model_card() -> None:
    cells = [{"row": text, "column": "mini-xnli"} for text in HOSTILE]
    table = deck_samples.gains(*cells).assign(language="de", encoder=list(HOSTILE))
    text = hf_card(table, {"mini-xnli": "pair-classification"}, "2026-11-22")
    front, _, body = text.removeprefix("---\n").partition("\n---")
    told = yaml.safe_load(front)
    assert len(told["model-index"]) == len(HOSTILE)
    assert not re.search(r"(?<!\\)<(script|img|svg)", body) and "](" not in body
    assert "\u202e" not in text


def test_model_card_has_scores_gains_and_intervals(home: Home) -> None:
    with Store.connect(home) as store:
        table = gains(store, encoder="mini-s", intermediate="mini-mnli")
    text = hf_card(table, {"mini-xnli": "pair-classification"}, "2026-11-22")
    told = yaml.safe_load(text.removeprefix("---\n").split("\n---")[0])
    results = told["model-index"][0]["results"]
    german = next(
        each
        for each in results
        if each["dataset"]["type"] == "mini-xnli" and each["dataset"]["config"] == "de"
    )
    row = table[(table["target"] == "mini-xnli") & (table["language"] == "de")].iloc[0]
    assert german["metrics"] == [
        {"type": "accuracy", "name": "accuracy", "value": round(row["score"], 4)}
    ]
    bounds = theme.interval(row["ci_low"], row["ci_high"])
    score, gain = theme.percent(row["score"]), theme.signed(row["gain_points"])
    line = f"| German | {score} | {gain} | {bounds} | 3 |"
    assert line in text
    with pytest.raises(UsageError, match="there are none"):
        hf_card(table.iloc[:0], {}, "2026-11-22")


@pytest.mark.parametrize("form", ["pptx", "html", "xlsx", "csv", "parquet"])
def test_command_writes_a_deck(home: Home, form: str, tmp_path: Path) -> None:
    assert main(["export", form, "-o", str(tmp_path), "--home", str(home.root), "--json"]) == 0
    files = sorted(tmp_path.iterdir())
    assert [path.suffix for path in files] == [f".{form}"] * len(files)
    assert len(files) == (1 if form in ("pptx", "html") else len(files))
    assert main(["export", form, "-o", str(tmp_path), "--home", str(home.root)]) == 2
    assert files == sorted(tmp_path.iterdir())


def test_command_writes_the_slides_of_a_deck_as_tables(home: Home, tmp_path: Path) -> None:
    arguments = ["--deck", "Monday meeting", "-o", str(tmp_path / "out.xlsx")]
    assert main(["export", "xlsx", *arguments, "--home", str(home.root)]) == 0
    assert openpyxl.load_workbook(tmp_path / "out.xlsx").sheetnames == [
        *("About", "1 heatmap", "2 heatmap", "3 scatter", "4 languages")
    ]
    (tmp_path / "slides").mkdir()
    arguments = ["--deck", "Monday meeting", "-o", str(tmp_path / "slides")]
    assert main(["export", "parquet", *arguments, "--home", str(home.root)]) == 0
    assert len(list((tmp_path / "slides").iterdir())) == 4


def test_command_exports_every_gain_with_full_precision(home: Home, tmp_path: Path) -> None:
    for form in ("csv", "parquet"):
        path = tmp_path / f"all.{form}"
        assert main(["export", form, "-o", str(path), "--home", str(home.root)]) == 0
    read = pd.read_csv(tmp_path / "all.csv")
    kept = pd.read_parquet(tmp_path / "all.parquet")
    assert len(read) == len(kept) > 300
    assert read["gain_points"].dropna().tolist() == kept["gain_points"].dropna().tolist()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["pptx", "--deck", "nope"], "Deck 'nope' is not in this store"),
        (["poem"], "Expected 'xfer export pptx|html|png"),
        (["hf-card"], "Expected --encoder NAME"),
        (["pptx", "run-1"], "Expected 'xfer export pptx|html|png"),
        (["xtreme"], "name a run and a folder"),
        (["png", "--scale", "3"], "two or four times as large"),
    ],
)
def test_command_says_what_it_expects(
    home: Home, arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["export", *arguments, "-o", str(tmp_path / "x"), "--home", str(home.root)])
    assert code in (1, 2)
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_without_a_deck_the_command_says_how_to_make_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", "pptx", "-o", str(tmp_path / "x"), "--home", str(tmp_path / "s")]) == 2
    assert "use 'Pin to deck' below a chart" in capsys.readouterr().err


def test_a_browser_that_hangs_is_ended(every: list[Shown]) -> None:
    began = time.monotonic()
    with pytest.raises(XferError, match=r"within 0 s; Chromium was not ready"):
        pictures.pictures(every[:1], limit_seconds=0.3)
    assert time.monotonic() - began < 20
