"""Accuracy against latency: which model is worth its milliseconds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from xfer_core.charts import labels, theme
from xfer_core.charts import latency_points as points
from xfer_core.charts.theme import Palette

PLOT = (1000.0, 390.0)
"""Pixels of the plotting area that label places are worked out for; a wider one only helps."""
HEIGHT = 500
FEW = 12
"""So many points or fewer are all labelled."""


def accuracy_latency(
    table: pd.DataFrame,
    budget_ms: float | None = None,
    dark: bool = False,
    selected: Sequence[str] = (),
) -> go.Figure:
    """Score over median latency with intervals both ways and the Pareto frontier as a step.

    Args:
        table: the view ``accuracy_latency``, one row per encoder and intermediate task; rows
            without a latency are left out (see ``without_latency``).
        budget_ms: shade the region below this latency.
        dark: colours for a dark page.
        selected: intermediates that get a label besides those on the frontier, where there are
            too many points to label all.
    """
    colors = theme.palette(dark)
    rows = points.with_latency(table)
    figure = go.Figure()
    x_range, y_range = _x_range(rows, budget_ms), _y_range(rows)
    _add_budget(figure, budget_ms, x_range, colors)
    _add_frontier(figure, rows, x_range, colors)
    for index, (encoder, part) in enumerate(rows.groupby("encoder", sort=False)):
        _add_encoder(figure, str(encoder), part, index, rows, colors)
    _add_labels(figure, rows, selected, x_range, y_range, colors)
    return _laid_out(figure, x_range, y_range, _unit(rows), colors)


def _add_budget(
    figure: go.Figure, budget_ms: float | None, x_range: tuple[float, float], colors: Palette
) -> None:
    if budget_ms is None or budget_ms <= 0:
        return
    tint = theme.mix(colors.background, colors.accent, 0.08)
    left = 10 ** x_range[0]
    figure.add_vrect(x0=left, x1=budget_ms, fillcolor=tint, line_width=0, layer="below")
    figure.add_vline(x=budget_ms, line={"color": colors.accent, "width": 1.5, "dash": "dot"})
    figure.add_annotation(
        x=math.log10(budget_ms),
        y=1,
        yref="paper",
        yanchor="bottom",
        xanchor="right",
        text=f"budget {points.ms(budget_ms)}",
        showarrow=False,
        font={"color": colors.accent, "size": 13},
    )


def _add_frontier(
    figure: go.Figure, rows: pd.DataFrame, x_range: tuple[float, float], colors: Palette
) -> None:
    front = rows[rows["on_frontier"].astype(bool)].sort_values(["p50_ms", "score"])
    if front.empty:
        return
    figure.add_scatter(
        x=[*front["p50_ms"], 10 ** x_range[1]],
        y=[*(100 * front["score"]), 100 * front["score"].iloc[-1]],
        mode="lines",
        line={"shape": "hv", "color": colors.line, "width": 1.6},
        name="Pareto frontier",
        hoverinfo="skip",
    )


def _add_encoder(
    figure: go.Figure,
    encoder: str,
    part: pd.DataFrame,
    index: int,
    rows: pd.DataFrame,
    colors: Palette,
) -> None:
    color = colors.encoders[index % len(colors.encoders)]
    symbol = theme.SYMBOLS[index % len(theme.SYMBOLS)]
    faint = theme.dimmed(color, colors)
    marked = part["on_frontier"].astype(bool) | part["contended"].astype(bool)
    # The legend would take the look of the first point, which may be faint or hollow.
    figure.add_scatter(
        x=[None],
        y=[None],
        mode="markers",
        name=escape(encoder),
        marker={"size": 12, "symbol": symbol, "color": color},
    )
    figure.add_scatter(
        x=part["p50_ms"],
        y=100 * part["score"],
        mode="markers",
        name=escape(encoder),
        showlegend=False,
        marker={
            "size": 12,
            "symbol": [f"{symbol}-open" if busy else symbol for busy in part["contended"]],
            "color": [color if strong else faint for strong in marked],
            "line": {"width": 1.5, "color": [color if strong else faint for strong in marked]},
        },
        error_x=_bars(part["p50_ms"], part["p50_ci_low_ms"], part["p50_ci_high_ms"], faint),
        error_y=_bars(
            100 * part["score"], 100 * part["score_ci_low"], 100 * part["score_ci_high"], faint
        ),
        hovertext=[_hover(row, rows) for _, row in part.iterrows()],
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _bars(
    middle: pd.Series[float], low: pd.Series[float], high: pd.Series[float], color: str
) -> dict[str, Any]:
    return {
        "type": "data",
        "symmetric": False,
        "array": (high.astype(float) - middle).fillna(0).clip(lower=0),
        "arrayminus": (middle - low.astype(float)).fillna(0).clip(lower=0),
        "thickness": 1.2,
        "width": 0,
        "color": color,
    }


def _hover(row: Any, rows: pd.DataFrame) -> str:
    latency = f"median {points.ms(row['p50_ms'])}, 95th percentile {points.ms(row['p95_ms'])}"
    lines = [
        f"<b>{escape(points.name(row))}</b>",
        f"score {theme.percent(row['score'])}{points.spread(row)}",
        latency,
        points.seeds(row),
        points.standing(row, rows),
    ]
    return "<br>".join(lines)


def _add_labels(
    figure: go.Figure,
    rows: pd.DataFrame,
    selected: Sequence[str],
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    colors: Palette,
) -> None:
    wanted = rows["on_frontier"].astype(bool) | rows["intermediate"].isin(list(selected))
    wanted |= len(rows) <= FEW
    chosen, rest = rows[wanted], rows[~wanted]

    def pixels(part: pd.DataFrame) -> list[tuple[float, float]]:
        across = (part["p50_ms"].map(math.log10) - x_range[0]) / (x_range[1] - x_range[0])
        down = (y_range[1] - 100 * part["score"]) / (y_range[1] - y_range[0])
        return list(zip(across * PLOT[0], down * PLOT[1], strict=True))

    # The only encoder stands in the legend; the intermediate task is what tells points apart.
    one = rows["encoder"].nunique() == 1
    texts = [
        theme.shortened(theme.task_label(row["intermediate"]) if one else points.name(row), 44)
        for _, row in chosen.iterrows()
    ]
    places = labels.place(pixels(chosen), texts, *PLOT, others=pixels(rest))
    for (_, row), text, found in zip(chosen.iterrows(), texts, places, strict=True):
        if found is not None:
            figure.add_annotation(
                x=math.log10(row["p50_ms"]),
                y=100 * row["score"],
                ax=found.dx,
                ay=found.dy,
                text=escape(text),
                showarrow=True,
                arrowhead=0,
                arrowwidth=0.8,
                arrowcolor=colors.line,
                standoff=7,
                bgcolor=theme.see_through(colors.background, 0.75),
                font={"color": colors.text, "size": 13},
            )


def _laid_out(
    figure: go.Figure,
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    unit: str,
    colors: Palette,
) -> go.Figure:
    font = {"color": colors.text, "size": 13}
    ticks = _ticks(x_range)
    axis = {"tickfont": font, "zeroline": False, "fixedrange": True, "linecolor": colors.line}
    figure.update_xaxes(
        **axis,
        type="log",
        range=x_range,
        tickvals=ticks,
        ticktext=[f"{tick:g}" for tick in ticks],
        showgrid=False,
        showline=True,
        ticks="outside",
        tickcolor=colors.line,
        title={"text": f"← faster · median milliseconds per {unit}, log scale", "font": font},
    )
    figure.update_yaxes(
        **axis,
        range=y_range,
        gridcolor=colors.grid,
        title={"text": "score, points · better →", "font": font},
    )
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 64, "r": 16, "t": 52, "b": 58},
        legend={
            "orientation": "h",
            "y": 1.02,
            "yanchor": "bottom",
            "x": 1,
            "xanchor": "right",
            "font": font,
        },
        dragmode=False,
        **theme.plain_layout(colors),
    )
    return figure


def _ticks(x_range: tuple[float, float]) -> list[float]:
    low, high = x_range
    decades = range(math.floor(low), math.ceil(high) + 1)
    for steps in ((1, 2, 5), range(1, 10)):
        ticks = [step * 10.0**decade for decade in decades for step in steps]
        shown = [tick for tick in ticks if low <= math.log10(tick) <= high]
        if len(shown) >= 3:
            return shown
    return theme.round_ticks((10**low, 10**high))


def _x_range(rows: pd.DataFrame, budget_ms: float | None) -> tuple[float, float]:
    values = [*rows["p50_ms"], *rows["p50_ci_low_ms"].dropna(), *rows["p50_ci_high_ms"].dropna()]
    values += [budget_ms] if budget_ms and budget_ms > 0 else []
    logs = [math.log10(value) for value in values if value > 0] or [0.0, 1.0]
    low, high = min(logs), max(logs)
    pad = max(0.08 * (high - low), 0.12)
    return low - pad, high + pad


def _y_range(rows: pd.DataFrame) -> tuple[float, float]:
    low, high = theme.bounded_range(
        list(100 * rows["score"]),
        list(100 * rows["score_ci_low"].astype(float)),
        list(100 * rows["score_ci_high"].astype(float)),
    )
    return max(low, -2.0), min(high, 102.0)


def _unit(rows: pd.DataFrame) -> str:
    return " or ".join(sorted(set(rows["unit"].dropna()))) or "item"
