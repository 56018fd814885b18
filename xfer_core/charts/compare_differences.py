"""Two models side by side: their scores, and the paired difference with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from xfer_core.charts import cell_look, compare_words, theme
from xfer_core.charts.cell_by_language import language_label
from xfer_core.charts.theme import Palette
from xfer_core.domain.language import ALL, ZERO_SHOT

ROW_HEIGHT, EDGES = 27, 112
LONGEST = 34


def by_language(table: pd.DataFrame, sides: tuple[str, str], dark: bool = False) -> go.Figure:
    """One row per language, the means in bold below.

    Args:
        table: ``Comparison.table``.
        sides: what A and B are called.
        dark: colours for a dark page.
    """
    means = {ZERO_SHOT: "<b>zero-shot mean</b>", ALL: "<b>mean over all</b>"}
    labels = [means.get(str(code)) or language_label(str(code)) for code in table["language"]]
    return _figure(table, labels, sides, theme.palette(dark))


def by_subject(table: pd.DataFrame, sides: tuple[str, str], dark: bool = False) -> go.Figure:
    """One row per subject or group, with the number of its questions."""
    named = zip(table["name"], table["n_questions"], strict=True)
    labels = [f"{escape(compare_words.subject(str(name)))} ({n})" for name, n in named]
    return _figure(table, labels, sides, theme.palette(dark))


def by_target(table: pd.DataFrame, sides: tuple[str, str], dark: bool = False) -> go.Figure:
    """One row per target, with the intermediate task where there are several."""
    several = table["intermediate_a"].nunique() > 1
    labels = []
    for row in cell_look.records(table):
        after = theme.task_label(str(row["intermediate_a"])) if several else ""
        target = escape(theme.task_label(str(row["target"])))
        labels.append(f"{escape(theme.shortened(after, LONGEST))} → {target}" if after else target)
    return _figure(table, labels, sides, theme.palette(dark))


def _figure(
    table: pd.DataFrame, labels: Sequence[str], sides: tuple[str, str], colors: Palette
) -> go.Figure:
    figure = make_subplots(
        1, 2, shared_yaxes=True, column_widths=[0.42, 0.58], horizontal_spacing=0.03
    )
    places = list(range(len(table)))
    hover = [_hover(row, label, sides) for row, label in _named(table, labels)]
    for trace in _scores(table, places, sides, hover, colors):
        figure.add_trace(trace, 1, 1)
    figure.add_trace(_differences(table, places, hover, colors), 1, 2)
    flags = zip(labels, table["significant"], strict=True)
    marked = [f"{label} {theme.SIGNIFICANT}" if flag else label for label, flag in flags]
    return _laid_out(figure, table, marked, colors)


def _named(table: pd.DataFrame, labels: Sequence[str]) -> list[tuple[dict[str, Any], str]]:
    return list(zip(cell_look.records(table), labels, strict=True))


def _scores(
    table: pd.DataFrame,
    places: list[int],
    sides: tuple[str, str],
    hover: list[str],
    colors: Palette,
) -> list[go.Scatter]:
    """A line from A to B in each row, and a point for each; shape and colour tell them apart."""
    a, b = 100 * table["score_a"].astype(float), 100 * table["score_b"].astype(float)
    joined_x = [x for pair in zip(a, b, strict=True) for x in (*pair, None)]
    joined_y = [y for at in places for y in (at, at, None)]
    line = go.Scatter(
        x=joined_x,
        y=joined_y,
        mode="lines",
        line={"color": colors.line, "width": 1.5},
        hoverinfo="skip",
        showlegend=False,
    )
    marks = (
        ("A", a, "diamond-open", colors.encoders[1]),
        ("B", b, "circle", colors.encoders[0]),
    )
    points = [
        go.Scatter(
            x=values,
            y=places,
            mode="markers",
            name=f"{letter}: {escape(theme.shortened(name, 2 * LONGEST))}",
            marker={"symbol": symbol, "size": 10, "color": color, "line": {"width": 2}},
            hovertext=hover,
            hovertemplate="%{hovertext}<extra></extra>",
        )
        for (letter, values, symbol, color), name in zip(marks, sides, strict=True)
    ]
    return [line, *points]


def _differences(
    table: pd.DataFrame, places: list[int], hover: list[str], colors: Palette
) -> go.Scatter:
    points = table["difference_points"].astype(float)
    low, high = table["ci_low"].astype(float), table["ci_high"].astype(float)
    hollow = low.isna() | (table["n_seeds"] < 2)
    return go.Scatter(
        x=points,
        y=places,
        mode="markers",
        marker={
            "size": 9,
            "color": colors.text,
            "symbol": ["circle-open" if empty else "circle" for empty in hollow],
            "line": {"width": 2},
        },
        error_x={
            "type": "data",
            "symmetric": False,
            "array": (high - points).fillna(0),
            "arrayminus": (points - low).fillna(0),
            "color": colors.line,
            "thickness": 2,
            "width": 0,
        },
        hovertext=hover,
        hovertemplate="%{hovertext}<extra></extra>",
        showlegend=False,
    )


def _hover(row: dict[str, Any], label: str, sides: tuple[str, str]) -> str:
    seeds = int(row["n_seeds"]) if not pd.isna(row["n_seeds"]) else 0
    lines = [
        f"<b>{label}</b>",
        f"A {theme.percent(row['score_a'])} · {escape(sides[0])}",
        f"B {theme.percent(row['score_b'])} · {escape(sides[1])}",
        f"B − A {theme.signed(row['difference_points'])} points",
        f"95% interval {theme.interval(row['ci_low'], row['ci_high'])}",
        f"{seeds} seed{'' if seeds == 1 else 's'} on both sides",
    ]
    return "<br>".join(lines)


def _laid_out(
    figure: go.Figure, table: pd.DataFrame, labels: Sequence[str], colors: Palette
) -> go.Figure:
    font = {"color": colors.text, "size": 13}
    points = [x for x in table["difference_points"].astype(float) if not pd.isna(x)]
    lows, highs = table["ci_low"].astype(float), table["ci_high"].astype(float)
    limits = theme.bounded_range([*points, 0.0], list(lows), list(highs))
    cut = bool((lows < limits[0]).any() or (highs > limits[1]).any())
    ticks = theme.round_ticks(limits)
    if not points:  # nothing to tell sizes by
        limits, ticks = (-1.0, 1.0), [0.0]
    axis = {"tickfont": font, "gridcolor": colors.grid, "fixedrange": True}
    muted = {**font, "color": colors.muted}
    scores = {"text": "score, points", "font": muted}
    figure.update_xaxes(**axis, zeroline=False, title=scores, row=1, col=1)
    title = f"B − A, points · 95% interval{', the widest cut off' if cut else ''}"
    figure.update_xaxes(
        **axis,
        zerolinecolor=colors.muted,
        zerolinewidth=1.5,
        range=limits,
        tickvals=ticks,
        ticktext=[theme.plain_signed(tick) for tick in ticks],
        title={"text": title, "font": muted},
        row=1,
        col=2,
    )
    figure.update_yaxes(
        range=(len(labels) - 0.4, -0.6),
        tickvals=list(range(len(labels))),
        ticktext=list(labels),
        tickfont=font,
        showgrid=False,
        zeroline=False,
        fixedrange=True,
        automargin=True,
        ticklabelstandoff=6,
    )
    return figure.update_layout(
        height=EDGES + ROW_HEIGHT * max(len(labels), 1),
        margin={"l": 4, "r": 12, "t": 40, "b": 48},
        legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "font": font},
        dragmode=False,
        **theme.plain_layout(colors),
    )
