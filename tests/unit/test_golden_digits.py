"""A grid worked out by hand: picture, table, CSV, XLSX, slide, PPTX and commands say one thing.

Of 40 German examples so many are right, by seed 1, 2, 3:

    intermediate   XNLI                              PAWS-X
    none           20 24 16                          12 12
    MNLI           28 32 24   three times +8/40      13 12   +2.5 and 0: mean 1.25
    QQP            20 24 16   as without: 0          failed
    SST            16         one seed: -4/40        not run
    CSQA           28 32 24   as MNLI: a tie            - - 13   a seed without a baseline

Only MNLI has both columns, so rows are compared over XNLI alone (20, 0, -10, 20) and columns over
MNLI alone (20 and 1.25, which is written +1.3).
"""

from __future__ import annotations

import csv
import io
import json
from contextlib import redirect_stdout
from typing import Any

import openpyxl
import pandas as pd
import pytest
from pptx import Presentation
from spool_samples import stage, write_run

from xfer_core import decks, spool
from xfer_core.charts import heatmap as chart
from xfer_core.charts import heatmap_words, slides, theme
from xfer_core.charts.cell_look import THIN
from xfer_core.charts.slides import Shown
from xfer_core.cli.app import main
from xfer_core.domain.event import EventType
from xfer_core.exports import sheets
from xfer_core.exports.html_deck import html_deck
from xfer_core.exports.pptx_deck import pptx_deck
from xfer_core.home import Home
from xfer_core.snapshots import Snapshot
from xfer_core.store import Store
from xfer_core.views import heatmap as view

X, Y = "mini-xnli", "mini-pawsx"
GRID = {"catalog": "mini", "encoder": "mini-s", "language": "zero-shot", "target": None}
RIGHT: dict[tuple[str, str], dict[int, int]] = {
    ("none", X): {1: 20, 2: 24, 3: 16},
    ("mini-mnli", X): {1: 28, 2: 32, 3: 24},
    ("mini-qqp", X): {1: 20, 2: 24, 3: 16},
    ("mini-sst", X): {1: 16},
    ("mini-csqa", X): {1: 28, 2: 32, 3: 24},
    ("none", Y): {1: 12, 2: 12},
    ("mini-mnli", Y): {1: 13, 2: 12},
    ("mini-csqa", Y): {3: 13},
}
FAILED, NOT_RUN = ("mini-qqp", Y), ("mini-sst", Y)
EXAMPLES = 40
M = "\N{MINUS SIGN}"
PICTURE = {
    ("none", X): "50.0",
    ("none", Y): "30.0",
    ("mini-mnli", X): "+20.0",
    ("mini-mnli", Y): "+1.3",
    ("mini-qqp", X): "0.0",
    ("mini-qqp", Y): "✕",
    ("mini-sst", X): f"{M}10.0",
    ("mini-sst", Y): "",
    ("mini-csqa", X): "+20.0",
    ("mini-csqa", Y): "32.5",
}
"""What each cell of the picture says: a score where there is no gain."""
GAINS = {
    cell: PICTURE[cell] for cell in PICTURE if PICTURE[cell][:1] in ("+", M) or "qqp" in cell[0]
}
GAINS.pop(FAILED)
ROW_MEANS = {"mini-mnli": "+20.0", "mini-qqp": "0.0", "mini-sst": f"{M}10.0", "mini-csqa": "+20.0"}
COLUMN_MEANS = {X: "+20.0", Y: "+1.3"}
TITLES = {X: "XNLI", Y: "PAWS-X"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    made = Home(tmp_path_factory.mktemp("golden") / "store").create()
    stages = []
    for (intermediate, target), by_seed in [*RIGHT.items(), (FAILED, {1: -1}), (NOT_RUN, {1: -2})]:
        for seed, right in by_seed.items():
            one = stage("evaluate", intermediate, target, seed, encoder="mini-s", languages=("de",))
            stages.append((one, right))
            if right > -2:
                write_job(made, one, right)
    write_run(made, "run-1", [one for one, right in stages if right >= 0])
    write_run(made, "run-2", [one for one, right in stages if right == -1], jobs="failed")
    write_run(made, "run-3", [one for one, right in stages if right == -2], jobs="skipped")
    return made


def write_job(home: Home, of: Any, right: int) -> None:
    folder, state = home.job(of.key), "failed" if right < 0 else "succeeded"
    spool.publish(folder / spool.STAGE, {"stage": of.to_json(), "attempt": 1})
    machine = {"pid": 1, "host": "t", "device": "cpu", "threads": 1, "versions": {}}
    with spool.Writer(folder, of.key, 1) as writer:
        writer.append(EventType.STARTED, run_id="run-1", stage=of.to_json(), **machine)
        if right < 0:
            writer.append(EventType.FAILED, message="Out of memory.", traceback="...")
        else:
            scores = [float(place < right) for place in range(EXAMPLES)]
            told = {"language": "de", "split": "test", "metric": "accuracy", "weights": None}
            told |= {"value": right / EXAMPLES, "n_examples": EXAMPLES, "scores": scores}
            writer.append(EventType.SCORE, **told)
            writer.append(EventType.FINISHED, wall_seconds=1.0, rows=writer.rows)
    result = {"job_id": of.key, "attempt": 1, "state": state, "wall_seconds": 1.0}
    spool.publish(folder / spool.RESULT, result | {"rows": writer.rows, "sha256": writer.sha256})


@pytest.fixture(scope="module")
def table(home: Home) -> pd.DataFrame:
    with Store.temporary(home) as store:
        return view.heatmap(store, **GRID)


@pytest.fixture(scope="module")
def slide(table: pd.DataFrame) -> Shown:
    snapshot = Snapshot.take("heatmap", table, GRID)
    return slides.show(decks.Slide("s1", snapshot.id, "MNLI helps"), snapshot, 1, 1)


def xfer(home: Home, *arguments: str) -> str:
    out = io.StringIO()
    with redirect_stdout(out):
        assert main([*arguments, "--home", str(home.root)]) == 0
    return out.getvalue()


def drawn(figure: Any) -> tuple[dict[tuple[str, str], str], dict[str, str]]:
    """The text of each cell and of each margin of a picture."""
    cells, means = {}, {}
    bars = figure.data[0]
    for text, data in zip(bars.text, bars.customdata, strict=True):
        said = str(text or "").split("<br>")[0].split(THIN)[0]
        if data[0] == "cell":
            cells[data[1], data[2]] = said
        elif data[0] == "mean":
            means[data[1] or data[2]] = said
    return cells, means


def test_the_picture_says_what_was_worked_out(table: pd.DataFrame, slide: Shown) -> None:
    row_means, column_means = view.margins(table)
    for figure in (chart.heatmap(table, row_means, column_means), slides.figure(slide)):
        cells, means = drawn(figure)
        assert cells == PICTURE
        assert means == {**ROW_MEANS, **COLUMN_MEANS}
    states = {(one["row"], one["column"]): one["state"] for one in table.to_dict("records")}
    assert states[FAILED] == "failed" and states[NOT_RUN] == "not_run"
    assert states["mini-csqa", Y] == "unpaired"
    assert table.loc[table["row"] == "mini-sst", "significant"].sum() == 0


def listed(rows: list[dict[str, str]]) -> dict[tuple[str, str], str]:
    """The gain of each cell of a table twin, as it is written."""
    names = {theme.task_label(name): name for pair in PICTURE for name in pair}
    names["none"] = "none"
    return {
        (names[row["Intermediate task"]], names[row["Column"]]): row["Gain, points"] for row in rows
    }


def test_the_table_twin_and_the_slides_table_say_it(table: pd.DataFrame, slide: Shown) -> None:
    twin = heatmap_words.as_table(table)
    form = heatmap_words.table_formats()["Gain, points"]
    page = [
        {**row, "Gain, points": "–" if pd.isna(row["Gain, points"]) else form(row["Gain, points"])}
        for row in twin.to_dict("records")
    ]
    head, *lines = slides.said_rows(slide)
    for rows in (page, [dict(zip(head, line, strict=True)) for line in lines]):
        found = listed(rows)
        assert {cell: said for cell, said in found.items() if said != "–"} == GAINS
        assert set(found) == set(PICTURE)
    states = dict(
        zip(zip(twin["Intermediate task"], twin["Column"], strict=True), twin["State"], strict=True)
    )
    assert states["QQP", "PAWS-X"] == "failed" and states["SST", "PAWS-X"] == "not run"


def test_exports_of_the_slide_say_it(slide: Shown) -> None:
    text = sheets.to_csv(sheets.slide_table(slide)).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    written = {cell: theme.signed(float(said)) for cell, said in listed(rows).items() if said}
    assert written == GAINS
    book = openpyxl.load_workbook(io.BytesIO(sheets.deck_workbook("Deck", [slide])))
    head, *lines = book.worksheets[1].iter_rows(values_only=True)
    cells = listed([dict(zip(head, line, strict=True)) for line in lines])
    assert {c: theme.signed(float(said)) for c, said in cells.items() if said is not None} == GAINS
    page = html_deck("Deck", [slide])
    for said in set(GAINS.values()):
        assert f">{said}</td>" in page


def test_the_powerpoint_table_says_it(slide: Shown) -> None:
    deck = Presentation(io.BytesIO(pptx_deck("Deck", [slide])))
    (frame,) = [s for one in deck.slides for s in one.shapes if s.has_table]
    rows = [[cell.text_frame.text for cell in row.cells] for row in frame.table.rows]
    head = rows[0][1:]
    found = {
        (row[0], name): said for row in rows[1:] for name, said in zip(head, row[1:], strict=True)
    }
    for (intermediate, target), said in PICTURE.items():
        label = theme.task_label(intermediate)
        told = found[label, TITLES[target]].rstrip("¹²●")
        assert told == (said or "–"), (intermediate, target)
    assert {row[0]: row[-1] for row in rows[2:-1]} == {
        theme.task_label(name): said for name, said in ROW_MEANS.items()
    }
    means = dict(zip(head, rows[-1][1:], strict=True))
    assert {name: means[TITLES[name]] for name in COLUMN_MEANS} == COLUMN_MEANS


def test_commands_say_it(home: Home, table: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = json.loads(xfer(home, "gains", "--json"))
    by_cell = {(row["intermediate"], row["target"]): row for row in rows}
    assert set(by_cell) == set(RIGHT), "a failed cell and one that was not run have no row"
    gains = {c: row["gain_points"] for c, row in by_cell.items() if row["gain_points"] is not None}
    assert {c: theme.signed(gain) for c, gain in gains.items() if c[0] != "none"} == GAINS
    text = csv.DictReader(io.StringIO(xfer(home, "gains", "--format", "csv")))
    for line in text:
        gain = by_cell[line["intermediate"], line["target"]]["gain_points"]
        assert (float(line["gain_points"]) if line["gain_points"] else None) == gain
    monkeypatch.setenv("COLUMNS", "200")
    lines = xfer(home, "gains").splitlines()
    for cell, said in GAINS.items():
        (found,) = [
            parts
            for parts in ([p.strip() for p in line.split("│")] for line in lines)
            if tuple(parts[:2]) == cell
        ]
        assert found[4].rstrip("*") == said
    shown = {(r["row"], r["column"]): r for r in table.to_dict("records")}
    for cell, row in by_cell.items():
        for name in ("score", "baseline", "ci_low", "ci_high", "p_value"):
            one, other = row[name], shown[cell][name]
            assert one == other or (one is None and pd.isna(other)), (cell, name)
