"""Published figures of one cell, below what was measured here."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from pages._frame import ask, note
from xfer_core.charts import published_words
from xfer_core.claims.published import beside
from xfer_core.store import Store


def published_figures(store: Store, place: dict[str, Any]) -> None:
    """What was published for the target and language of a cell; nothing where nothing was.

    Args:
        store: the open store.
        place: of the cell: catalog, encoder, intermediate, target, language and metric.
    """
    table: pd.DataFrame = ask(store, beside, **place)
    if table.empty:
        return
    with st.expander(published_words.title(table)):
        rows = published_words.as_table(table)
        st.dataframe(
            rows.style.format(published_words.table_formats(), na_rep="–"),
            hide_index=True,
            key="published_cell",
            placeholder="–",
            height=min(38 * (len(rows) + 1), 300),
            alt=published_words.alt_text(table),
            column_config={"Differs in": st.column_config.Column(width="large")},
        )
        note(published_words.nearest(table, place["encoder"]), published_words.RULE)
