"""The transfer heatmap: choose, look, click a cell, rerun it."""

from __future__ import annotations

import streamlit as st

from pages._cell_panel import cell_details, cell_panel, click, pick_row, selected_cell
from pages._filters import choose
from pages._frame import PLOT_CONFIG, ask, empty_page, is_dark, note, open_store
from pages._running import running_now
from xfer_core.charts import heatmap as chart
from xfer_core.charts import heatmap_axes, heatmap_words, theme, words
from xfer_core.domain.language import ALL, ZERO_SHOT
from xfer_core.views import choices as choices_view
from xfer_core.views import heatmap as view

ALL_TARGETS, ONE_TARGET = "targets", "languages"
VIEWS = {ALL_TARGETS: "all targets", ONE_TARGET: "one target, by language"}
ORDERS = {"gain": "by mean gain", "alphabet": "by alphabet"}

store = open_store()
st.title("Which intermediate task helps which target?", anchor=False)
known = ask(store, choices_view.choices)
if not known.encoders:
    empty_page(
        store,
        "Here will be a grid: one row per intermediate task, one column per target task, and in "
        "each cell the gain over the same encoder without the intermediate task.",
    )
    running_now(store, lambda: bool(ask(store, choices_view.choices).encoders))
    st.stop()

line = st.empty()
with st.container(horizontal=True, vertical_alignment="bottom"):
    catalog = known.catalogs[0]
    if len(known.catalogs) > 1:
        catalog = choose("Catalogue", known.catalogs, "catalog")
    mode = choose("View", list(VIEWS), "view", show=VIEWS.__getitem__)
    encoder = choose("Encoder", known.encoders, "encoder")
    if mode == ONE_TARGET:
        target = choose("Target", known.targets, "target", show=theme.task_label)
        language = ZERO_SHOT
    else:
        target = None
        language = choose(
            "Language", [ZERO_SHOT, ALL, *known.languages], "language", show=words.language
        )
    order = choose("Order", list(ORDERS), "order", show=ORDERS.__getitem__)
    shape = choose("Show as", ["Chart", "Table"], "as", segmented=True)

question = {"catalog": catalog, "encoder": encoder, "language": language, "target": target}
table = ask(store, view.heatmap, **question)
if table.empty:
    st.info(
        f"No cell for encoder {words.escaped(encoder)} in catalogue {words.escaped(catalog)}. "
        "Choose another encoder, or launch a run for it."
    )
    running_now(store, lambda: not ask(store, view.heatmap, **question).empty)
    st.stop()

drawn = heatmap_words.fingerprint(table)
shown = heatmap_words.in_alphabet(table) if order == "alphabet" else table
measure = heatmap_words.measure_line(table, catalog, encoder, language, target)
line.markdown(f":small[{words.escaped(measure)}]")
picture, side = st.columns([0.7, 0.3], gap="medium")
cell = selected_cell(shown)

with side:
    panel, running, details = st.container(), st.container(), st.container()
with running:
    # Before the picture, which takes longer: a run that was just started is seen at once.
    running_now(
        store, lambda: heatmap_words.fingerprint(ask(store, view.heatmap, **question)) != drawn
    )
with panel:
    cell_panel(store, shown, cell, question)

row_means, column_means = view.margins(shown)
with picture:
    if shape == "Chart":
        st.plotly_chart(
            chart.heatmap(shown, row_means, column_means, cell, is_dark()),
            key="heatmap_chart",
            width=heatmap_axes.natural_width(shown),
            theme=None,
            on_select=click,
            selection_mode="points",
            config=PLOT_CONFIG,
            alt=chart.alt_text(shown),
        )
    else:
        rows = heatmap_words.as_table(shown)
        st.dataframe(
            rows.style.format(heatmap_words.table_formats(), na_rep="–"),
            key="heatmap_table",
            placeholder="–",
            hide_index=True,
            height=min(38 * (len(rows) + 1), 620),
            on_select=lambda: pick_row(shown),
            selection_mode="single-row",
            alt=chart.alt_text(shown),
        )
    with st.container(horizontal=True, vertical_alignment="center"):
        note(heatmap_words.coverage_line(shown))
        with st.popover("How to read this", icon=":material/help:", type="tertiary"):
            st.write(heatmap_words.HOW_TO_READ)
    note(
        heatmap_words.legend_line(shown),
        heatmap_words.older_line(shown),
        heatmap_words.means_line(row_means, column_means, target is not None),
    )

with details:
    cell_details(store, cell, question)
