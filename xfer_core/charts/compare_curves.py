"""The trainings of two models on one chart: colour and dash tell the sides apart."""

from __future__ import annotations

from html import escape
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from xfer_core.charts import theme
from xfer_core.charts.theme import Palette

PANELS = (
    ("intermediate", "loss", "Intermediate training: loss"),
    ("target", "loss", "Target training: loss"),
    ("target", "score", "Target training: score on dev, points"),
)
_DASH = {"a": "dot", "b": "solid"}


def compare_curves(table: pd.DataFrame, sides: tuple[str, str], dark: bool = False) -> go.Figure:
    """A panel for each phase that was trained; one line per side, seed and source.

    Args:
        table: the view ``compare_curves``.
        sides: what A and B are called.
        dark: colours for a dark page.
    """
    colors = theme.palette(dark)
    shown = [panel for panel in PANELS if not _of(table, panel).empty] or [PANELS[1]]
    figure = make_subplots(
        1, len(shown), subplot_titles=[title for _, _, title in shown], horizontal_spacing=0.07
    )
    named: set[str] = set()
    for at, panel in enumerate(shown):
        for trace in _lines(_of(table, panel), panel[1], sides, named, colors):
            figure.add_trace(trace, 1, at + 1)
    return _laid_out(figure, colors)


def alt_text(table: pd.DataFrame, sides: tuple[str, str]) -> str:
    """Where the losses of each side ended, in a sentence."""
    rows = table[(table["kind"] == "target") & table["loss"].notna()]
    if rows.empty:
        return "No training losses were recorded for the target."
    ends = rows.sort_values("step").groupby(["side", "seed", "what"])["loss"].last()
    told = [
        f"{name} ended at a loss of {ends.loc[side].mean():.2f}"
        for side, name in zip("ab", sides, strict=True)
        if side in ends.index.get_level_values("side")
    ]
    return f"Target training, mean over seeds: {' and '.join(told)}."


def as_table(table: pd.DataFrame) -> pd.DataFrame:
    """One row per side, phase, source and seed: how far it got and where it ended."""
    rows = []
    for (side, kind, what, seed), part in table.groupby(["side", "kind", "what", "seed"]):
        losses, scores = part["loss"].dropna(), part["score"].dropna()
        if losses.empty and scores.empty:
            continue
        rows.append(
            {
                "Side": str(side).upper(),
                "Phase": str(kind),
                "Learned from": theme.task_label(str(what)),
                "Seed": int(str(seed)),
                "Steps": int(part["step"].max()),
                "First loss": losses.iloc[0] if len(losses) else float("nan"),
                "Last loss": losses.iloc[-1] if len(losses) else float("nan"),
                "Best on dev": 100 * scores.max() if len(scores) else float("nan"),
            }
        )
    return pd.DataFrame(rows)


def table_formats() -> dict[str, str]:
    """How each number of ``as_table`` is written."""
    return {"First loss": "{:.2f}", "Last loss": "{:.2f}", "Best on dev": "{:.1f}"}


def _of(table: pd.DataFrame, panel: tuple[str, str, str]) -> pd.DataFrame:
    kind, column, _ = panel
    return table[(table["kind"] == kind) & table[column].notna()]


def _lines(
    table: pd.DataFrame, column: str, sides: tuple[str, str], named: set[str], colors: Palette
) -> list[go.Scatter]:
    titles = dict(zip("ab", sides, strict=True))
    tints = {"a": colors.encoders[1], "b": colors.encoders[0]}
    lines = []
    for (side, seed, what), part in table.groupby(["side", "seed", "what"], sort=False):
        name = f"{str(side).upper()}: {escape(titles[str(side)])}"
        first = str(side) not in named
        named.add(str(side))
        lines.append(
            go.Scatter(
                x=part["step"],
                y=part[column] * (100 if column == "score" else 1),
                mode="lines+markers" if column == "score" else "lines",
                name=name,
                legendgroup=str(side),
                legendrank=1 + "ab".index(str(side)),
                showlegend=first,
                line={"color": tints[str(side)], "dash": _DASH[str(side)], "width": 1.8},
                hovertemplate=f"{name}, seed {seed}, {escape(theme.task_label(str(what)))}"
                "<br>step %{x}: %{y:.2f}<extra></extra>",
            )
        )
    return lines


def _laid_out(figure: go.Figure, colors: Palette) -> go.Figure:
    font: dict[str, Any] = {"color": colors.text, "size": 13}
    axis = {"gridcolor": colors.grid, "zeroline": False, "tickfont": font, "fixedrange": True}
    figure.update_xaxes(**axis, title={"text": "step", "font": {**font, "color": colors.muted}})
    figure.update_yaxes(**axis)
    figure.update_annotations(font=font)
    return figure.update_layout(
        height=340,
        margin={"l": 44, "r": 8, "t": 72, "b": 44},
        legend={
            "orientation": "h",
            "x": 0,
            "y": 1,
            "yref": "container",
            "yanchor": "top",
            "font": font,
        },
        dragmode=False,
        **theme.plain_layout(colors),
    )
