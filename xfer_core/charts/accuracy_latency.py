"""Accuracy against latency: which model is worth its milliseconds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from xfer_core.charts import labels, theme
from xfer_core.charts.theme import Palette

PLOT = (1000.0, 390.0)
"""Pixels of the plotting area that label places are worked out for; a wider one only helps."""
HEIGHT = 500


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
        selected: intermediates that get a label besides those on the frontier.
    """
    colors = theme.palette(dark)
    rows = with_latency(table)
    figure = go.Figure()
    x_range, y_range = _x_range(rows, budget_ms), _y_range(rows)
    _add_budget(figure, budget_ms, x_range, colors)
    _add_frontier(figure, rows, x_range, colors)
    for index, (encoder, part) in enumerate(rows.groupby("encoder", sort=False)):
        _add_encoder(figure, str(encoder), part, index, rows, colors)
    _add_labels(figure, rows, selected, x_range, y_range, colors)
    return _laid_out(figure, x_range, y_range, _unit(rows), colors)


def with_latency(table: pd.DataFrame) -> pd.DataFrame:
    """The rows that can be drawn."""
    return table[table["p50_ms"].notna() & table["score"].notna()].reset_index(drop=True)


def without_latency(table: pd.DataFrame) -> pd.DataFrame:
    """The rows that have a score and no latency; a page lists them below the chart."""
    return table[table["p50_ms"].isna() & table["score"].notna()].reset_index(drop=True)


def standing(row: Any, rows: pd.DataFrame) -> str:
    """What a point is: on the frontier, dominated, or not distinguishable from the frontier.

    Dominated needs a clean point that is no slower and whose score interval lies wholly above.
    """
    if bool(row["contended"]):
        return "measured under load, not compared"
    if bool(row["on_frontier"]):
        return "on the frontier"
    rivals = rows[rows["on_frontier"].astype(bool) & (rows["p50_ms"] <= row["p50_ms"])]
    high = row["score_ci_high"]
    if pd.isna(high) or rivals["score_ci_low"].isna().all():
        return "below the frontier; one seed cannot tell them apart"
    if (rivals["score_ci_low"] > high).any():
        return "dominated"
    return "below the frontier, not distinguishable from it"


def budget_sentence(table: pd.DataFrame, budget_ms: float) -> str:
    """The best clean point within the budget, in words, hedged where intervals overlap."""
    rows = with_latency(table)
    rows = rows[~rows["contended"].astype(bool)]
    inside = rows[rows["p50_ms"] <= budget_ms].sort_values(
        ["score", "p50_ms"], ascending=[False, True]
    )
    if inside.empty:
        fastest = "" if rows.empty else f" The fastest takes {_ms(rows['p50_ms'].min())}."
        return f"Under {_ms(budget_ms)}: no clean measurement.{fastest}"
    best = inside.iloc[0]
    text = (
        f"Under {_ms(budget_ms)}: {name(best)} reaches {theme.percent(best['score'])}"
        f"{_spread(best)} at {_ms(best['p50_ms'])} ({_seeds(best)})."
    )
    close = sum(_overlap(best, other) for _, other in inside.iloc[1:].iterrows())
    if pd.isna(best["score_ci_low"]) and len(inside) > 1:
        return f"{text} With one seed its lead over the other {len(inside) - 1} is not established."
    if close:
        return (
            f"{text} Its lead over {close} of the other {len(inside) - 1} is not distinguishable."
        )
    return text


def name(row: Any) -> str:
    """Encoder and intermediate task of a point."""
    return f"{row['encoder']} · {theme.task_label(str(row['intermediate']))}"


def alt_text(table: pd.DataFrame) -> str:
    """The finding in a sentence."""
    rows = with_latency(table)
    if rows.empty:
        return "No model of this selection has both a score and a latency."
    front = rows[rows["on_frontier"].astype(bool)].sort_values("p50_ms")
    listed = "; ".join(
        f"{name(row)} {theme.percent(row['score'])} at {_ms(row['p50_ms'])}"
        for _, row in front.head(6).iterrows()
    )
    return f"Score against latency of {len(rows)} models; {len(front)} on the frontier: {listed}."


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
        text=f"budget {_ms(budget_ms)}",
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
    latency = f"median {_ms(row['p50_ms'])}, 95th percentile {_ms(row['p95_ms'])}"
    lines = [
        f"<b>{escape(name(row))}</b>",
        f"score {theme.percent(row['score'])}{_spread(row)}",
        latency,
        _seeds(row),
        standing(row, rows),
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
    chosen, rest = rows[wanted], rows[~wanted]

    def pixels(part: pd.DataFrame) -> list[tuple[float, float]]:
        across = (part["p50_ms"].map(math.log10) - x_range[0]) / (x_range[1] - x_range[0])
        down = (y_range[1] - 100 * part["score"]) / (y_range[1] - y_range[0])
        return list(zip(across * PLOT[0], down * PLOT[1], strict=True))

    texts = [theme.shortened(name(row), 44) for _, row in chosen.iterrows()]
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


def _ms(value: float) -> str:
    return f"{value:.3g} ms"


def _spread(row: Any) -> str:
    low, high = row["score_ci_low"], row["score_ci_high"]
    if pd.isna(low) or pd.isna(high):
        return ""
    return f" (95% interval {theme.percent(low)} to {theme.percent(high)})"


def _seeds(row: Any) -> str:
    count = int(row["n_seeds"])
    return f"{count} seed{'' if count == 1 else 's'}"


def _overlap(best: Any, other: Any) -> bool:
    return bool(other["score_ci_high"] >= best["score_ci_low"])
