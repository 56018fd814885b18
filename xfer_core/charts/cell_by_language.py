"""The gain of one cell in each language, with its interval."""

from __future__ import annotations

from html import escape
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from xfer_core.charts import cell_look, theme
from xfer_core.domain.language import LANGUAGES, REFERENCE_LANGUAGE


def cell_by_language(table: pd.DataFrame, dark: bool = False) -> go.Figure:
    """One dot per language; hollow where one seed leaves no interval.

    Args:
        table: ``CellDetail.by_language``: language, gain_points, ci_low, ci_high, n_seeds ...
        dark: colours for a dark page.
    """
    colors = theme.palette(dark)
    rows = table[table["gain_points"].notna()].reset_index(drop=True)
    lows, highs = rows["ci_low"].astype(float), rows["ci_high"].astype(float)
    gains = rows["gain_points"].astype(float)
    alone = lows.isna() | highs.isna()
    trace = {
        "type": "scatter",
        "x": gains,
        "y": [language_label(str(code)) for code in rows["language"]],
        "mode": "markers",
        "marker": {
            "size": 9,
            "color": colors.accent,
            "symbol": ["circle-open" if hollow else "circle" for hollow in alone],
            "line": {"width": 2},
        },
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": (highs - gains).fillna(0),
            "arrayminus": (gains - lows).fillna(0),
            "color": colors.line,
            "thickness": 2,
            "width": 0,
        },
        "hovertext": [_hover(record) for record in cell_look.records(rows)],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    low, high = theme.bounded_range([*gains, 0.0], list(lows), list(highs))
    cut = bool((lows < low).any() or (highs > high).any())
    # Two lines: in the panel of a small window one would lose its ends.
    title = f"gain, points · 95% interval{'<br>the widest cut off' if cut else ''}"
    # One construction from plain values: each update of a figure validates it again.
    return go.Figure([trace], _layout(len(rows), (low, high), title, colors))


def language_label(code: str) -> str:
    """The language's name; English is marked as the reference."""
    language = LANGUAGES.get(code)
    name = escape(language.name if language else code)
    return f"<i>{name} (reference)</i>" if code == REFERENCE_LANGUAGE else name


def alt_text(table: pd.DataFrame) -> str:
    """The finding in a sentence."""
    rows = table[table["gain_points"].notna()]
    if rows.empty:
        return "No gain by language yet."
    above = int((rows["gain_points"] > 0).sum())
    low, high = rows["gain_points"].min(), rows["gain_points"].max()
    return (
        f"Gain by language: above 0 in {above} of {len(rows)} languages, "
        f"from {theme.signed(low)} to {theme.signed(high)} points."
    )


def _hover(record: dict[str, Any]) -> str:
    lines = [
        f"<b>{language_label(str(record['language']))}</b>",
        f"gain {theme.signed(record['gain_points'])} points",
        theme.interval(record["ci_low"], record["ci_high"]),
        f"{theme.percent(record['baseline'])} → {theme.percent(record['score'])}",
    ]
    return "<br>".join(lines)


def _layout(
    n_rows: int,
    x_range: tuple[float, float],
    title: str,
    colors: theme.Palette,
) -> dict[str, Any]:
    font = {"color": colors.text, "size": 13}
    ticks = theme.round_ticks(x_range)
    below = 18 * title.count("<br>")
    zero = {"type": "line", "x0": 0, "x1": 0, "xref": "x", "y0": 0, "y1": 1, "yref": "y domain"}
    return dict(
        shapes=[{**zero, "line": {"color": colors.muted, "width": 1}, "layer": "below"}],
        xaxis={
            "range": x_range,
            "tickfont": font,
            "gridcolor": colors.grid,
            "zeroline": False,
            "fixedrange": True,
            "tickvals": ticks,
            "ticktext": [theme.plain_signed(tick) for tick in ticks],
            "title": {
                "text": title,
                "font": {**font, "color": colors.muted},
            },
        },
        yaxis={
            "autorange": "reversed",
            "tickfont": font,
            "showgrid": False,
            "fixedrange": True,
            "automargin": True,
            "ticklabelstandoff": 6,
        },
        height=62 + below + 27 * max(n_rows, 1),
        margin={"l": 4, "r": 10, "t": 6, "b": 44 + below},
        dragmode=False,
        showlegend=False,
        **theme.plain_layout(colors),
    )
