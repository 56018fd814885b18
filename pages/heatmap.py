"""The transfer heatmap: choose, look, click a cell, rerun it."""

from __future__ import annotations

import streamlit as st

from pages import _filters
from pages._cell_panel import (
    cell_details,
    cell_panel,
    click,
    panel_language,
    pick_row,
    selected_cell,
)
from pages._first_look import first_look
from pages._frame import PLOT_CONFIG, ask, empty_page, is_dark, launch_link, note, open_store
from pages._heatmap_choices import NAMES, heatmap_choices
from pages._pin import pin_button
from pages._running import running_now
from pages._subjects import subjects_box
from xfer_core.charts import heatmap as chart
from xfer_core.charts import (
    heatmap_axes,
    heatmap_multiples,
    heatmap_notices,
    heatmap_order,
    heatmap_words,
    imported_words,
    words,
)
from xfer_core.views import choices as choices_view
from xfer_core.views import heatmap as view
from xfer_core.views.imported import imported

store = open_store()
_filters.known_names(*NAMES)
st.title("Which intermediate task helps which target?", anchor=False)
known = ask(store, choices_view.choices)
first_look(store, empty=not known.encoders)
if not known.encoders:
    empty_page(
        store,
        "Here will be a grid: one row per intermediate task, one column per target task, and in "
        "each cell the gain over the same encoder without the intermediate task.",
    )
    running_now(store, lambda: bool(ask(store, choices_view.choices).encoders))
    st.stop()

line = st.empty()
chosen = heatmap_choices(store, known)
question, facets = chosen.question, chosen.facets
asked = view.multiples if facets else view.heatmap
table = ask(store, asked, **question)
state = heatmap_notices.notice(table)
if table.empty or (state and state.what == heatmap_notices.NOTHING and chosen.filters):
    _filters.nothing_left("Nothing is measured in this view.", chosen.filters)
    running_now(store, lambda: len(ask(store, asked, **question)) != len(table))
    st.stop()

drawn = heatmap_words.fingerprint(table)
shown = heatmap_order.ordered(table, chosen.order, chosen.known, facets)
left_out = heatmap_multiples.left_out_line(shown) if facets else ""
if facets:
    shown = shown[shown["language"].isin(heatmap_multiples.drawn_languages(shown))]
measure = heatmap_words.measure_line(
    table,
    *(question["catalog"], question["encoder"], question.get("language"), chosen.target),
    each=facets,
)
line.markdown(f":small[{words.escaped(measure)}]")
if chosen.older:
    st.info(words.escaped(chosen.older), icon=":material/history:")
if state:
    st.info(words.escaped(state.sentence), icon=":material/info:")
    if state.reason:
        st.error(words.escaped(state.reason), icon=":material/error:")
        st.page_link("pages/runs.py", label="Open the runs and logs", icon=":material/list_alt:")
    elif state.what == heatmap_notices.NOTHING:
        launch_link()

picture, side = st.columns([0.7, 0.3], gap="medium")
with side:
    panel, running, details = st.container(), st.container(), st.container()
with running:
    # Before the picture, which takes longer: a run that was just started is seen at once.
    running_now(store, lambda: heatmap_words.fingerprint(ask(store, asked, **question)) != drawn)
one, place, language = shown, question, ""
with panel:
    if facets:
        language = panel_language(shown)
        one = shown[shown["language"] == language]
        place = {**question, "language": language, "target": None}
    cell = selected_cell(one)
    cell_panel(store, one, cell, place)

row_means, column_means = view.margins(one)
alt = (heatmap_multiples if facets else chart).alt_text(shown)
with picture:
    if chosen.shape == "Chart":
        st.plotly_chart(
            heatmap_multiples.multiples(shown, (*cell, language) if cell else None, is_dark())
            if facets
            else chart.heatmap(shown, row_means, column_means, cell, is_dark()),
            key="heatmap_chart",
            width="stretch" if facets else heatmap_axes.natural_width(shown),
            theme=None,
            on_select=click,
            selection_mode="points",
            config=PLOT_CONFIG,
            alt=alt,
        )
    else:
        choices = {name: question.get(name) for name in ("catalog", "encoder", "target")}
        wanted = None if facets or chosen.target else question["language"]
        elsewhere = ask(store, imported, **choices, language=wanted)
        rows = heatmap_words.as_table(shown, facets)
        rows = imported_words.with_column(rows, shown, elsewhere)
        st.dataframe(
            rows.style.format(heatmap_words.table_formats(), na_rep="–"),
            key="heatmap_table",
            placeholder="–",
            hide_index=True,
            height=min(38 * (len(rows) + 1), 620),
            on_select=lambda: pick_row(shown, facets),
            selection_mode="single-row",
            alt=alt,
        )
    with st.container(horizontal=True, vertical_alignment="center"):
        note(heatmap_words.coverage_line(shown))
        with st.popover("How to read this", icon=":material/help:", type="tertiary"):
            st.write(heatmap_words.HOW_TO_READ)
            note(*(f"{term}: {text}" for term, text in heatmap_words.GLOSSARY.items()))
        pin_button(store, "heatmap", one, place)
    note(
        heatmap_words.legend_line(shown, not facets or heatmap_multiples.has_borders(shown)),
        heatmap_multiples.text_line(shown) if facets and chosen.shape == "Chart" else "",
        left_out,
        imported_words.RULE if chosen.shape != "Chart" and imported_words.COLUMN in rows else "",
        *words.notes(shown),
        heatmap_words.older_line(shown),
        heatmap_order.line(shown, chosen.order, chosen.known),
        ""
        if facets
        else heatmap_words.means_line(row_means, column_means, chosen.target is not None),
    )

with details:
    cell_details(store, cell, place)
subjects_box(store, cell, place, chosen.known.kinds)
