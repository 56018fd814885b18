"""The runs: how far each got, what failed and why, and what can be done."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages import _filters
from pages._frame import ask, empty_page, import_now, note, open_store, refuse, say_later
from pages._running import running_now
from xfer_core import launching
from xfer_core.charts import run_words, words
from xfer_core.domain.errors import XferError
from xfer_core.store import Store
from xfer_core.views import runs as view

MOST_FAILURES = 3


def _pick(run_ids: list[str]) -> None:
    rows = st.session_state["runs_table"]["selection"]["rows"]
    if rows:
        _filters.remember("run", run_ids[rows[0]])


def _chosen(run_ids: list[str]) -> str:
    wanted = _filters.kept("run")
    if wanted and wanted not in run_ids:
        _filters.ignored("Run", wanted)
        wanted = None
    run_id = wanted or run_ids[0]
    st.session_state["run_choice"] = run_id

    def changed() -> None:
        _filters.remember("run", st.session_state["run_choice"])

    st.selectbox("Run", run_ids, key="run_choice", on_change=changed)
    return run_id


@st.fragment(run_every=1.0)
def _stages(store: Store, run_id: str, drawn: str) -> None:
    """State, progress and stages of one run; refreshes itself."""
    record = run_words.record_of(ask(store, view.runs, live=True), run_id)
    state = launching.live_state(store.home, run_id, str(record["state"]))
    if state != drawn:
        st.rerun(scope="app")
    st.markdown(words.escaped(run_words.summary(record, state)))
    if record["reason"] and state != "succeeded":
        st.error(words.escaped(record["reason"]))
    stages = ask(store, view.stages_of, live=True, run_id=run_id)
    st.progress(run_words.share_done(record))
    st.dataframe(
        run_words.stages(stages),
        hide_index=True,
        key="stages_table",
        height="content" if len(stages) < 11 else 400,
        column_config={"Progress": st.column_config.ProgressColumn(format="percent", max_value=1)},
    )


def _failures(store: Store, run_id: str) -> None:
    stages = ask(store, view.stages_of, live=True, run_id=run_id)
    failed = run_words.failed(stages)
    for stage in failed[:MOST_FAILURES]:
        with st.container(border=True):
            st.markdown(f":red[:material/error:] **{words.escaped(stage['name'])}** failed")
            st.text(words.visible(str(stage["message"] or "No reason was recorded.")))
            trace = run_words.traceback_of(store.home, str(stage["key"]))
            if trace:
                with st.expander("Traceback"):
                    st.code(words.visible(trace), language=None)
    if len(failed) > MOST_FAILURES:
        note(f"{words.plural(len(failed), 'stage')} failed; the first {MOST_FAILURES} are shown.")


def _actions(store: Store, run_id: str, state: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if words.is_active(state):
            with st.popover("Cancel …", icon=":material/cancel:"):
                st.write("Stages that are finished stay; the others stop within seconds.")
                if st.button("Cancel this run", type="primary", key="cancel_run"):
                    _act(launching.cancel, store, run_id, "is being cancelled")
        elif state != "succeeded":
            label = "Retry what failed" if state == "failed" else "Resume"
            if st.button(label, type="primary", icon=":material/replay:", key="resume_run"):
                _act(launching.resume, store, run_id, "goes on")
        note("What is finished is never computed again. Closing this tab changes nothing.")


def _act(action: Any, store: Store, run_id: str, what: str) -> None:
    try:
        action(store.home, run_id)
        import_now(store)
    except XferError as error:
        refuse(error)
        return
    say_later(f"Run {run_id} {what}.")
    st.rerun()


store = open_store()
st.title("Runs", anchor=False)
table = ask(store, view.runs, live=True)
if table.empty:
    empty_page(store, "Here will be every run with its stages, progress, failures and log.")
    running_now(store, lambda: not ask(store, view.runs, live=True).empty)
    st.stop()

run_ids = [str(name) for name in table["run_id"]]
st.dataframe(
    run_words.runs(table, lambda run_id, state: launching.live_state(store.home, run_id, state)),
    hide_index=True,
    key="runs_table",
    height="content" if len(table) < 7 else 290,
    on_select=lambda: _pick(run_ids),
    selection_mode="single-row",
    alt=f"{words.plural(len(table), 'run')}, the newest first.",
)
run_id = _chosen(run_ids)
record = run_words.record_of(table, run_id)
state = launching.live_state(store.home, run_id, str(record["state"]))
st.subheader(words.escaped(f"Run {run_id}: {words.state(state)}"), anchor=False)
_actions(store, run_id, state)
_failures(store, run_id)
_stages(store, run_id, state)
with st.expander("Log, the last 200 kB"):
    st.code(run_words.log_tail(store.home, run_id), language=None, height=360)
