"""Gain of each language against one of its properties."""

from __future__ import annotations

from html import escape

import pandas as pd
import plotly.graph_objects as go

from xfer_core.charts import labels, theme
from xfer_core.charts.claim_words import FEATURES, correlation_line
from xfer_core.stats import RankCorrelation

HEIGHT = 420
PLOT = (theme.WIDTH_GUESS - 100, HEIGHT - 80)


def language_profit(table: pd.DataFrame, feature: str, dark: bool) -> go.Figure:
    """One point per language, named; the symbol tells Latin script from others.

    Args:
        table: the table of the view, rows with the feature known, at least one.
        feature: one of ``FEATURES``.
        dark: whether the page is.
    """
    colors = theme.palette(dark)
    x_range = _padded(list(table[feature]))
    y_range = theme.bounded_range([*table["gain_points"], 0.0], [], [])
    figure = go.Figure()
    figure.add_hline(y=0, line={"color": colors.line, "width": 1})
    latin = table["script"] == "Latin"
    for name, part, color, symbol in (
        ("Latin script", table[latin], colors.encoders[0], "circle"),
        ("other scripts", table[~latin], colors.encoders[1], "diamond"),
    ):
        figure.add_scatter(
            x=part[feature],
            y=part["gain_points"],
            mode="markers",
            name=name,
            marker={"size": 11, "color": color, "symbol": symbol},
            hovertext=[
                f"<b>{escape(row['name'])}</b><br>{escape(row['family'])}, {escape(row['script'])}"
                f"<br>gain {theme.signed(row['gain_points'])} points"
                f"<br>{FEATURES[feature]} {row[feature]:.2f}"
                for row in part.to_dict("records")
            ],
            hovertemplate="%{hovertext}<extra></extra>",
        )
    _add_names(figure, table, feature, x_range, y_range, colors)
    return _laid_out(figure, feature, x_range, y_range, colors)


def alt_text(feature: str, found: RankCorrelation) -> str:
    """The finding in words."""
    return f"Gain of each language against its {correlation_line(feature, found)}"


def _add_names(
    figure: go.Figure,
    table: pd.DataFrame,
    feature: str,
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    colors: theme.Palette,
) -> None:
    points = [
        (
            (x - x_range[0]) / (x_range[1] - x_range[0]) * PLOT[0],
            (y_range[1] - y) / (y_range[1] - y_range[0]) * PLOT[1],
        )
        for x, y in zip(table[feature], table["gain_points"], strict=True)
    ]
    places = labels.place(points, list(table["name"]), *PLOT)
    for row, found in zip(table.to_dict("records"), places, strict=True):
        if found is not None:
            figure.add_annotation(
                x=row[feature],
                y=row["gain_points"],
                ax=found.dx,
                ay=found.dy,
                text=escape(row["name"]),
                showarrow=True,
                arrowhead=0,
                arrowwidth=0.8,
                arrowcolor=colors.line,
                standoff=7,
                font={"color": colors.text, "size": 13},
            )


def _padded(values: list[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    pad = max(0.08 * (high - low), 0.02)
    return low - pad, high + pad


def _laid_out(
    figure: go.Figure,
    feature: str,
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    colors: theme.Palette,
) -> go.Figure:
    font = {"color": colors.text, "size": 13}
    axis = {"tickfont": font, "gridcolor": colors.grid, "zeroline": False, "fixedrange": True}
    ticks = theme.round_ticks(y_range)
    figure.update_xaxes(**axis, range=x_range, title={"text": FEATURES[feature], "font": font})
    figure.update_yaxes(
        **axis,
        range=y_range,
        tickvals=ticks,
        ticktext=[theme.plain_signed(tick) for tick in ticks],
        title={"text": "gain, points", "font": font},
    )
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 64, "r": 16, "t": 40, "b": 56},
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0, "font": font},
        dragmode=False,
        **theme.plain_layout(colors),
    )
    return figure
