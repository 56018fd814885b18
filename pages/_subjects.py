"""Accuracy of the selected cell by subject and language, for tasks of questions with subjects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages._frame import ask, is_dark, note, show
from xfer_core.charts import cell_subjects as chart
from xfer_core.charts import cell_words, theme, words
from xfer_core.domain.task import TaskKind
from xfer_core.store import Store
from xfer_core.views.cell_subjects import cell_subjects


def subjects_box(
    store: Store,
    cell: tuple[str, str] | None,
    question: dict[str, Any],
    kinds: Mapping[str, str],
) -> None:
    """A switch, and behind it the chart and its table; nothing for tasks without subjects.

    Args:
        store: whose results they are.
        cell: the selected one: intermediate task, and target or language.
        question: as the heatmap asks.
        kinds: kind of each target.
    """
    if cell is None or question["version"]:
        return
    intermediate, target = cell[0], question["target"] or cell[1]
    if kinds.get(target) != TaskKind.MULTIPLE_CHOICE:
        return
    with st.container(border=True):
        title = cell_words.title(intermediate, theme.task_label(target))
        if not st.toggle(f"Accuracy by subject: {words.escaped(title)}", key="by_subject"):
            return
        place = {name: question[name] for name in ("catalog", "encoder")}
        with st.spinner("Reading the questions …"):
            found = ask(store, cell_subjects, **place, intermediate=intermediate, target=target)
        if found.empty:
            st.info("No answers by subject: the cell is not run, or its questions name none.")
            return
        levels = [level for level in chart.LEVELS if level in set(found["level"])]
        level = levels[0]
        if len(levels) > 1:
            level = st.segmented_control(
                "Show",
                levels,
                default=levels[0],
                required=True,
                format_func=chart.LEVELS.__getitem__,
                key="subject_level",
                label_visibility="collapsed",
            )
        part = found[found["level"] == level]
        alt = chart.alt_text(part)
        show(chart.cell_subjects(part, is_dark()), "cell_subjects", alt)
        note(alt, chart.counts_line(part))
        with st.expander("The same numbers as a table"):
            st.dataframe(
                chart.as_table(part).style.format(chart.table_formats(part), na_rep="–"),
                hide_index=True,
                key="cell_subjects_table",
                placeholder="–",
                alt=alt,
            )
