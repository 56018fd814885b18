"""The transfer heatmap: one bar per cell, because bars can be clicked everywhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from xfer_core.charts import cell_look, theme
from xfer_core.charts import heatmap_axes as axes
from xfer_core.charts.cell_look import BASELINE, Look
from xfer_core.charts.heatmap_axes import Grid
from xfer_core.charts.theme import Palette

BODY, MARGIN = "cell", "mean"


@dataclass
class Cells:
    """The bars under construction: where each lies, what it says and how it looks."""

    x: list[float] = field(default_factory=list)
    y: list[float] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    hovers: list[str] = field(default_factory=list)
    data: list[list[Any]] = field(default_factory=list)

    def add(self, x: float, y: float, look: Look, hover: str, data: list[Any]) -> None:
        """One more bar with its middle at x and y, in cells."""
        self.x.append(x)
        self.y.append(y)
        self.looks.append(look)
        self.hovers.append(hover)
        self.data.append(data)


def heatmap(
    table: pd.DataFrame,
    row_means: pd.DataFrame,
    column_means: pd.DataFrame,
    selected: tuple[str, str] | None = None,
    dark: bool = False,
) -> go.Figure:
    """The grid of gains with its margins.

    Args:
        table: the view ``heatmap``: one row per cell, also those without a result.
        row_means: one row per table row: row, gain_points, k, of; see ``views.heatmap.margins``.
        column_means: one row per table column: column, gain_points, k, of.
        selected: (row, column) of the cell to frame.
        dark: colours for a dark page.

    Returns:
        One bar trace; its customdata is ["cell", row, column, state] (or "mean" in the margins).
    """
    colors, grid = theme.palette(dark), Grid.of(table)
    limit = theme.clean_limit(table.loc[table["row"] != BASELINE, "gain_points"].dropna())
    cells = Cells()
    for record in cell_look.records(table):
        row, column = str(record["row"]), str(record["column"])
        look = cell_look.of_cell(record, limit, colors)
        hover = cell_look.hover(record)
        cells.add(
            grid.columns.index(column),
            grid.y(row),
            look,
            hover,
            [BODY, row, column, str(record["state"])],
        )
    _add_margins(cells, grid, row_means, column_means, limit, colors)
    layout = axes.layout(grid, row_means, column_means, colors)
    layout["shapes"] = _frames(table, grid, selected, limit, colors)
    # One construction from plain values: each update of a figure validates it again.
    return go.Figure([bars(cells, colors), color_bar(limit, colors)], layout)


def alt_text(table: pd.DataFrame) -> str:
    """The finding in a sentence, for those who do not see the picture."""
    body = table[(table["row"] != BASELINE) & table["gain_points"].notna()]
    if body.empty:
        return f"Heatmap of {len(table)} cells; no gain has been measured yet."
    order = body.sort_values("gain_points", kind="stable")
    worst, best = order.iloc[0], order.iloc[-1]
    marked = int(body["significant"].fillna(False).astype(bool).sum())
    return (
        f"Heatmap of gains in points: {len(body)} cells measured, {marked} differ from 0 after "
        f"correction. Highest: {_pair(best)} {theme.signed(best['gain_points'])}; "
        f"lowest: {_pair(worst)} {theme.signed(worst['gain_points'])}."
    )


def _pair(record: Any) -> str:
    return f"{theme.task_label(record['row'])} on {axes.column_label(record['column'])}"


def _add_margins(
    cells: Cells,
    grid: Grid,
    row_means: pd.DataFrame,
    column_means: pd.DataFrame,
    limit: float,
    colors: Palette,
) -> None:
    for record in cell_look.records(row_means):
        if record["row"] in grid.rows and record["row"] != BASELINE:
            look, hover = cell_look.of_mean(record, axes.most_used(row_means), limit, colors)
            row = str(record["row"])
            cells.add(grid.mean_x, grid.y(row), look, hover, [MARGIN, row, "", "mean"])
    for record in cell_look.records(column_means):
        if record["column"] in grid.columns:
            look, hover = cell_look.of_mean(record, axes.most_used(column_means), limit, colors)
            column = str(record["column"])
            place = grid.columns.index(column)
            cells.add(place, grid.mean_y, look, hover, [MARGIN, "", column, "mean"])


def bars(cells: Cells, colors: Palette) -> dict[str, Any]:
    """The one trace that draws all cells, each clickable everywhere.

    Plain values, because a trace of its own would be checked twice: here and in its figure.
    """
    looks = cells.looks
    return dict(
        type="bar",
        x=cells.x,
        y=[1.0] * len(looks),
        base=[y - 0.5 for y in cells.y],
        width=1,
        text=[look.text for look in looks],
        textposition="inside",
        insidetextanchor="middle",
        textangle=0,
        constraintext="none",
        insidetextfont={
            "color": [look.ink for look in looks],
            "size": [look.size for look in looks],
            "family": theme.FONT,
            "weight": [700 if look.bold else 400 for look in looks],
        },
        marker={
            # Streamlit's plotly.js draws a pattern in the marker's own colour, not in fgcolor.
            "color": [look.pattern_color or look.fill for look in looks],
            "line": {"color": colors.background, "width": 2},
            "pattern": {
                "shape": [look.pattern for look in looks],
                "fgcolor": [look.pattern_color or look.fill for look in looks],
                "bgcolor": [look.fill for look in looks],
                "size": 7,
                "solidity": 0.22,
            },
        },
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
        customdata=cells.data,
        hovertext=cells.hovers,
        hovertemplate="%{hovertext}<extra></extra>",
        showlegend=False,
    )


def color_bar(limit: float, colors: Palette) -> dict[str, Any]:
    """An invisible trace with the colour bar from -limit to +limit, in points."""
    ticks = [-limit, -limit / 2, 0.0, limit / 2, limit]
    return dict(
        type="scatter",
        x=[None],
        y=[None],
        mode="markers",
        hoverinfo="skip",
        showlegend=False,
        marker={
            "color": [0],
            "cmin": -limit,
            "cmax": limit,
            "colorscale": theme.color_scale(colors),
            "showscale": True,
            "colorbar": {
                "orientation": "h",
                "x": 0,
                "xanchor": "left",
                "y": 0,
                "yanchor": "top",
                "ypad": 16,
                "xpad": 0,
                "len": 260,
                "lenmode": "pixels",
                "thickness": 9,
                "outlinewidth": 0,
                "tickvals": ticks,
                "ticktext": [theme.plain_signed(tick) for tick in ticks],
                "tickfont": {"color": colors.muted, "size": 12},
                "title": {
                    "text": "gain, points",
                    "side": "top",
                    "font": {"color": colors.muted, "size": 12},
                },
            },
        },
    )


def _frames(
    table: pd.DataFrame,
    grid: Grid,
    selected: tuple[str, str] | None,
    limit: float,
    colors: Palette,
) -> list[dict[str, Any]]:
    """Dashed borders round one seed, dotted ones round unpaired scores, and the selection."""
    shapes = []
    for record in cell_look.records(table):
        dash = cell_look.border(record)
        if dash:
            place = (grid.columns.index(record["column"]), grid.y(record["row"]))
            ink = cell_look.of_cell(record, limit, colors).ink
            shapes.append(frame(*place, 0.07, {"color": ink, "width": 1, "dash": dash}))
    if selected and selected[0] in grid.rows and selected[1] in grid.columns:
        place = (grid.columns.index(selected[1]), grid.y(selected[0]))
        shapes.append(frame(*place, 0.0, {"color": colors.text, "width": 3}))
    return shapes


def frame(x: float, y: float, inset: float, line: dict[str, Any]) -> dict[str, Any]:
    """A rectangle round the cell with its middle at x and y, ``inset`` cells within it."""
    half = 0.5 - inset
    corners = {"x0": x - half, "x1": x + half, "y0": y - half, "y1": y + half}
    return {"type": "rect", **corners, "line": line, "fillcolor": "rgba(0,0,0,0)"}
