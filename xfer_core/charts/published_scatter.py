"""Published against measured: one point per figure that has a counterpart here."""

from __future__ import annotations

from html import escape
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from xfer_core.charts import labels, theme, words

HEIGHT = 460
PLOT = (theme.WIDTH_GUESS - 100, HEIGHT - 90)


def published_scatter(table: pd.DataFrame, what: str, dark: bool) -> go.Figure:
    """Points of one kind with the line of agreement.

    Args:
        table: rows of ``published`` of this kind that have a counterpart, at least one.
        what: "score" or "gain".
        dark: whether the page is.
    """
    colors = theme.palette(dark)
    low, high = _range(table, what)
    figure = go.Figure()
    figure.add_scatter(
        x=[low, high],
        y=[low, high],
        mode="lines",
        line={"color": colors.line, "dash": "dash", "width": 1.2},
        hoverinfo="skip",
        name="both agree",
    )
    for at, (name, part) in enumerate(table.groupby("model", sort=True)):
        color = colors.encoders[at % len(colors.encoders)]
        _add_points(figure, str(name), part, color, theme.SYMBOLS[at % len(theme.SYMBOLS)])
    _add_labels(figure, table, (low, high), colors)
    return _laid_out(figure, (low, high), what, colors)


def alt_text(table: pd.DataFrame, what: str) -> str:
    """How far the figures lie apart, in words."""
    apart = table["difference"].abs()
    return (
        f"{words.plural(len(table), 'published ' + what)} against measured ones: half of them "
        f"differ by more than {apart.median():.1f} points, at most by {apart.max():.1f}."
    )


def _add_points(figure: go.Figure, name: str, part: pd.DataFrame, color: str, symbol: str) -> None:
    low, high = part["ci_low"].astype(float), part["ci_high"].astype(float)
    figure.add_scatter(
        x=part["published"],
        y=part["measured"],
        mode="markers",
        name=escape(name),
        marker={"size": 11, "color": color, "symbol": symbol},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": (high - part["measured"]).fillna(0).clip(lower=0),
            "arrayminus": (part["measured"] - low).fillna(0).clip(lower=0),
            "thickness": 1.2,
            "width": 0,
            "color": color,
        },
        hovertext=[_hover(row) for row in part.to_dict("records")],
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _hover(row: Any) -> str:
    lines = [
        f"<b>{escape(_label(row))}</b>",
        f"published {row['published']:.1f} ({escape(str(row['model']))})",
        f"measured {row['measured']:.1f} ({escape(str(row['measured_as']))})",
        escape(str(row["differs"])) or "same protocol as far as known",
        escape(str(row["source"])),
    ]
    return "<br>".join(lines)


def _label(row: Any) -> str:
    name = theme.task_label(str(row["target"]))
    return name if row["language"] == "all" else f"{name} {row['language']}"


def _add_labels(
    figure: go.Figure, table: pd.DataFrame, limits: tuple[float, float], colors: theme.Palette
) -> None:
    span = limits[1] - limits[0]
    points = [
        ((x - limits[0]) / span * PLOT[0], (limits[1] - y) / span * PLOT[1])
        for x, y in zip(table["published"], table["measured"], strict=True)
    ]
    texts = [_label(row) for row in table.to_dict("records")]
    places = labels.place(points, texts, *PLOT)
    for row, text, found in zip(table.to_dict("records"), texts, places, strict=True):
        if found is not None:
            figure.add_annotation(
                x=row["published"],
                y=row["measured"],
                ax=found.dx,
                ay=found.dy,
                text=escape(text),
                showarrow=True,
                arrowhead=0,
                arrowwidth=0.8,
                arrowcolor=colors.line,
                standoff=7,
                font={"color": colors.text, "size": 13},
            )


def _range(table: pd.DataFrame, what: str) -> tuple[float, float]:
    values = [*table["published"], *table["measured"]]
    bounds = theme.bounded_range(values, list(table["ci_low"]), list(table["ci_high"]))
    return bounds if what == "gain" else (max(bounds[0], 0.0), min(bounds[1], 100.0))


def _laid_out(
    figure: go.Figure, limits: tuple[float, float], what: str, colors: theme.Palette
) -> go.Figure:
    font = {"color": colors.text, "size": 13}
    ticks = theme.round_ticks(limits)
    said = [theme.plain_signed(tick) if what == "gain" else f"{tick:g}" for tick in ticks]
    axis = {
        "range": list(limits),
        "tickvals": ticks,
        "ticktext": said,
        "tickfont": font,
        "gridcolor": colors.grid,
        "zeroline": False,
        "fixedrange": True,
    }
    unit = f"{what}, points"
    figure.update_xaxes(**axis, title={"text": f"published {unit}", "font": font})
    figure.update_yaxes(**axis, title={"text": f"measured {unit}", "font": font})
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 64, "r": 16, "t": 40, "b": 56},
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0, "font": font},
        dragmode=False,
        **theme.plain_layout(colors),
    )
    return figure
