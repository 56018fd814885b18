"""Results made elsewhere, as a table below what was measured here."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages._frame import ask, note
from xfer_core.charts import imported_words, words
from xfer_core.store import Store
from xfer_core.views.imported import imported


def imported_results(
    store: Store,
    catalog: str,
    target: str,
    language: str,
    encoder: str | None = None,
    intermediate: str | None = None,
) -> None:
    """What was imported for a target and a language, in a box; nothing where nothing was.

    ``encoder`` and ``intermediate`` name the model whose results come first.
    """
    table: pd.DataFrame = ask(store, imported, catalog=catalog, target=target, language=language)
    if table.empty:
        return
    with st.container(border=True):
        st.markdown(f"**{words.escaped(imported_words.title(target, language))}**")
        rows = imported_words.as_table(table, encoder, intermediate)
        st.dataframe(
            rows.style.format(imported_words.table_formats(), na_rep="–"),
            hide_index=True,
            key="imported_table",
            placeholder="–",
            height=min(38 * (len(rows) + 1), 300),
            alt=imported_words.alt_text(table),
        )
        note(imported_words.RULE)
