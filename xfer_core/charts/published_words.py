"""Published figures beside one measured cell, in words and as a table."""

from __future__ import annotations

from typing import Any

import pandas as pd

from xfer_core.charts import theme, words
from xfer_core.charts.imported_words import MARK

COLUMN = f"{MARK} Published"
RULE = (
    f"{MARK} Read in the source named; never part of a mean, a gain, a claim or a recommendation "
    "here. Read what differs before you compare."
)


def title(table: pd.DataFrame) -> str:
    """How many figures there are: "Published figures (7)"."""
    return f"Published figures ({len(table)})"


def nearest(table: pd.DataFrame, encoder: str) -> str:
    """The figure of the same model in a sentence; "" where none was published.

    Args:
        table: ``claims.published.beside`` of the cell.
        encoder: of the cell.
    """
    own = table[(table["encoder"] == encoder) & (table["what"] == "score")]
    if own.empty:
        return ""
    row = own.iloc[0]
    differs = str(row["differs"]) or "no difference in protocol is known"
    return (
        f"{MARK} {row['published']:.1f} points of {words.metric(str(row['metric']))}, published: "
        f"{row['source']}. {differs[0].upper()}{differs[1:]}."
    )


def as_table(table: pd.DataFrame) -> pd.DataFrame:
    """The figures with plain titles, what differs and the source of each."""
    return pd.DataFrame(
        {
            "Model": table["model"],
            "What": ["gain" if what == "gain" else "score" for what in table["what"]],
            COLUMN: [
                f"{MARK} {theme.signed(value) if what == 'gain' else f'{value:.1f}'}"
                for what, value in zip(table["what"], table["published"], strict=True)
            ],
            "Measured here": table["measured"].astype(float),
            "Difference": table["difference"].astype(float),
            "Differs in": table["differs"],
            "How it was published": table["protocol"],
            "Source": table["source"],
        }
    ).reset_index(drop=True)


def table_formats() -> dict[str, Any]:
    """How each number of ``as_table`` is written."""
    return {"Measured here": "{:.1f}", "Difference": theme.signed}


def alt_text(table: pd.DataFrame) -> str:
    """The finding in a sentence."""
    apart = table["difference"].astype(float)
    said = f"{words.plural(len(table), 'published figure')} for this target and language"
    if apart.notna().any():
        low, high = theme.signed(apart.min()), theme.signed(apart.max())
        said += f"; measured minus published is {low} to {high} points"
    return said + "."
