"""Loss over training steps for the stages behind a cell, and scores on dev."""

from __future__ import annotations

from html import escape

import pandas as pd
import plotly.graph_objects as go

from xfer_core.charts import theme

DASHES = ("solid", "dot", "dash", "dashdot")


def curves(table: pd.DataFrame, dark: bool = False) -> go.Figure:
    """One line per stage kind, source and seed: colour tells kind and source, dash the seed.

    A source is a task of a mixture, masked words or few-shot examples. Scores on dev, where a
    training measured them, are points on an axis of their own.

    Args:
        table: ``CellDetail.curves``: kind, seed, step, loss, score, what.
        dark: colours for a dark page.
    """
    colors, figure = theme.palette(dark), go.Figure()
    rows = table[table["loss"].notna()]
    sorts = list(dict.fromkeys(zip(rows["kind"], rows["what"], strict=True)))
    seeds = sorted(table["seed"].unique())
    for (kind, what, seed), line in rows.groupby(["kind", "what", "seed"], sort=False):
        figure.add_scatter(
            x=line["step"],
            y=line["loss"],
            mode="lines",
            name=escape(f"{_sort(str(kind), str(what), sorts)}, seed {seed}"),
            line={
                "color": colors.encoders[sorts.index((kind, what)) % len(colors.encoders)],
                "dash": DASHES[seeds.index(seed) % len(DASHES)],
                "width": 1.8,
            },
        )
    _add_dev_scores(figure, table, colors)
    return _laid_out(figure, colors)


def _sort(kind: str, what: str, sorts: list[tuple[str, str]]) -> str:
    """The kind of stage; its source too if it learns from several."""
    several = sum(one == kind for one, _ in sorts) > 1
    return f"{kind}: {theme.task_label(what)}" if several else kind


def _add_dev_scores(figure: go.Figure, table: pd.DataFrame, colors: theme.Palette) -> None:
    measured = table[table["score"].notna()] if "score" in table else table.iloc[:0]
    for (kind, seed), line in measured.groupby(["kind", "seed"], sort=False):
        figure.add_scatter(
            x=line["step"],
            y=100 * line["score"],
            mode="markers",
            name=escape(f"{kind}: score on dev, seed {seed}"),
            marker={"color": colors.accent, "size": 7, "symbol": "diamond"},
            yaxis="y2",
        )
    if not measured.empty:
        font = {"color": colors.text, "size": 12}
        axis = {"overlaying": "y", "side": "right", "showgrid": False, "tickfont": font}
        figure.update_layout(yaxis2={**axis, "title": {"text": "score on dev", "font": font}})


def alt_text(table: pd.DataFrame) -> str:
    """The finding in a sentence."""
    rows = table[table["loss"].notna()]
    if rows.empty:
        return "No training losses were recorded."
    curves_ = rows.sort_values("step").groupby(["kind", "what", "seed"])
    ends = curves_["loss"].agg(["first", "last"])
    return (
        f"{len(ends)} curves of training losses; mean first value {ends['first'].mean():.2f}, "
        f"mean last value {ends['last'].mean():.2f}."
    )


def _laid_out(figure: go.Figure, colors: theme.Palette) -> go.Figure:
    font = {"color": colors.text, "size": 12}
    axis = {"gridcolor": colors.grid, "zeroline": False, "tickfont": font}
    figure.update_xaxes(**axis, title={"text": "step", "font": font})
    figure.update_layout(yaxis={**axis, "title": {"text": "loss", "font": font}})
    figure.update_layout(
        height=260,
        margin={"l": 44, "r": 8, "t": 8, "b": 40},
        legend={"orientation": "h", "y": -0.28, "font": font},
        **theme.plain_layout(colors, 12),
        hovermode="x unified",
    )
    return figure
