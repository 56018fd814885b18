"""Where the cells of the heatmap lie, its axes and its size; no colours of cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd

from xfer_core.charts import theme
from xfer_core.charts.cell_look import BASELINE
from xfer_core.charts.theme import Palette
from xfer_core.domain.language import LANGUAGES

ROW_PIXELS = 40
GAP = 0.22
"""Space between the body and the baseline row, and the margins, in cells."""


@dataclass(frozen=True)
class Grid:
    """Positions of the rows and columns; the baseline row and the margins stand apart."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]

    @classmethod
    def of(cls, table: pd.DataFrame) -> Grid:
        """The grid of a table of cells, in its order."""
        return cls(tuple(dict.fromkeys(table["row"])), tuple(dict.fromkeys(table["column"])))

    def y(self, row: str) -> float:
        """Height of a row's middle, downwards, in cells."""
        index = self.rows.index(row)
        return index + (GAP if self.rows[0] == BASELINE and index else 0.0)

    @property
    def mean_y(self) -> float:
        """Height of the row of means."""
        return len(self.rows) + 2 * GAP

    @property
    def mean_x(self) -> float:
        """Place of the column of means."""
        return len(self.columns) + GAP


def natural_width(table: pd.DataFrame) -> int:
    """Pixels at which the cells look right; a page may give less."""
    grid = Grid.of(table)
    return 60 + label_pixels(grid.rows) + round(150 * (grid.mean_x + 1))


def layout(
    grid: Grid, row_means: pd.DataFrame, column_means: pd.DataFrame, colors: Palette
) -> dict[str, Any]:
    """Axes with their labels, margins and height."""
    columns = [theme.shortened(column_label(name), 18) for name in grid.columns]
    left = label_pixels(grid.rows)
    tilted = _tilted(columns, left, grid.mean_x)
    top = 46 + (round(5.2 * max(map(len, columns), default=0)) - 10 if tilted else 0)
    has_rows, has_columns = not row_means.empty, not column_means.empty
    bottom = (grid.mean_y if has_columns else grid.y(grid.rows[-1])) + 0.5
    font = {"family": theme.FONT, "color": colors.text, "size": 13}
    axis = {
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
        "ticks": "",
        "tickfont": font,
        "ticklabelstandoff": 5,
    }
    return {
        "xaxis": {
            **axis,
            "side": "top",
            "range": [-0.5, (grid.mean_x if has_rows else len(grid.columns) - 1) + 0.5],
            "tickvals": [*range(len(columns)), *([grid.mean_x] if has_rows else [])],
            "ticktext": [
                *(escape(column) for column in columns),
                *([f"<b>{_mean_title(row_means, '<br>')}</b>"] if has_rows else []),
            ],
            "tickangle": -38 if tilted else 0,
        },
        "yaxis": {
            **axis,
            "range": [bottom, -0.5],
            "tickvals": [
                *(grid.y(row) for row in grid.rows),
                *([grid.mean_y] if has_columns else []),
            ],
            "ticktext": [
                *(row_title(row) for row in grid.rows),
                *([f"<b>{_mean_title(column_means)}</b>"] if has_columns else []),
            ],
        },
        "barmode": "overlay",
        "bargap": 0,
        "height": round(ROW_PIXELS * (bottom + 0.5)) + top + 76,
        "margin": {"l": left, "r": 8, "t": top, "b": 76},
        "dragmode": False,
        "clickmode": "event+select",
        **theme.plain_layout(colors),
    }


def column_label(name: str) -> str:
    """A column's title: a language by its name, a task by its short label."""
    return LANGUAGES[name].name if name in LANGUAGES else theme.task_label(name)


def most_used(means: pd.DataFrame) -> int:
    """Cells in the fullest of these means."""
    return 0 if means.empty else int(means["k"].max())


def _mean_title(means: pd.DataFrame, blank: str = " ") -> str:
    most, possible = most_used(means), int(means["of"].max())
    if not most:
        return "mean"
    return f"mean{blank}of {most}" if most == possible else f"mean{blank}{most} of {possible}"


LABEL_LENGTH = 24


def row_title(row: str) -> str:
    """The task; how it was trained, if not as usual, in smaller letters below."""
    task, *settings = [escape(line) for line in _row_lines(row)]
    title = f"<i>{task}</i>" if row == BASELINE else task
    return "<br>".join([title, *(f"<sup>{line}</sup>" for line in settings)])


def _row_lines(row: str) -> list[str]:
    task, _, settings = theme.task_label(row).partition(theme.BETWEEN)
    lines = [theme.shortened(task, LABEL_LENGTH)]
    return [*lines, theme.shortened(settings, LABEL_LENGTH + 8)] if settings else lines


def label_pixels(rows: Sequence[str]) -> int:
    """Width of the left margin that holds the longest row label."""
    lengths = [
        len(line) * (0.7 if place else 1.0)
        for row in rows
        for place, line in enumerate(_row_lines(row))
    ]
    return 24 + round(7.2 * max([*lengths, len("mean 9 of 10")]))


def _tilted(columns: Sequence[str], left: int, mean_x: float) -> bool:
    cell = (theme.WIDTH_GUESS - left - 8) / (mean_x + 1)
    return any(7.2 * len(column) > cell - 4 for column in columns)
