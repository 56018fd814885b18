"""Accuracy by group of subjects against the time of a question: a small chart for each group."""

from __future__ import annotations

import math
from html import escape
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from xfer_core.charts import latency_points as points
from xfer_core.charts import theme, words
from xfer_core.charts.latency_look import SIZE, SMALL, Look, engine, kept
from xfer_core.charts.latency_words import three_digits
from xfer_core.charts.theme import Palette

COLUMNS = 4
ROW_HEIGHT = 215
EDGES = 130


def latency_subjects(table: pd.DataFrame, dark: bool = False) -> go.Figure:
    """One panel per group with the same axes; symbols and colours as in the large chart.

    Args:
        table: the view ``latency_subjects``.
        dark: colours for a dark page.
    """
    colors = theme.palette(dark)
    look = Look.of(table, colors)
    groups = list(dict.fromkeys(table["group"]))
    columns = min(COLUMNS, len(groups))
    rows = math.ceil(len(groups) / columns)
    figure = make_subplots(
        rows,
        columns,
        shared_xaxes=True,
        shared_yaxes=True,
        subplot_titles=[escape(group_label(group)) for group in groups],
        horizontal_spacing=0.02,
        vertical_spacing=min(0.3 / rows, 0.12),
    )
    for at, group in enumerate(groups):
        part = table[table["group"] == group]
        row, column = at // columns + 1, at % columns + 1
        for trace in _traces(part, look, first=at == 0):
            figure.add_trace(trace, row, column)
    return _laid_out(figure, table, len(groups), columns, colors)


def alt_text(table: pd.DataFrame) -> str:
    """The finding in a sentence: where the fastest model loses most against the best."""
    if table.empty:
        return "No model of this selection has both answers by subject and a latency."
    best = table.sort_values(["score", "p50_ms"], ascending=[False, True]).groupby("group").first()
    listed = "; ".join(
        f"{group_label(str(group))} {theme.percent(row['score'])} by {points.name(row)}"
        for group, row in best.iterrows()
    )
    return f"Accuracy by group of subjects against latency. Best in each: {listed}."


def as_table(table: pd.DataFrame) -> pd.DataFrame:
    """One row per model, the fastest first, one column per group, in points."""
    rows = []
    for _, part in table.sort_values("p50_ms").groupby(["name", "intermediate"], sort=False):
        first = part.iloc[0].to_dict()
        groups = zip(part["group"], 100 * part["score"], strict=True)
        rows.append(
            {
                "Encoder": first["encoder"],
                "Back end": engine(first),
                "Layers": kept(first),
                "Intermediate task": theme.task_label(str(first["intermediate"])),
                "Median, ms": first["p50_ms"],
                **{group_label(group): score for group, score in groups},
            }
        )
    return pd.DataFrame(rows)


def table_formats(table: pd.DataFrame) -> dict[str, Any]:
    """How each number of ``as_table`` is written."""
    groups = [group_label(str(group)) for group in dict.fromkeys(table["group"])]
    return {"Median, ms": three_digits, **dict.fromkeys(groups, "{:.1f}")}


def counts_line(table: pd.DataFrame) -> str:
    """How many questions stand behind each group, and what the bars are."""
    n = table.groupby("group")["n_questions"].max()
    languages, seeds = int(table["n_languages"].max()), int(table["n_seeds"].max())
    counted = words.listed(f"{group_label(str(group))} {count}" for group, count in n.items())
    return (
        f"Questions in each group: {counted}; mean over {words.plural(languages, 'language')} and "
        f"{words.plural(seeds, 'seed')}. Bars: 95% intervals over questions. Hollow: measured "
        "while the machine was busy."
    )


def group_label(group: str) -> str:
    """A group as people write it: "odd_one_out" is "odd one out"."""
    return group.replace("_", " ")


def _traces(part: pd.DataFrame, look: Look, first: bool) -> list[go.Scatter]:
    drawn = [_points(part, look)]
    return [*_legend(look), *drawn] if first else drawn


def _points(part: pd.DataFrame, look: Look) -> go.Scatter:
    records = part.to_dict("records")
    score = 100 * part["score"].astype(float)
    low, high = 100 * part["score_ci_low"].astype(float), 100 * part["score_ci_high"].astype(float)
    return go.Scatter(
        x=part["p50_ms"],
        y=score,
        mode="markers",
        showlegend=False,
        marker={
            "size": [look.size(row) - 2 for row in records],
            "symbol": [look.symbol(row) + ("-open" * bool(row["contended"])) for row in records],
            "color": [look.color(row) for row in records],
            "line": {"width": 1.5, "color": [look.color(row) for row in records]},
        },
        error_y={
            "type": "data",
            "symmetric": False,
            "array": (high - score).fillna(0).clip(lower=0),
            "arrayminus": (score - low).fillna(0).clip(lower=0),
            "thickness": 1,
            "width": 0,
            "color": look.colors.line,
        },
        hovertext=[_hover(row) for row in records],
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _legend(look: Look) -> list[go.Scatter]:
    entries: list[tuple[str, dict[str, Any]]] = [
        (
            escape(encoder),
            {"symbol": look.encoder_symbol(encoder), "color": look.encoder_color(encoder)},
        )
        for encoder in look.encoders
    ]
    if len(look.engines) > 1:
        muted = look.colors.muted
        entries += [
            (said, {"symbol": look.engine_symbol(said), "color": muted}) for said in look.engines
        ]
    if look.truncated:
        small = {"symbol": "circle", "color": look.colors.muted, "size": SMALL - 2}
        entries.append(("small: first layers alone", small))
    return [
        go.Scatter(x=[None], y=[None], mode="markers", name=said, marker={"size": SIZE, **mark})
        for said, mark in entries
    ]


def _hover(row: Any) -> str:
    low, high = row["score_ci_low"], row["score_ci_high"]
    within = "" if pd.isna(low) else f" ({theme.percent(low)} to {theme.percent(high)})"
    return "<br>".join(
        [
            f"<b>{escape(points.name(row))}</b>",
            f"{escape(group_label(str(row['group'])))}: {theme.percent(row['score'])}{within}",
            f"{words.plural(int(row['n_questions']), 'question')}, {points.ms(row['p50_ms'])}",
            *(["measured under load"] if row["contended"] else []),
        ]
    )


def _laid_out(
    figure: go.Figure, table: pd.DataFrame, panels: int, columns: int, colors: Palette
) -> go.Figure:
    font = {"color": colors.text, "size": 13}
    logs = [math.log10(value) for value in table["p50_ms"] if value > 0] or [0.0, 1.0]
    pad = max(0.1 * (max(logs) - min(logs)), 0.1)
    x_range = (min(logs) - pad, max(logs) + pad)
    ticks = points.log_ticks(x_range)[:: 1 if columns < 3 else 2]
    figure.update_xaxes(
        type="log",
        range=x_range,
        tickvals=ticks,
        ticktext=[f"{tick:g}" for tick in ticks],
        tickfont=font,
        showgrid=False,
        showline=True,
        linecolor=colors.line,
        fixedrange=True,
    )
    low, high = theme.bounded_range(list(100 * table["score"]), [], [])
    figure.update_yaxes(
        range=(max(low, -2.0), min(high, 102.0)),
        tickfont=font,
        gridcolor=colors.grid,
        zeroline=False,
        fixedrange=True,
    )
    unit = points.batch(table)
    for at in range(panels - columns, panels):  # the lowest of each column
        figure.update_xaxes(showticklabels=True, row=at // columns + 1, col=at % columns + 1)
    figure.add_annotation(
        text=f"← faster · median milliseconds per {unit}, log scale",
        x=0.5,
        y=0,
        yshift=-40,
        xref="paper",
        yref="paper",
        showarrow=False,
        font=font,
    )
    figure.update_yaxes(title={"text": "accuracy, points", "font": font}, col=1)
    figure.update_layout(
        height=EDGES + ROW_HEIGHT * math.ceil(panels / columns),
        margin={"l": 64, "r": 16, "t": 84, "b": 60},
        legend={
            "orientation": "h",
            "y": 1,
            "yanchor": "top",
            "yref": "container",
            "x": 1,
            "xanchor": "right",
            "font": font,
        },
        dragmode=False,
        **theme.plain_layout(colors),
    )
    return figure
