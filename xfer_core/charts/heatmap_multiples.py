"""Small multiples: the transfer heatmap once per language, all on one scale."""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from xfer_core.charts import cell_look, theme, words
from xfer_core.charts import heatmap as chart
from xfer_core.charts import heatmap_axes as axes
from xfer_core.charts.cell_look import BASELINE, FAILED, NOT_APPLICABLE, NOT_RUN, UNPAIRED
from xfer_core.charts.heatmap_axes import Grid
from xfer_core.charts.theme import Palette
from xfer_core.domain.language import LANGUAGES, REFERENCE_LANGUAGE

COLUMNS_WITH_TEXT = 16
"""Cells side by side that still have room for their numbers beside the panel."""
MOST_COLUMNS = 26
TITLE_PIXELS, ROW_PIXELS, LOW_ROW_PIXELS = 44, 28, 20
MOST_BORDERS = 300
GAP = 0.7
"""Space between two pictures, in cells."""

Place = tuple[str, str, str]
"""Row, column and language of a cell."""


@dataclass(frozen=True)
class _Sheet:
    """Where each picture lies on the common axes, in cells."""

    grid: Grid
    languages: tuple[str, ...]
    per_line: int
    header: float

    @classmethod
    def of(cls, table: pd.DataFrame) -> _Sheet:
        grid, languages = Grid.of(table), drawn_languages(table)
        wide = len(grid.columns) + GAP
        per_line = int((COLUMNS_WITH_TEXT + GAP) // wide)
        if per_line < 2:
            per_line = max(int((MOST_COLUMNS + GAP) // wide), 1)
        longest = max((len(_column(name)) for name in grid.columns), default=0)
        pixels = TITLE_PIXELS + round(4.6 * longest) + 12
        sheet = cls(grid, languages, min(per_line, max(len(languages), 1)), 0.0)
        return replace(sheet, header=pixels / sheet.row_pixels)

    @property
    def with_text(self) -> bool:
        return self.per_line * len(self.grid.columns) <= COLUMNS_WITH_TEXT

    @property
    def row_pixels(self) -> int:
        return ROW_PIXELS if self.with_text else LOW_ROW_PIXELS

    @property
    def lines(self) -> int:
        return -(-len(self.languages) // self.per_line)

    @property
    def line_height(self) -> float:
        return self.header + self.grid.y(self.grid.rows[-1]) + 1

    def left(self, language: str) -> float:
        place = self.languages.index(language) % self.per_line
        return place * (len(self.grid.columns) + GAP)

    def top(self, language: str) -> float:
        return self.languages.index(language) // self.per_line * self.line_height

    def at(self, row: str, column: str, language: str) -> tuple[float, float]:
        x = self.left(language) + self.grid.columns.index(column)
        return x, self.top(language) + self.grid.y(row)


def multiples(table: pd.DataFrame, selected: Place | None = None, dark: bool = False) -> go.Figure:
    """One small grid per language: intermediates x targets, the same order and colours in all.

    Args:
        table: the view ``multiples``: one row per intermediate, target and language.
        selected: row, column and language of the cell to frame.
        dark: colours for a dark page.

    Returns:
        One bar trace; its customdata is ["cell", row, column, state, language]. Many columns
        leave no room for numbers; then only the marks of significance are written.
    """
    colors, sheet = theme.palette(dark), _Sheet.of(table)
    limit = theme.clean_limit(table.loc[table["row"] != BASELINE, "gain_points"].dropna())
    cells = chart.Cells()
    for record in cell_look.records(table):
        row, column, language = (str(record[name]) for name in ("row", "column", "language"))
        if record["state"] == NOT_APPLICABLE or language not in sheet.languages:
            continue
        look = cell_look.of_cell(record, limit, colors)
        look = replace(look, text=look.text if sheet.with_text else _mark(look.text), size=12)
        hover = f"{escape(language_title(language))}<br>{cell_look.hover(record)}"
        data = [chart.BODY, row, column, str(record["state"]), language]
        cells.add(*sheet.at(row, column, language), look, hover, data)
    layout = _layout(sheet, colors)
    layout["shapes"] = [*_borders(table, sheet, colors), *_frame(sheet, selected, colors)]
    return go.Figure([chart.bars(cells, colors), chart.color_bar(limit, colors)], layout)


def has_borders(table: pd.DataFrame) -> bool:
    """Whether cells of one seed are framed; too many frames would make the page slow."""
    return len(_bordered(table)) <= MOST_BORDERS


def alt_text(table: pd.DataFrame) -> str:
    """The finding in a sentence: how many languages, and where the mean gain is largest."""
    body = table[(table["row"] != BASELINE) & table["gain_points"].notna()]
    if body.empty:
        return "Small heatmaps, one per language; no gain has been measured yet."
    means = body.groupby("language")["gain_points"].mean().sort_values(kind="stable")
    low, high = str(means.index[0]), str(means.index[-1])
    return (
        f"Small heatmaps of gains in points, one for each of {len(means)} languages. Mean gain "
        f"highest in {language_title(high)}: {theme.signed(means.iloc[-1])}; lowest in "
        f"{language_title(low)}: {theme.signed(means.iloc[0])}."
    )


def text_line(table: pd.DataFrame) -> str:
    """Says so where the numbers found no room."""
    if table.empty or _Sheet.of(table).with_text:
        return ""
    return "too many columns for numbers: point at a cell, or open the table"


def language_title(code: str) -> str:
    """The language's name; English is the reference."""
    known = LANGUAGES.get(code)
    name = known.name if known else code
    return f"{name} (reference)" if code == REFERENCE_LANGUAGE else name


def left_out_line(table: pd.DataFrame, most: int = 6) -> str:
    """The languages without a picture, because none of their cells was ever run."""
    drawn = drawn_languages(table)
    rest = [code for code in dict.fromkeys(table["language"]) if code not in drawn]
    names = words.listed(language_title(code) for code in rest[:most])
    more = f" and {len(rest) - most} more" if len(rest) > most else ""
    return f"not run in {names}{more}" if rest else ""


def drawn_languages(table: pd.DataFrame) -> tuple[str, ...]:
    """The languages with a result or a run at work; without any, those that have cells.

    A failure counts for no language: a model that failed has failed in all of them.
    """
    possible = table[table["state"] != NOT_APPLICABLE]
    tried = possible[~possible["state"].isin([NOT_RUN, FAILED])]
    return tuple(dict.fromkeys((possible if tried.empty else tried)["language"]))


def _mark(text: str) -> str:
    return next((sign for sign in (theme.SIGNIFICANT, "✕") if sign in text), "")


def _column(name: str) -> str:
    return theme.shortened(axes.column_label(name), 14)


def _layout(sheet: _Sheet, colors: Palette) -> dict[str, Any]:
    left = axes.label_pixels(sheet.grid.rows)
    width = sheet.per_line * (len(sheet.grid.columns) + GAP) - GAP
    height = sheet.lines * sheet.line_height - sheet.header
    hidden = {"showgrid": False, "zeroline": False, "fixedrange": True, "ticks": ""}
    font = {"family": theme.FONT, "color": colors.text, "size": 12}
    ticks = [
        (line * sheet.line_height + sheet.grid.y(row), axes.row_title(row))
        for line in range(sheet.lines)
        for row in sheet.grid.rows
    ]
    return {
        "xaxis": {**hidden, "range": [-0.5, width - 0.5], "showticklabels": False},
        "yaxis": {
            **hidden,
            "range": [height - 0.5, -0.5 - sheet.header],
            "tickvals": [place for place, _ in ticks],
            "ticktext": [text for _, text in ticks],
            "tickfont": font,
            "ticklabelstandoff": 5,
        },
        "annotations": [
            note for language in sheet.languages for note in _titles(sheet, language, colors)
        ],
        "barmode": "overlay",
        "bargap": 0,
        "height": round(sheet.row_pixels * (height + sheet.header)) + 76,
        "margin": {"l": left, "r": 20, "t": 0, "b": 76},
        "dragmode": False,
        "clickmode": "event+select",
        **theme.plain_layout(colors, 12),
    }


def _titles(sheet: _Sheet, language: str, colors: Palette) -> list[dict[str, Any]]:
    """The language above its picture, and a slanted label above each column."""
    x, y = sheet.left(language), sheet.top(language) - 0.5
    plain = {"showarrow": False, "xanchor": "left", "yanchor": "bottom"}
    title = {
        **plain,
        "x": x - 0.5,
        "y": y - sheet.header + (TITLE_PIXELS - 30) / sheet.row_pixels,
        "yanchor": "top",
        "text": f"<b>{escape(language_title(language))}</b>",
        "font": {"size": 14, "color": colors.text},
    }
    labels = [
        {
            **plain,
            "x": x + place - 0.3,
            "y": y,
            "text": escape(_column(name)),
            "textangle": -38,
            "font": {"size": 12, "color": colors.muted},
        }
        for place, name in enumerate(sheet.grid.columns)
    ]
    return [title, *labels]


def _bordered(table: pd.DataFrame) -> list[tuple[Place, str]]:
    """The cells with a border of their own, and its dash."""
    # Most cells have none, and asking each of them is slow.
    some = table[(table["row"] != BASELINE) & table["score"].notna()]
    some = some[(some["n_seeds"] == 1) | (some["state"] == UNPAIRED)]
    return [
        ((str(record["row"]), str(record["column"]), str(record["language"])), dash)
        for record in cell_look.records(some)
        if (dash := cell_look.border(record))
    ]


def _borders(table: pd.DataFrame, sheet: _Sheet, colors: Palette) -> list[dict[str, Any]]:
    if not has_borders(table):
        return []
    return [
        chart.frame(*sheet.at(*place), 0.08, {"color": colors.text, "width": 1, "dash": dash})
        for place, dash in _bordered(table)
    ]


def _frame(sheet: _Sheet, selected: Place | None, colors: Palette) -> list[dict[str, Any]]:
    if selected is None:
        return []
    row, column, language = selected
    if row not in sheet.grid.rows or column not in sheet.grid.columns:
        return []
    if language not in sheet.languages:
        return []
    line = {"color": colors.text, "width": 3}
    return [chart.frame(*sheet.at(row, column, language), 0.0, line)]
