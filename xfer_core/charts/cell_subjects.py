"""Accuracy of one cell by subject and language: a grid of shades, numbers in them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from xfer_core.charts import theme, words
from xfer_core.charts.compare_words import subject
from xfer_core.domain.language import REFERENCE_LANGUAGE, ZERO_SHOT
from xfer_core.views.selection import english_first

LEVELS = {"group": "Groups of subjects", "subject": "Subjects"}
ROW, EDGES = 27, 110
MOST_WITH_TEXT = 25
"""Columns that still have room for their numbers."""


def cell_subjects(table: pd.DataFrame, dark: bool = False) -> go.Figure:
    """Subjects down, languages across, the best subjects on top.

    Args:
        table: the view ``cell_subjects``, one level of it, at least one row.
        dark: colours for a dark page.
    """
    colors = theme.palette(dark)
    grid = _grid(table, "score")
    values = 100 * grid
    hover = [[_hover(table, name, code) for code in grid.columns] for name in grid.index]
    low, high = _limits(table)
    shades = (colors.neutral, *colors.positive)
    trace = go.Heatmap(
        x=[_column(code) for code in grid.columns],
        y=[escape(subject(str(name))) for name in grid.index],
        z=values.to_numpy(),
        zmin=low,
        zmax=high,
        colorscale=[(at / (len(shades) - 1), shade) for at, shade in enumerate(shades)],
        colorbar={"title": {"text": "accuracy,<br>points"}, "thickness": 12, "outlinewidth": 0},
        hovertext=hover,
        hovertemplate="%{hovertext}<extra></extra>",
        hoverongaps=False,
        xgap=2,
        ygap=2,
    )
    font = {"color": colors.text, "size": 13}
    figure = go.Figure(trace)
    if len(grid.columns) <= MOST_WITH_TEXT:
        figure.add_trace(_numbers(values, (low, high), shades))
    figure.update_xaxes(side="top", tickfont=font, fixedrange=True, showgrid=False, tickangle=-40)
    figure.update_yaxes(autorange="reversed", tickfont=font, fixedrange=True, showgrid=False)
    figure.update_layout(
        height=EDGES + ROW * len(grid),
        margin={"l": 4, "r": 4, "t": 92, "b": 4},
        dragmode=False,
        **theme.plain_layout(colors),
    )
    figure.update_yaxes(automargin=True, ticklabelstandoff=6)
    return figure


def shade(value: float, limits: tuple[float, float], shades: Sequence[str]) -> str:
    """The fill of a value: the first shade at the lower limit, the last at the upper one."""
    place = (value - limits[0]) / (limits[1] - limits[0]) * (len(shades) - 1)
    first = min(max(int(place), 0), len(shades) - 2)
    return theme.mix(shades[first], shades[first + 1], min(max(place - first, 0.0), 1.0))


def _numbers(
    values: pd.DataFrame, limits: tuple[float, float], shades: Sequence[str]
) -> go.Scatter:
    """The numbers, each black or white, whichever reads better on its shade."""
    cells = [
        (x, y, value)
        for y, line in enumerate(values.to_numpy(dtype=float).tolist())
        for x, value in enumerate(line)
        if not math.isnan(value)
    ]
    return go.Scatter(
        x=[_column(values.columns[x]) for x, _, _ in cells],
        y=[escape(subject(str(values.index[y]))) for _, y, _ in cells],
        text=[f"{value:.1f}" for _, _, value in cells],
        mode="text",
        textfont={
            "size": 12,
            "color": [theme.text_on(shade(value, limits, shades)) for _, _, value in cells],
        },
        hoverinfo="skip",
        showlegend=False,
    )


def as_table(table: pd.DataFrame) -> pd.DataFrame:
    """The same numbers: a row per subject, a column per language, in points."""
    grid = 100 * _grid(table, "score")
    questions = table.groupby("name")["n_questions"].max()
    return pd.DataFrame(
        {
            "Subject": [subject(str(name)) for name in grid.index],
            "Questions": [int(questions[name]) for name in grid.index],
            **{words.language(str(code)): grid[code].to_numpy() for code in grid.columns},
        }
    )


def table_formats(table: pd.DataFrame) -> dict[str, Any]:
    """How each number of ``as_table`` is written."""
    return {words.language(str(code)): "{:.1f}" for code in set(table["language"])}


def alt_text(table: pd.DataFrame) -> str:
    """The finding in a sentence: best and worst, over the languages without English."""
    rows = table[table["language"] == ZERO_SHOT]
    rows = table if rows.empty else rows
    mean = rows.groupby("name")["score"].mean().sort_values()
    if mean.empty:
        return "No answers by subject here."
    worst, best = mean.index[0], mean.index[-1]
    return (
        f"Accuracy by subject and language: best in {subject(str(best))} "
        f"({theme.percent(mean.iloc[-1])} points), worst in {subject(str(worst))} "
        f"({theme.percent(mean.iloc[0])})."
    )


def counts_line(table: pd.DataFrame) -> str:
    """What a number is the mean of."""
    seeds = int(table["n_seeds"].min())
    few = int(table["n_questions"].min())
    return (
        f"Mean over {words.plural(seeds, 'seed')}; at least {words.plural(few, 'question')} behind "
        "each number. A difference of one right answer moves a small subject by points."
    )


def _grid(table: pd.DataFrame, what: str) -> pd.DataFrame:
    """Names by languages; names by falling mean, English first and the mean behind it."""
    grid = table.pivot(index="name", columns="language", values=what).astype(float)
    order = grid.mean(axis=1).sort_values(ascending=False, kind="stable").index
    codes = [code for code in english_first(dict.fromkeys(table["language"])) if code != ZERO_SHOT]
    means = [ZERO_SHOT] if ZERO_SHOT in grid.columns else []
    first = [code for code in codes if code == REFERENCE_LANGUAGE]
    return grid.loc[order, [*first, *means, *(code for code in codes if code not in first)]]


def _column(code: str) -> str:
    said = escape(words.language(str(code)))
    return f"<b>{said}</b>" if code == ZERO_SHOT else said


def _limits(table: pd.DataFrame) -> tuple[float, float]:
    low, high = 100 * table["score"].min(), 100 * table["score"].max()
    return 10 * math.floor(low / 10), max(10 * math.ceil(high / 10), 10 * math.floor(low / 10) + 10)


def _hover(table: pd.DataFrame, name: Any, code: Any) -> str:
    found = table[(table["name"] == name) & (table["language"] == code)]
    if found.empty:
        return ""
    row = found.iloc[0]
    gain = row["gain_points"]
    over = "" if pd.isna(gain) else f"gain {theme.signed(gain)} points"
    return "<br>".join(
        filter(
            None,
            [
                f"<b>{escape(subject(str(name)))}, {escape(words.language(str(code)))}</b>",
                f"accuracy {theme.percent(row['score'])}",
                over,
                f"{words.plural(int(row['n_questions']), 'question')}, "
                f"{words.plural(int(row['n_seeds']), 'seed')}",
            ],
        )
    )
