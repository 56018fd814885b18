"""Loss over training steps for the stages behind a cell."""

from __future__ import annotations

from html import escape

import pandas as pd
import plotly.graph_objects as go

from xfer_core.charts import theme

DASHES = ("solid", "dot", "dash", "dashdot")


def curves(table: pd.DataFrame, dark: bool = False) -> go.Figure:
    """One line per stage kind and seed: colour tells the kind, dash the seed.

    Args:
        table: ``CellDetail.curves``: kind, seed, step, loss, what.
        dark: colours for a dark page.
    """
    colors, figure = theme.palette(dark), go.Figure()
    rows = table[table["loss"].notna()]
    kinds = list(dict.fromkeys(rows["kind"]))
    seeds = sorted(rows["seed"].unique())
    for (kind, seed), line in rows.groupby(["kind", "seed"], sort=False):
        figure.add_scatter(
            x=line["step"],
            y=line["loss"],
            mode="lines",
            name=f"{escape(str(kind))}, seed {seed}",
            line={
                "color": colors.encoders[kinds.index(kind) % len(colors.encoders)],
                "dash": DASHES[seeds.index(seed) % len(DASHES)],
                "width": 1.8,
            },
        )
    return _laid_out(figure, colors)


def alt_text(table: pd.DataFrame) -> str:
    """The finding in a sentence."""
    rows = table[table["loss"].notna()]
    if rows.empty:
        return "No training losses were recorded."
    ends = rows.sort_values("step").groupby(["kind", "seed"])["loss"].agg(["first", "last"])
    return (
        f"Training loss of {len(ends)} stages; mean first value {ends['first'].mean():.2f}, "
        f"mean last value {ends['last'].mean():.2f}."
    )


def _laid_out(figure: go.Figure, colors: theme.Palette) -> go.Figure:
    font = {"color": colors.text, "size": 12}
    axis = {"gridcolor": colors.grid, "zeroline": False, "tickfont": font}
    figure.update_xaxes(**axis, title={"text": "step", "font": font})
    figure.update_yaxes(**axis, title={"text": "loss", "font": font})
    figure.update_layout(
        height=260,
        margin={"l": 44, "r": 8, "t": 8, "b": 40},
        legend={"orientation": "h", "y": -0.28, "font": font},
        **theme.plain_layout(colors, 12),
        hovermode="x unified",
    )
    return figure
