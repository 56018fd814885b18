"""The data: any task's examples side by side in a few languages, and questions in SQL."""

from __future__ import annotations

import streamlit as st

from pages._examples import examples_page
from pages._filters import choose, known_names
from pages._frame import open_store
from pages._sql import sql_page

TABS = {"examples": "Examples of the tasks", "sql": "Results in SQL"}
TITLES = {"examples": "What do the tasks ask?", "sql": "Ask the results in SQL"}
# What the URL may hold.
PARTS = ("tab", "saved", "task", "split", "languages", "q", "n", "id")

store = open_store()
title = st.empty()
known_names(*PARTS)
tab = choose("Data", list(TABS), "tab", show=TABS.__getitem__, segmented=True)
title.title(TITLES[tab], anchor=False)
if tab == "sql":
    sql_page(store)
else:
    examples_page(store)
