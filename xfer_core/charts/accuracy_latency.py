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
from xfer_core.charts.latency_look import SIZE, SMALL, SYMBOLS, Look
from xfer_core.charts.theme import Palette

PLOT = (1000.0, 390.0)
"""Pixels of the plotting area that label places are worked out for; a wider one only helps."""
HEIGHT = 500
ENTRIES = 7
"""Entries of the legend that stand in one line of a narrow window."""
FEW = 12
"""So many points or fewer are all labelled."""


def accuracy_latency(
    table: pd.DataFrame,
    budget_ms: float | None = None,
    dark: bool = False,
    selected: Sequence[str] = (),
    plot: tuple[float, float] = PLOT,
) -> go.Figure:
    """Score over median latency with intervals both ways and the Pareto frontier as a step.

    Args:
        table: the view ``accuracy_latency``, one row per encoder and intermediate task; rows
            without a latency are left out (see ``without_latency``).
        budget_ms: shade the region below this latency.
        dark: colours for a dark page.
        selected: intermediates that get a label besides those on the frontier, where there are
            too many points to label all.
        plot: pixels of the plotting area, across and down, that labels are placed in.
    """
    colors = theme.palette(dark)
    rows = points.with_latency(table)
    figure = go.Figure()
    x_range, y_range = _x_range(rows, budget_ms), _y_range(rows)
    _add_budget(figure, budget_ms, x_range, colors)
    _add_frontier(figure, rows, x_range, colors)
    look = Look.of(rows, colors)
    _add_legend(figure, look)
    for encoder, part in rows.groupby("encoder", sort=False):
        _add_points(figure, str(encoder), part, look)
    _add_labels(figure, rows, selected, x_range, y_range, look, plot)
    entries = len(look.encoders) + (len(look.engines) if len(look.engines) > 1 else 0)
    lines = math.ceil((entries + 2) / ENTRIES)
    return _laid_out(figure, x_range, y_range, points.batch(rows), colors, lines)


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


def _add_legend(figure: go.Figure, look: Look) -> None:
    """Entries of their own: a trace's would take the look of its first point."""
    for encoder in look.encoders:
        mark = {"symbol": look.encoder_symbol(encoder), "color": look.encoder_color(encoder)}
        _add_entry(figure, escape(encoder), {"size": SIZE, **mark})
    if len(look.engines) > 1:
        for said in look.engines:
            mark = {"symbol": look.engine_symbol(said), "color": look.colors.muted}
            _add_entry(figure, said, {"size": SIZE, **mark})
    if look.truncated:
        mark = {"symbol": SYMBOLS[0], "color": look.colors.muted}
        _add_entry(figure, "small: first layers alone", {"size": SMALL, **mark})


def _add_entry(figure: go.Figure, said: str, marker: dict[str, Any]) -> None:
    figure.add_scatter(x=[None], y=[None], mode="markers", name=said, marker=marker)


def _add_points(figure: go.Figure, encoder: str, part: pd.DataFrame, look: Look) -> None:
    color = look.encoder_color(encoder)
    faint = theme.dimmed(color, look.colors)
    marked = part["on_frontier"].astype(bool) | part["contended"].astype(bool)
    shown = [color if strong else faint for strong in marked]
    records = part.to_dict("records")
    figure.add_scatter(
        x=part["p50_ms"],
        y=100 * part["score"],
        mode="markers",
        name=escape(encoder),
        showlegend=False,
        marker={
            "size": [look.size(row) for row in records],
            "symbol": [
                f"{look.symbol(row)}-open" if row["contended"] else look.symbol(row)
                for row in records
            ],
            "color": shown,
            "line": {"width": 1.5, "color": shown},
        },
        error_x=_bars(part["p50_ms"], part["p50_ci_low_ms"], part["p50_ci_high_ms"], faint),
        error_y=_bars(
            100 * part["score"], 100 * part["score_ci_low"], 100 * part["score_ci_high"], faint
        ),
        hovertext=[_hover(row) for row in records],
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


def _hover(row: Any) -> str:
    latency = f"median {points.ms(row['p50_ms'])}, 95th percentile {points.ms(row['p95_ms'])}"
    parts = points.parts(row)
    lines = [
        f"<b>{escape(points.name(row))}</b>",
        f"score {theme.percent(row['score'])}{points.spread(row)}",
        latency,
        *([parts] if parts else []),
        points.seeds(row),
        points.standing(row),
        *([escape(str(row["remark"]))] if row.get("remark") else []),
    ]
    return "<br>".join(lines)


def _add_labels(
    figure: go.Figure,
    rows: pd.DataFrame,
    selected: Sequence[str],
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    look: Look,
    plot: tuple[float, float],
) -> None:
    wanted = rows["on_frontier"].astype(bool) | rows["intermediate"].isin(list(selected))
    wanted |= len(rows) <= FEW
    chosen, rest = rows[wanted], rows[~wanted]

    def pixels(part: pd.DataFrame) -> list[tuple[float, float]]:
        across = (part["p50_ms"].map(math.log10) - x_range[0]) / (x_range[1] - x_range[0])
        down = (y_range[1] - 100 * part["score"]) / (y_range[1] - y_range[0])
        return list(zip(across * plot[0], down * plot[1], strict=True))

    colors = look.colors
    texts = [theme.shortened(look.label(row), 52) for row in chosen.to_dict("records")]
    places = labels.place(pixels(chosen), texts, *plot, others=pixels(rest))
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
    lines: int,
) -> go.Figure:
    font = {"color": colors.text, "size": 13}
    ticks = points.log_ticks(x_range)
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
        height=HEIGHT + 24 * lines,
        margin={"l": 64, "r": 16, "t": 52 + 24 * lines, "b": 58},
        legend={
            "orientation": "h",
            "y": 1.0,
            "yref": "container",
            "yanchor": "top",
            "x": 1,
            "xanchor": "right",
            "font": font,
        },
        dragmode=False,
        **theme.plain_layout(colors),
    )
    return figure


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
