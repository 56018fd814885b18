"""Accuracy against latency: which model is worth its milliseconds."""

from __future__ import annotations

import streamlit as st

from pages._filters import choose, kept, remember
from pages._frame import ask, empty_page, is_dark, note, open_store, show
from pages._running import running_now
from xfer_core.charts import accuracy_latency as chart
from xfer_core.charts import latency_points as points
from xfer_core.charts import latency_words, theme, words
from xfer_core.domain.language import ALL, ZERO_SHOT
from xfer_core.views import choices as choices_view
from xfer_core.views.accuracy_latency import accuracy_latency

FIRST_TARGET = "mini-mmlu"

store = open_store()
st.title("What does accuracy cost in latency?", anchor=False)
known = ask(store, choices_view.choices)
if not known.targets:
    empty_page(
        store,
        "Here will be one point per model: its score against the time one answer takes, with "
        "the models that nothing beats on both joined by a line.",
    )
    running_now(store, lambda: bool(ask(store, choices_view.choices).targets))
    st.stop()

line = st.empty()
with st.container(horizontal=True, vertical_alignment="bottom"):
    catalog = known.catalogs[0]
    if len(known.catalogs) > 1:
        catalog = choose("Catalogue", known.catalogs, "catalog")
    target = choose("Target", known.targets, "target", show=theme.task_label, default=FIRST_TARGET)
    language = choose(
        "Language", [ZERO_SHOT, ALL, *known.languages], "language", show=words.language
    )
    wanted = latency_words.as_budget(kept("budget"))
    budget = st.number_input(
        "Latency budget, ms", min_value=0.1, max_value=100_000.0, value=wanted, format="%g"
    )
    remember("budget", f"{budget:g}", f"{latency_words.BUDGET_MS:g}")
    shape = choose("Show as", ["Chart", "Table"], "as", segmented=True)

table = ask(store, accuracy_latency, catalog=catalog, target=target, language=language)
if points.with_latency(table).empty:
    st.info(
        f"No model has both a score and a latency on {words.escaped(theme.task_label(target))} "
        f"in {words.escaped(words.language(language))}. Choose another target or language, or "
        "launch a run that measures latency."
    )
    note(latency_words.missing_line(points.without_latency(table)))
    st.stop()

line.markdown(f":small[{words.escaped(latency_words.conditions_line(table, target, language))}]")
mixed = latency_words.mixed_notice(table)
if mixed:
    st.warning(words.escaped(mixed), icon=":material/warning:")
st.markdown(f"**{words.escaped(points.budget_sentence(table, budget))}**")
if shape == "Chart":
    figure = chart.accuracy_latency(table, budget, is_dark())
    show(figure, "accuracy_latency", points.alt_text(table))
else:
    rows = latency_words.as_table(table)
    st.dataframe(
        rows.style.format(latency_words.table_formats(), na_rep="–"),
        hide_index=True,
        key="latency_table",
        placeholder="–",
        alt=points.alt_text(table),
    )
note(latency_words.FRONTIER_RULE, latency_words.missing_line(points.without_latency(table)))
