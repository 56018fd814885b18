"""Accuracy against latency: which model is worth its milliseconds."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages._filters import choose, kept, remember
from pages._frame import ask, empty_page, is_dark, launch_link, note, open_store, show
from pages._imported import imported_results
from pages._pin import pin_button
from pages._running import running_now
from xfer_core.charts import accuracy_latency as chart
from xfer_core.charts import latency_points as points
from xfer_core.charts import latency_subjects as subjects_chart
from xfer_core.charts import latency_words, theme, words
from xfer_core.domain.language import ALL, ZERO_SHOT
from xfer_core.views import choices as choices_view
from xfer_core.views.accuracy_latency import accuracy_latency
from xfer_core.views.latency import timed
from xfer_core.views.latency_equality import latency_equality
from xfer_core.views.latency_subjects import latency_subjects

FIRST_TARGET = "mini-mmlu"
SHAPES = ["Chart", "Table", "By subject"]


def condition(part: pd.DataFrame, number: int) -> None:
    """One chart, or its table, of the models that were measured under one condition."""
    line = latency_words.conditions_line(part, target, language)
    st.markdown(f":small[{words.escaped(line)}]")
    st.markdown(f"**{words.escaped(points.budget_sentence(part, budget))}**")
    key = "" if number == 0 else f"_{number}"
    if shape == "Chart":
        figure = chart.accuracy_latency(part, budget, is_dark())
        show(figure, f"accuracy_latency{key}", points.alt_text(part))
    else:
        st.dataframe(
            latency_words.as_table(part).style.format(latency_words.table_formats(), na_rep="–"),
            hide_index=True,
            key=f"latency_table{key}",
            placeholder="–",
            alt=points.alt_text(part),
        )
    choices = {**place, "language": language, "budget": budget}
    pin_button(store, "scatter", part, choices, f"pin{key}")


def by_subject() -> None:
    """Accuracy in each group of subjects against the latency of a question."""
    found = ask(store, latency_subjects, **place, language=language)
    if found.empty:
        st.info(
            f"{words.escaped(theme.task_label(target))} has no answers by subject with a latency. "
            "Choose a task of questions such as MMLU."
        )
        return
    st.markdown(f":small[{words.escaped(latency_words.conditions_line(found, target, language))}]")
    alt = subjects_chart.alt_text(found)
    show(subjects_chart.latency_subjects(found, is_dark()), "latency_subjects", alt)
    with st.expander("The same numbers as a table"):
        st.dataframe(
            subjects_chart.as_table(found).style.format(
                subjects_chart.table_formats(found), na_rep="–"
            ),
            hide_index=True,
            key="latency_subjects_table",
            placeholder="–",
            alt=alt,
        )
    note(subjects_chart.counts_line(found), *words.notes(table.assign(target=target)))


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

with st.container(horizontal=True, vertical_alignment="bottom"):
    catalog = known.catalogs[0]
    if len(known.catalogs) > 1:
        catalog = choose("Catalogue", known.catalogs, "catalog")
    target = choose("Target", known.targets, "target", show=theme.task_label, default=FIRST_TARGET)
    language = choose(
        "Language", [ZERO_SHOT, ALL, *known.languages], "language", show=words.language
    )
    measured = ask(store, timed, catalog=catalog, target=target)
    sizes, lengths = latency_words.choices(measured)
    batch = choose("Batch", sizes, "batch") if len(sizes) > 1 else sizes[0]
    inputs = lengths[0]
    if len(lengths) > 1:
        inputs = choose("Texts", lengths, "texts", show=latency_words.texts)
    shown = measured[(measured["batch_size"] == int(batch)) & (measured["inputs"] == inputs)]
    usual = latency_words.usual_budget(shown["p50_ms"].median())
    wanted = latency_words.as_budget(kept("budget"), usual)
    budget = st.number_input(
        "Latency budget, ms", min_value=0.1, max_value=100_000.0, value=wanted, format="%g"
    )
    remember("budget", f"{budget:g}", f"{usual:g}")
    shape = choose("Show as", SHAPES, "as", segmented=True)

place = {"catalog": catalog, "target": target, "batch_size": int(batch), "inputs": inputs}
table = ask(store, accuracy_latency, **place, language=language, every_condition=True)
if points.with_latency(table).empty:
    st.info(
        f"No model has both a score and a latency on {words.escaped(theme.task_label(target))} "
        f"in {words.escaped(words.language(language))}. Choose another target or language, or "
        "launch a run that measures latency."
    )
    launch_link()
    note(latency_words.missing_line(points.without_latency(table)))
    imported_results(store, catalog, target, language)
    st.stop()

if shape == "By subject":
    by_subject()
    st.stop()
parts = list(latency_words.facets(table))
if len(parts) > 1:
    st.info(words.escaped(latency_words.facets_notice(parts)), icon=":material/splitscreen:")
for number, part in enumerate(parts):
    condition(part, number)
sentences = latency_words.equality_lines(ask(store, latency_equality, **place))
st.markdown("  \n".join(map(words.escaped, sentences)))
note(
    *words.notes(table.assign(target=target)),
    latency_words.FRONTIER_RULE,
    latency_words.starts_line(points.with_latency(table)),
    latency_words.missing_line(points.without_latency(table)),
)
imported_results(store, catalog, target, language)
