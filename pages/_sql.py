"""The SQL side of the data page: tables and what they mean, a question, its answer."""

from __future__ import annotations

import secrets

import pandas as pd
import streamlit as st

from pages import _filters
from pages._frame import ask, note, refuse, say_later
from xfer_core.charts import words
from xfer_core.domain.errors import XferError
from xfer_core.sql_page import meanings, saved
from xfer_core.sql_page.asking import LONGEST_SQL, Answer, Desk, Question
from xfer_core.sql_page.saved import LONGEST_TITLE, Saved
from xfer_core.sql_page.snapshot import Snapshot, Snapshots
from xfer_core.sql_page.tables import csv_text, table
from xfer_core.store import Store

SOON_SECONDS = 1.5
"""Most answers come within so long: no page of waiting for them."""
NEW = ""


def sql_page(store: Store) -> None:
    """Everything below the title."""
    try:
        snapshot = _snapshots(str(store.home.root)).newest(store)
    except XferError as error:
        refuse(error)
        return
    _copy_line(store, snapshot)
    left, right = st.columns([0.64, 0.36], gap="medium")
    with left:
        _question(store, snapshot)
        _result()
    with right, st.container(border=True):
        _schema(store)


def _copy_line(store: Store, snapshot: Snapshot) -> None:
    """Which results are asked, and the way to newer ones."""
    with st.container(horizontal=True, vertical_alignment="center"):
        note(
            f"Asked of a read-only copy of the results, made {words.ago(snapshot.taken_at)} "
            f"({words.date(snapshot.taken_at)}) · copy {snapshot.id}"
        )
        if store.version != snapshot.version:
            st.button(
                "Results have changed: take a new copy",
                icon=":material/refresh:",
                on_click=_renew,
                args=(store,),
            )


def _renew(store: Store) -> None:
    try:
        _snapshots(str(store.home.root)).renew(store)
    except XferError as error:
        say_later(str(error))


def _question(store: Store, snapshot: Snapshot) -> None:
    chosen = _choose_saved(saved.saved(store.home))
    with st.form("sql_form"):
        st.text_area(
            "Question in SQL (DuckDB)",
            key="sql_text",
            height=190,
            max_chars=LONGEST_SQL,
            placeholder="SELECT * FROM cells LIMIT 20",
            help="One SELECT or EXPLAIN. Ctrl+Enter asks. An answer has 1,000 rows at most, and "
            "2 seconds to come.",
        )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.form_submit_button(
                "Ask",
                type="primary",
                icon=":material/play_arrow:",
                on_click=_ask,
                args=(snapshot,),
            )
            st.text_input(
                "Title to save it under",
                key="sql_title",
                max_chars=LONGEST_TITLE,
                placeholder="Title to save it under",
                label_visibility="collapsed",
                width=280,
            )
            st.form_submit_button(
                "Save", icon=":material/save:", on_click=_save, args=(store,), key="sql_save"
            )
    if chosen is not None and not saved.is_example(chosen):
        with st.popover("Delete this saved question", icon=":material/delete:"):
            st.write(words.escaped(f"“{chosen.title}” is removed from the store."))
            st.button("Delete it", type="primary", on_click=_delete, args=(store, chosen.id))


def _choose_saved(known: list[Saved]) -> Saved | None:
    """A saved question; choosing one, or an address that names one, fills the box: no more."""
    by_id = {one.id: one for one in known}
    wanted = _filters.kept("saved") or NEW
    if wanted and wanted not in by_id:
        _filters.ignored("Saved question", wanted)
        _filters.remember("saved", None)
        wanted = NEW
    if "sql_text" not in st.session_state:
        first = by_id[wanted] if wanted else saved.EXAMPLES[0]
        _fill(first, st.session_state.get("_sql_text"))
    st.session_state["sql_saved"] = wanted

    def changed() -> None:
        name = st.session_state["sql_saved"]
        _filters.remember("saved", name or None)
        _fill(by_id.get(name, Saved("", "", "")))

    st.selectbox(
        "Saved questions",
        [NEW, *by_id],
        key="sql_saved",
        on_change=changed,
        format_func=lambda name: by_id[name].title if name else "A new question",
    )
    st.session_state["_sql_text"] = st.session_state["sql_text"]
    return by_id.get(wanted)


def _fill(one: Saved, text: str | None = None) -> None:
    st.session_state["sql_text"] = text or one.sql
    st.session_state["sql_title"] = "" if saved.is_example(one) else one.title


def _ask(snapshot: Snapshot) -> None:
    reader = st.session_state.setdefault("_reader", secrets.token_hex(8))
    st.session_state.pop("_sql_answer", None)
    try:
        text = st.session_state["sql_text"]
        st.session_state["_sql_question"] = _desk().ask(snapshot.database, text, reader)
    except XferError as error:
        st.session_state["_sql_answer"] = Answer(error=str(error))


def _save(store: Store) -> None:
    try:
        one = saved.save(store.home, st.session_state["sql_title"], st.session_state["sql_text"])
    except XferError as error:
        say_later(str(error))
        return
    _filters.remember("saved", one.id)
    say_later(f"Saved as “{one.title}”.")


def _delete(store: Store, name: str) -> None:
    saved.delete(store.home, name)
    _filters.remember("saved", None)


def _result() -> None:
    """The answer, or what is at work; asks again by itself until the answer is there."""
    question: Question | None = st.session_state.get("_sql_question")
    if question is not None:
        answer = question.answer(SOON_SECONDS)
        if answer is None:
            st.fragment(_waiting, run_every=0.5)(question)
            return
        _keep(answer)
    answer = st.session_state.get("_sql_answer")
    if answer is not None:
        _answer(answer)


def _waiting(question: Question) -> None:
    answer = question.answer()
    if answer is not None:
        _keep(answer)
        st.rerun(scope="app")
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.markdown(":material/hourglass_top: At work. It is stopped by itself after 4 seconds.")
        st.button("Cancel", icon=":material/close:", on_click=question.cancel, key="sql_cancel")


def _keep(answer: Answer) -> None:
    st.session_state.pop("_sql_question", None)
    st.session_state["_sql_answer"] = answer


def _answer(answer: Answer) -> None:
    if answer.error:
        first, _, rest = answer.error.partition("\n")
        st.error(words.escaped(first), icon=":material/error:")
        if rest.strip():
            st.code(words.visible(rest.strip("\n")), language=None)
        return
    if answer.cut:
        st.warning(words.escaped(answer.cut), icon=":material/content_cut:")
    shown = table(answer)
    with st.container(horizontal=True, vertical_alignment="center"):
        took = f"{answer.seconds:.2f}" if answer.seconds >= 0.01 else "under 0.01"
        note(f"{words.plural(len(shown), 'row')} · {took} s")
        st.download_button(
            "Download CSV",
            csv_text(answer).encode("utf-8"),
            "answer.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
        )
    st.dataframe(
        shown,
        hide_index=True,
        key="sql_rows",
        height="content" if len(shown) < 14 else 520,
        alt=f"The answer: {words.plural(len(shown), 'row')}, {len(shown.columns)} columns.",
    )


def _schema(store: Store) -> None:
    st.markdown("**What can be asked for**")
    found = ask(store, meanings.schema)
    name = st.selectbox("Table", list(found), key="sql_table")
    note(meanings.TABLES.get(name, ""))
    with st.container(height=430, border=False):
        st.table(_described(found[name]), border="horizontal", hide_index=True)
    st.button("Ask for its first rows", on_click=_first_rows, args=(name,), width="stretch")


def _described(columns: pd.DataFrame) -> pd.DataFrame:
    """Two columns that wrap in a narrow box; the cells are Markdown."""
    return pd.DataFrame(
        {
            "Column": [
                f"**{words.escaped(name)}**  \n:small[{words.escaped(kind)}]"
                for name, kind in zip(columns["column"], columns["type"], strict=True)
            ],
            "What it holds": [words.escaped(text) for text in columns["meaning"]],
        }
    )


def _first_rows(name: str) -> None:
    _filters.remember("saved", None)
    st.session_state["sql_text"] = f"SELECT *\nFROM {name}\nLIMIT 20"
    st.session_state["sql_title"] = ""


@st.cache_resource(show_spinner=False, on_release=Snapshots.close)
def _snapshots(root: str) -> Snapshots:
    return Snapshots()


@st.cache_resource
def _desk() -> Desk:
    return Desk()
