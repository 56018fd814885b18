"""Tables of a PPTX: the heatmap with the colours and digits of the picture, all text 16 pt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.util import Emu, Inches, Pt

from xfer_core.charts import cell_look, heatmap_axes, slides, theme, words
from xfer_core.charts.cell_look import BASELINE
from xfer_core.charts.slides import Shown
from xfer_core.charts.theme import LIGHT
from xfer_core.views.heatmap import margins

LEFT, RIGHT, CENTER = PP_ALIGN.LEFT, PP_ALIGN.RIGHT, PP_ALIGN.CENTER
SIZE = 16
MOST_COLUMNS, MOST_ROWS = 13, 11
"""Cells that hold 16 pt on one slide, beside the titles."""
MOST_LINES = 12
"""Rows of a plain table on one slide."""
CELL, LINE = Inches(0.76), Inches(0.29)
_CHARACTER = Inches(0.125)
_UPRIGHT = 7
"""Columns with longer titles than fit are turned from so many columns on."""
NAMES = {
    "Gain, points": "Gain",
    "Intermediate task": "Intermediate",
    "95% low": "Low",
    "95% high": "High",
}


@dataclass(frozen=True)
class Cell:
    """What one cell says and how it looks."""

    text: str
    fill: str = LIGHT.background
    ink: str = LIGHT.text
    bold: bool = False
    align: PP_ALIGN = CENTER


Part = list[list[Cell]]
NOT_RUN = "–"
SIGNS = {"dash": "¹", "dot": "²"}
"""What stands for a border that a table cannot have."""
_SIGNS_IN_WORDS = (("dashed border:", "¹"), ("dotted border:", "²"), ("hatched:", "grey –:"))


def in_signs(text: str) -> str:
    """A slide's source, with the signs of the table in place of the picture's."""
    for picture, table in _SIGNS_IN_WORDS:
        text = text.replace(picture, table)
    return text


def plain(text: str) -> str:
    """The text without signs that XML cannot hold or nobody sees."""
    return "\n".join(words.visible(line) for line in text.split("\n"))


def parts(shown: Shown) -> list[Part]:
    """The table of a slide, cut into pieces that fit; each has its titles."""
    if shown.kind == "heatmap":
        return _heatmap(shown.table)
    return _plain_table(shown)


def add(slide: Any, part: Part, alt: str, place: tuple[int, int, int, int]) -> None:
    """Put a native table on a slide.

    Args:
        slide: of python-pptx.
        part: rows of cells, the titles first.
        alt: for those who do not see it.
        place: left, top, width and height in EMU.
    """
    left, top, width, height = place
    n_rows, n_columns = len(part), len(part[0])
    frame = slide.shapes.add_table(n_rows, n_columns, left, top, width, Inches(0.3) * n_rows)
    describe(frame, alt)
    table = frame.table
    # The program's own banding would show through cells without a fill.
    for flag in ("first_row", "horz_banding", "first_col", "vert_banding"):
        setattr(table, flag, False)
    widths = _widths(part, width)
    for number, each in enumerate(widths):
        table.columns[number].width = each
    turned = _is_turned(part, widths)
    first = _turned_height(part) if turned else LINE
    rest = min(Inches(0.62), max(LINE, (height - first) // max(n_rows - 1, 1)))
    for number, row in enumerate(part):
        table.rows[number].height = first if number == 0 else rest
        for place_, cell in enumerate(row):
            _fill(table.cell(number, place_), cell, turned and number == 0 and place_ > 0)


def describe(frame: Any, alt: str) -> None:
    """The alternative text of a table or chart."""
    frame._element.nvGraphicFramePr.cNvPr.set("descr", plain(alt))


def _heatmap(table: pd.DataFrame) -> list[Part]:
    limit = theme.clean_limit(table.loc[table["row"] != BASELINE, "gain_points"].dropna())
    rows, columns = list(dict.fromkeys(table["row"])), list(dict.fromkeys(table["column"]))
    records = {(each["row"], each["column"]): each for each in cell_look.records(table)}
    row_means, column_means = margins(table)
    across = {each["row"]: each for each in cell_look.records(row_means)}
    down = {each["column"]: each for each in cell_look.records(column_means)}
    counts = (heatmap_axes.most_used(row_means), heatmap_axes.most_used(column_means))
    found = []
    for names in _chunks(rows, MOST_ROWS):
        for some in _chunks(columns, MOST_COLUMNS - 1):
            lines = [[Cell(""), *(_title(heatmap_axes.column_label(name)) for name in some)]]
            for row in names:
                label = Cell(theme.shortened(theme.task_label(row), 40), align=RIGHT)
                lines.append([label, *(_look(records[row, name], limit) for name in some)])
            if some[-1] == columns[-1]:
                _add_means(lines, [across.get(row) for row in names], counts[0], limit)
            if names[-1] == rows[-1] and len(down):
                means = [_mean(down.get(name), counts[1], limit) for name in some]
                blank = [Cell("")] * (len(lines[0]) - len(some) - 1)
                lines.append([Cell("mean", bold=True, align=RIGHT), *means, *blank])
            found.append(lines)
    return found


def _add_means(lines: Part, means: Sequence[Any], most: int, limit: float) -> None:
    lines[0].append(_title("mean"))
    for line, mean in zip(lines[1:], means, strict=True):
        line.append(_mean(mean, most, limit))


def _mean(record: Any, most: int, limit: float) -> Cell:
    if record is None:
        return Cell("")
    look, _ = cell_look.of_mean(record, most, limit, LIGHT)
    return Cell(look.text.split("<br>")[0], look.fill, look.ink)


def _look(record: dict[str, Any], limit: float) -> Cell:
    look = cell_look.of_cell(record, limit, LIGHT)
    if record["state"] == cell_look.NOT_RUN:
        return Cell(NOT_RUN, LIGHT.failed, theme.text_on(LIGHT.failed))
    border = SIGNS.get(cell_look.border(record), "")
    return Cell(look.text.replace(cell_look.THIN, "") + border, look.fill, look.ink, look.bold)


def _plain_table(shown: Shown) -> list[Part]:
    head, *lines = slides.said_rows(shown)
    kept = [
        place
        for place, name in enumerate(head)
        if shown.kind != "scatter" or name in ("Encoder", "Back end", "Score", "Median, ms")
    ]
    titles = [Cell(NAMES.get(head[place], head[place]), bold=True, align=LEFT) for place in kept]
    body = [[Cell(line[place], align=LEFT) for place in kept] for line in lines]
    if shown.kind == "languages":
        _color_gains(body, kept, head, shown)
    return [[titles, *some] for some in _chunks(body, MOST_LINES)] or [[titles]]


def _color_gains(body: Part, kept: Sequence[int], head: Sequence[str], shown: Shown) -> None:
    gains = shown.table["gain_points"].astype(float)
    limit = theme.clean_limit(gains.dropna())
    at = kept.index(head.index("Gain, points"))
    for line, gain in zip(body, gains, strict=True):
        if pd.notna(gain):
            fill = theme.gain_color(float(gain), limit, LIGHT)
            line[at] = Cell(line[at].text, fill, theme.text_on(fill))


def _title(text: str) -> Cell:
    return Cell(text, bold=True)


def _chunks(items: Sequence[Any], most: int) -> list[Any]:
    """Pieces of nearly equal length, none longer than ``most``."""
    count = -(-len(items) // most)
    if not count:
        return []
    size = -(-len(items) // count)
    return [items[start : start + size] for start in range(0, len(items), size)]


def _widths(part: Part, room: int) -> list[Emu]:
    """The first column as wide as its text, the others alike or as their text needs."""
    needed = [
        max(_CHARACTER * len(row[place].text) + Inches(0.16) for row in part[1:] or part)
        for place in range(len(part[0]))
    ]
    first = min(max(needed[0], Inches(1.4)), Inches(4.2))
    rest = [max(each, CELL) for each in needed[1:]]
    if len({cell.align for cell in part[-1][1:]}) == 1 and part[-1][1:][0].align == CENTER:
        rest = [max(rest)] * len(rest)  # a grid has cells of one size
    total = sum(rest) or 1
    share = min((room - first) / total, Inches(2.6) * len(rest) / total)
    return [Emu(int(first)), *(Emu(int(each * max(share, 0.3))) for each in rest)]


def _is_turned(part: Part, widths: Sequence[int]) -> bool:
    titles = part[0][1:]
    tight = any(
        _CHARACTER * 1.1 * len(cell.text) > width
        for cell, width in zip(titles, widths[1:], strict=True)
    )
    return tight and len(titles) >= _UPRIGHT


def _turned_height(part: Part) -> Emu:
    return Emu(_CHARACTER * (max(len(cell.text) for cell in part[0]) + 3))


def _fill(cell: Any, wanted: Cell, turned: bool) -> None:
    cell.fill.solid()
    cell.fill.fore_color.rgb = _rgb(wanted.fill)
    cell.margin_left = cell.margin_right = Inches(0.05)
    cell.margin_top = cell.margin_bottom = 0
    cell.vertical_anchor = MSO_ANCHOR.MIDDLE
    frame = cell.text_frame
    frame.word_wrap = True
    paragraph = frame.paragraphs[0]
    paragraph.alignment = LEFT if turned else wanted.align
    run = paragraph.add_run()
    run.text = plain(wanted.text)
    run.font.size, run.font.bold = Pt(SIZE), wanted.bold
    run.font.color.rgb, run.font.name = _rgb(wanted.ink), theme.FONT_OFFICE
    if turned:
        cell._tc.get_or_add_tcPr().set("vert", "vert270")
    _lines(cell)


def _lines(cell: Any) -> None:
    """White lines between the cells, as in the picture."""
    properties = cell._tc.get_or_add_tcPr()
    fill = properties.find(qn("a:solidFill"))
    for side in ("a:lnL", "a:lnR", "a:lnT", "a:lnB"):
        line = properties.makeelement(qn(side), {"w": "19050"})
        paint = line.makeelement(qn("a:solidFill"), {})
        paint.append(paint.makeelement(qn("a:srgbClr"), {"val": LIGHT.background.lstrip("#")}))
        line.append(paint)
        fill.addprevious(line)


def _rgb(color: str) -> RGBColor:
    return RGBColor.from_string(color.lstrip("#"))
