"""Two models side by side: what differs, by how much, where, and on which examples."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from pages._filters import choose
from pages._frame import ask, empty_page, is_dark, note, open_store, show
from pages._imported import imported_results
from pages._pin import pin_button
from pages._running import running_now
from pages._two_sides import choose_sides, flipped_examples, partial, swap_button
from xfer_core.charts import compare_curves as curves_chart
from xfer_core.charts import compare_differences as chart
from xfer_core.charts import compare_words, setting_words, theme, words
from xfer_core.domain.language import ALL, ZERO_SHOT
from xfer_core.views import choices as choices_view
from xfer_core.views import compare as view
from xfer_core.views.compare_curves import compare_curves
from xfer_core.views.compare_settings import settings_diff
from xfer_core.views.compare_sides import common_target
from xfer_core.views.compare_subjects import compare_subjects

SHOWN = {
    "languages": "By language",
    "subjects": "By subject",
    "examples": "Examples that flipped",
    "curves": "Training curves",
    "targets": "All targets",
}


def differences(figure: Any, table: pd.DataFrame, alt: str, key: str) -> None:
    """A chart of differences, or the table with the same numbers."""
    if shape == "Chart":
        show(figure, key, alt)
    else:
        st.dataframe(
            table.style.format(compare_words.formats(), na_rep="–"),
            hide_index=True,
            key=f"{key}_table",
            placeholder="–",
            height="content" if len(table) < 20 else 620,
            alt=alt,
        )


def by_language() -> None:
    """Differences in each language, with the means."""
    alt = compare_words.alt_text(found.table, sides)
    figure = chart.by_language(found.table, sides, is_dark())
    differences(figure, compare_words.as_table(found.table), alt, "by_language")
    choices = compare_words.slide_choices(found, sides, catalog, target, language)
    pin_button(store, "compare", found.table, choices, "pin_compare")
    imported_results(store, catalog, target, language, b.encoder, b.intermediate)


def by_subject() -> None:
    """Differences by subject, and by group of subjects where the task has any."""
    table = ask(store, compare_subjects, language=language, **place)
    if table.empty:
        st.info(
            f"{words.escaped(theme.task_label(target))} has no answers by subject. Choose a task "
            "of questions such as MMLU."
        )
        return
    for level, part in table.groupby("level", sort=False):
        if table["level"].nunique() > 1:
            st.markdown("**Groups of subjects**" if level == "group" else "**Subjects**")
        alt = compare_words.alt_text(part, sides, "subject")
        figure = chart.by_subject(part, sides, is_dark())
        differences(figure, compare_words.subjects_table(part), alt, f"by_{level}")


def by_target() -> None:
    """The same two models on every target, as means without English."""
    shared = {name: place[name] for name in ("catalog", "a", "b")}
    table = ask(store, view.compare_everywhere, **shared)
    alt = compare_words.alt_text(table, sides, "target")
    figure = chart.by_target(table, sides, is_dark())
    differences(figure, compare_words.targets_table(table), alt, "by_target")
    note("Means over the zero-shot languages; English is left out.")


def curves() -> None:
    """The trainings behind both sides on one chart."""
    table = ask(store, compare_curves, **place)
    if table.empty:
        st.info("No training step of either side was recorded here. Show another part above.")
        return
    alt = curves_chart.alt_text(table, sides)
    if shape == "Chart":
        show(curves_chart.compare_curves(table, sides, is_dark()), "compare_curves", alt)
        note(alt, "One line for each seed.")
        return
    rows = curves_chart.as_table(table)
    st.dataframe(
        rows.style.format(curves_chart.table_formats(), na_rep="–"),
        hide_index=True,
        key="curves_table",
        placeholder="–",
        alt=alt,
    )


store = open_store()
st.title("How do two models differ?", anchor=False)
known = ask(store, choices_view.choices)
if not known.encoders:
    empty_page(
        store,
        "Here will be two models side by side: the settings that differ, the difference in each "
        "language with its interval, and the examples that one gets right and the other wrong.",
    )
    running_now(store, lambda: bool(ask(store, choices_view.choices).encoders))
    st.stop()

catalog = known.catalogs[0]
if len(known.catalogs) > 1:
    catalog = choose("Catalogue", known.catalogs, "catalog")
own = ask(store, choices_view.choices, catalog=catalog)
a, b = choose_sides(store, catalog)
with st.container(horizontal=True, vertical_alignment="bottom"):
    common = ask(store, common_target, catalog=catalog, a=a, b=b)
    target = choose("Target", own.targets, "target", show=theme.task_label, default=common)
    language = choose("Language", [ZERO_SHOT, ALL, *own.languages], "language", show=words.language)
    what = choose("Show", list(SHOWN), "show", show=SHOWN.__getitem__)
    shape = choose("Show as", ["Chart", "Table"], "as", segmented=True)
    swap_button(a, b)

place = {"catalog": catalog, "target": target, "a": a, "b": b}
found, sides = ask(store, view.compare, **place), compare_words.names(a, b)
row = found.of(language)
where = compare_words.place(target, language, row)
st.subheader(words.escaped(compare_words.headline(found, row, sides, where)), anchor=False)
diff = ask(store, settings_diff, **place)
note(
    compare_words.evidence(found, row),
    compare_words.causes_line(found, diff.table),
    *words.notes(found.table.assign(target=target)),
)
if found.missing or not set(found.seeds_a) & set(found.seeds_b):
    with st.container(border=True):
        partial(store, found, (a, b), {"catalog": catalog, "target": target, "language": language})
    running_now(store, lambda: ask(store, view.compare, **place).seeds != found.seeds)

with st.expander("What differs in the settings", expanded=True):
    if len(diff.table):
        st.dataframe(
            setting_words.as_table(diff.table),
            hide_index=True,
            key="settings_table",
            height="content" if len(diff.table) < 8 else 300,
            alt=f"{words.plural(len(diff.table), 'setting')} that differ between A and B.",
        )
    note(setting_words.same_line(diff.n_same, len(diff.table)))

if what == "languages":
    by_language()
elif what == "subjects":
    by_subject()
elif what == "examples":
    flipped_examples(store, place, language, shape == "Table")
elif what == "curves":
    curves()
else:
    by_target()
with st.container(horizontal=True, vertical_alignment="center"):
    note(compare_words.GOES_FROM)
    with st.popover("How to read this", icon=":material/help:", type="tertiary"):
        st.write(compare_words.HOW_TO_READ)
