"""What the store holds, what stands out, what is new and what runs now."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from pages import _filters
from pages._first_look import first_look
from pages._frame import ask, empty_page, note, open_store
from pages._running import running_now
from xfer_core import visits
from xfer_core.charts import overview_words, theme, words
from xfer_core.views.changes import changes
from xfer_core.views.overview import overview

store = open_store()
_filters.known_names()
st.title("What is known so far", anchor=False)
facts = ask(store, overview)
first_look(store, empty=not facts.n_runs)
if not facts.n_runs:
    empty_page(
        store,
        "Here will be a summary: how much of the grid is measured, the strongest gains in "
        "sentences, and what runs now.",
    )
    running_now(store, lambda: bool(ask(store, overview).n_runs))
    st.stop()

note(overview_words.scope_line(facts))
since = visits.last_visit(store.home, datetime.now(UTC))
if since is not None:
    changed = overview_words.changed_line(ask(store, changes, since=since), since)
    st.markdown(f":material/update: {words.escaped(changed)}")
with st.container(horizontal=True):
    for card in overview_words.cards(facts):
        st.metric(card.title, card.value, help=card.help or None, border=True)

findings, side = st.columns([0.66, 0.34], gap="medium")
with findings:
    if facts.findings:
        st.subheader(overview_words.findings_title(facts), anchor=False)
    else:
        with st.container(border=True):
            st.write(words.escaped(overview_words.no_findings(facts)))
    for finding in facts.findings:
        with st.container(border=True):
            st.markdown(
                f"**{words.escaped(overview_words.headline(finding))}**  \n"
                f":small[{words.escaped(overview_words.evidence(finding))}]"
            )
            st.page_link(
                "pages/heatmap.py",
                label=f"Open {theme.task_label(finding.intermediate)} → "
                f"{theme.task_label(finding.target)} in the heatmap",
                icon=":material/grid_on:",
                query_params=overview_words.link(finding),
            )
with side:
    running_now(store, lambda: ask(store, overview).n_measured != facts.n_measured)
    with st.container(border=True):
        st.markdown("**Go on**")
        st.page_link("pages/heatmap.py", label="Browse the heatmap", icon=":material/grid_on:")
        st.page_link(
            "pages/accuracy_latency.py",
            label="Compare accuracy and latency",
            icon=":material/scatter_plot:",
        )
        st.page_link("pages/launch.py", label="Launch a run", icon=":material/play_circle:")
        st.page_link("pages/runs.py", label="Look at the runs", icon=":material/list_alt:")
