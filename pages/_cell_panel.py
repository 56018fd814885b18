"""The panel beside the heatmap: everything about the selected cell, and one primary action."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from pages import _filters
from pages._frame import ask, is_dark, note, show
from pages._imported import imported_results
from pages._pin import pin_button
from pages._published import published_figures
from pages._rerun import confirm_box, rerun_buttons
from pages._two_sides import compare_link
from xfer_core.charts import cell_by_language as language_chart
from xfer_core.charts import (
    cell_look,
    cell_words,
    heatmap_multiples,
    heatmap_words,
    imported_words,
    power_words,
    theme,
    words,
)
from xfer_core.charts import curves as curves_chart
from xfer_core.domain.language import MEANS, REFERENCE_LANGUAGE
from xfer_core.store import Store
from xfer_core.views import cell as view
from xfer_core.views.imported import imported
from xfer_core.views.power import cell_power

Cell = tuple[str, str]
_PLACE = ("catalog", "target", "language")


def selected_cell(table: pd.DataFrame) -> Cell | None:
    """The cell in the URL, else the one chosen before, else the strongest gain."""
    known = set(zip(table["row"], table["column"], strict=True))
    value = _filters.kept("cell")
    if value:
        row, _, column = value.partition("~")
        if (row, column) in known:
            _filters.remember("cell", value)
            return row, column
        if st.query_params.get("cell"):
            _filters.ignored("Cell", value)
            _filters.remember("cell", None)
    best = heatmap_words.strongest(table)
    if best:
        # Kept, so that a new result elsewhere does not move the panel to another cell.
        _filters.keep("cell", "~".join(best))
    return best


def panel_language(table: pd.DataFrame) -> str:
    """The language whose cells the panel is about: clicked or chosen, else a foreign one."""
    codes = heatmap_multiples.drawn_languages(table)
    first = next((code for code in codes if code != REFERENCE_LANGUAGE), codes[0])
    return _filters.choose(
        "Language in this panel", codes, "panel", show=words.language, default=first
    )


def click() -> None:
    """Take over the cell that was clicked in the chart; a second click on it changes nothing."""
    points = st.session_state["heatmap_chart"]["selection"]["points"]
    data = points[0].get("customdata") if points else st.session_state.get("_last_click")
    if data and data[0] == "cell":
        st.session_state["_last_click"] = data
        _select(str(data[1]), str(data[2]), str(data[4]) if len(data) > 4 else None)


def pick_row(table: pd.DataFrame, facets: bool = False) -> None:
    """Take over the cell whose row was chosen in the table."""
    rows = st.session_state["heatmap_table"]["selection"]["rows"]
    if rows:
        record = table.iloc[rows[0]]
        language = str(record["language"]) if facets else None
        _select(str(record["row"]), str(record["column"]), language)


def cell_panel(
    store: Store, table: pd.DataFrame, cell: Cell | None, question: dict[str, Any]
) -> None:
    """Gain, interval and seeds of a cell, and the button that reruns it."""
    with st.container(border=True):
        _choosers(table, cell)
        if cell is None:
            st.write("Click a cell, or choose it above, to see its seeds, languages and runs.")
            return
        record, place = _record(table, cell), _place(cell, question)
        column_title = _column_title(cell[1])
        st.subheader(words.escaped(cell_words.title(cell[0], column_title)), anchor=False)
        _head(record, place, column_title)
        _power(store, record, place)
        note(*words.notes(pd.DataFrame([record])))
        _beside(store, record, place)
        _failure(record, ask(store, view.cell, **place))
        if confirm_box(store):
            return
        if place["version"]:
            note("These are not the newest settings. Choose the newest to run cells.")
        elif record["state"] not in (cell_look.NOT_APPLICABLE, cell_look.RUNNING):
            rerun_buttons(store, table, record, place)
        _examples_link(place)
        compare_link(place)


def cell_details(store: Store, cell: Cell | None, question: dict[str, Any]) -> None:
    """The languages, seeds, runs and curves behind a cell."""
    if cell is None:
        return
    detail = ask(store, view.cell, **_place(cell, question))
    if len(detail.by_language) and detail.by_language["gain_points"].notna().any():
        with st.container(border=True):
            st.markdown("**Gain by language**")
            show(
                language_chart.cell_by_language(detail.by_language, is_dark()),
                "by_language",
                language_chart.alt_text(detail.by_language),
            )
            choices = _place(cell, question)
            pin_button(store, "languages", detail.by_language, choices, "pin_languages")
    where = {name: _place(cell, question)[name] for name in _PLACE}
    imported_results(store, **where, encoder=question["encoder"], intermediate=cell[0])
    if not question["version"]:
        own = _place(cell, question)
        published_figures(store, {name: own[name] for name in own if name != "version"})
    _details(detail)


def _place(cell: Cell, question: dict[str, Any]) -> dict[str, Any]:
    target = question["target"]
    return {
        **{name: question[name] for name in ("catalog", "encoder", "metric", "version")},
        "intermediate": cell[0],
        "target": target or cell[1],
        "language": cell[1] if target else question["language"],
    }


def _select(row: str, column: str, language: str | None = None) -> None:
    _filters.remember("cell", f"{row}~{column}")
    if language is not None:
        st.session_state["choice_panel"] = language
        _filters.remember("panel", language)
    st.session_state.pop("_proposal", None)


def _choosers(table: pd.DataFrame, cell: Cell | None) -> None:
    """The same choice by keyboard."""
    rows, columns = list(dict.fromkeys(table["row"])), list(dict.fromkeys(table["column"]))
    st.session_state["panel_row"] = cell[0] if cell else rows[0]
    st.session_state["panel_column"] = cell[1] if cell else columns[0]

    def changed() -> None:
        _select(st.session_state["panel_row"], st.session_state["panel_column"])

    left, right = st.columns(2)
    left.selectbox(
        "Intermediate task", rows, key="panel_row", on_change=changed, format_func=theme.task_label
    )
    right.selectbox(
        "Column", columns, key="panel_column", on_change=changed, format_func=_column_title
    )


def _record(table: pd.DataFrame, cell: Cell) -> dict[str, Any]:
    found = table[(table["row"] == cell[0]) & (table["column"] == cell[1])]
    return {str(name): value for name, value in found.iloc[0].items()}


def _column_title(name: str) -> str:
    label = theme.task_label(name)
    return words.language(name) if label == name else label


def _head(record: dict[str, Any], place: dict[str, Any], column_title: str) -> None:
    known = not pd.isna(record["score"])
    count = int(record["n_languages"]) if known else None
    metric = f" · {words.metric(record['metric'])}" if known else ""
    note(f"{words.language(place['language'], count)}{metric} · {place['encoder']}")
    sentence = cell_words.state_sentence(record, column_title)
    if sentence:
        st.write(words.escaped(sentence))
    elif record["row"] == cell_look.BASELINE:
        st.metric("Score, points", theme.percent(record["score"]))
        note(cell_words.certainty(record))
    else:
        st.metric(
            "Gain, points, paired by seed",
            theme.signed(record["gain_points"]),
            help="Score with the intermediate task minus score without it, same seeds, times 100.",
        )
        bounds = theme.interval(record["ci_low"], record["ci_high"])
        st.markdown(
            f"95% interval **{words.escaped(bounds)}** · {words.escaped(cell_words.scores(record))}"
            f"  \n:small[{words.escaped(cell_words.certainty(record))}]"
        )


def _power(store: Store, record: dict[str, Any], place: dict[str, Any]) -> None:
    """Which gains the cell's seeds show, and how many more its own would need."""
    if record["state"] == cell_look.MEASURED and record["row"] != cell_look.BASELINE:
        power = ask(store, cell_power, **place)
        note(power_words.sentence(power, bool(record["significant"])))


def _beside(store: Store, record: dict[str, Any], place: dict[str, Any]) -> None:
    """What others had for the same model in the same place, with a mark of its own."""
    table = ask(store, imported, **{name: place[name] for name in _PLACE})
    note(*imported_words.beside(table, record, place["encoder"]))


def _failure(record: dict[str, Any], detail: Any) -> None:
    if record["state"] != cell_look.FAILED:
        return
    message = record["message"]
    st.error(words.escaped(message if isinstance(message, str) else "No reason was recorded."))
    if len(detail.runs):
        st.page_link(
            "pages/runs.py",
            label="Open its log",
            icon=":material/article:",
            query_params={"run": str(detail.runs.iloc[0]["run_id"])},
        )


def _examples_link(place: dict[str, Any]) -> None:
    """What the cell's numbers are counted over."""
    languages = [REFERENCE_LANGUAGE]
    if place["language"] not in (*MEANS, REFERENCE_LANGUAGE):
        languages.append(place["language"])
    st.page_link(
        "pages/data.py",
        label="See the examples",
        icon=":material/format_quote:",
        query_params={"task": place["target"], "languages": ",".join(languages)},
    )


def _details(detail: Any) -> None:
    with st.expander("Seeds, runs, curves"):
        if len(detail.by_seed):
            st.dataframe(cell_words.by_seed(detail.by_seed), hide_index=True, key="by_seed")
        if len(detail.runs):
            st.dataframe(cell_words.runs(detail.runs), hide_index=True, key="cell_runs")
            st.page_link(
                "pages/runs.py",
                label="Open the newest run",
                icon=":material/list_alt:",
                query_params={"run": str(detail.runs.iloc[0]["run_id"])},
            )
        if len(detail.curves):
            show(
                curves_chart.curves(detail.curves, is_dark()),
                "curves",
                curves_chart.alt_text(detail.curves),
            )
        if not len(detail.runs):
            note("No run has touched this cell.")
