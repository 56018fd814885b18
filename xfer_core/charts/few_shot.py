"""Score against labelled examples a language, on a log axis, with the fitted slope."""

from __future__ import annotations

from html import escape

import pandas as pd
import plotly.graph_objects as go

from xfer_core.charts import theme
from xfer_core.stats import LogSlope, log_slope

HEIGHT = 380


def few_shot(table: pd.DataFrame, dark: bool) -> go.Figure:
    """One line per intermediate task over the sizes above 0; the score at 0 is a dotted line."""
    colors = theme.palette(dark)
    figure = go.Figure()
    for at, (name, part) in enumerate(table.groupby("intermediate", sort=True)):
        color = colors.encoders[at % len(colors.encoders)]
        label = escape(theme.task_label(str(name)))
        some, none = part[part["examples"] > 0], part[part["examples"] == 0]
        figure.add_scatter(
            x=some["examples"],
            y=100 * some["score"],
            mode="lines+markers",
            name=label,
            line={"color": color, "width": 1.5},
            marker={"symbol": theme.SYMBOLS[at % len(theme.SYMBOLS)], "size": 9, "color": color},
            error_y={"type": "data", "array": 100 * some["sd"].astype(float).fillna(0), "width": 0},
        )
        for score in none["score"]:
            figure.add_hline(y=100 * score, line={"color": color, "dash": "dot", "width": 1})
    return _laid_out(figure, sorted(set(table["examples"]) - {0}), colors)


def slopes(table: pd.DataFrame) -> dict[str, LogSlope]:
    """Intermediate -> points gained per tenfold number of examples."""
    return {
        str(name): log_slope(part["examples"], 100 * part["score"])
        for name, part in table.groupby("intermediate", sort=True)
    }


def lines(table: pd.DataFrame) -> list[str]:
    """The slopes in words."""
    said = []
    for name, found in slopes(table).items():
        label = theme.task_label(name)
        if pd.isna(found.slope_points):
            said.append(f"{label}: three sizes are needed for a slope.")
            continue
        bounds = theme.interval(found.low, found.high)
        points = theme.signed(found.slope_points)
        said.append(f"{label}: {points} points for ten times the examples ({bounds}).")
    return said


def _laid_out(figure: go.Figure, sizes: list[int], colors: theme.Palette) -> go.Figure:
    font = {"color": colors.text, "size": 13}
    axis = {"tickfont": font, "zeroline": False, "fixedrange": True, "gridcolor": colors.grid}
    figure.update_xaxes(
        **axis,
        type="log",
        tickvals=sizes,
        ticktext=[str(size) for size in sizes],
        title={"text": "labelled examples a language, log scale", "font": font},
    )
    figure.update_yaxes(**axis, title={"text": "score, points", "font": font})
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 64, "r": 16, "t": 40, "b": 56},
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0, "font": font},
        dragmode=False,
        **theme.plain_layout(colors),
    )
    return figure
