"""The box of what runs now: refreshes itself alone, often while something runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from pages import _notify
from pages._frame import ask, hold, is_held, note
from xfer_core import launching
from xfer_core.charts import run_words, words
from xfer_core.store import Store
from xfer_core.views import runs as runs_view
from xfer_core.views.running import results

RECENT_SECONDS = 60.0
ACTIVE_SECONDS, IDLE_SECONDS = 1.0, 5.0
"""Between two looks for news. Readers of finished results cost next to nothing: ten browsers that
looked each second kept a third of two cores busy."""
Run = tuple[dict[str, Any], str]


def running_now(
    store: Store, changed: Callable[[], bool] | None = None, charts: bool = True
) -> None:
    """The active runs with stage, progress, loss and time left; and those that just ended.

    Args:
        store: the open store.
        changed: whether the page around shows old numbers; then the whole page runs again.
        charts: whether the page around has charts that can be held still.
    """
    busy = bool(_unfinished(store, ask(store, runs_view.runs, live=True))[0])
    every = ACTIVE_SECONDS if busy else IDLE_SECONDS
    st.fragment(_box, run_every=every)(store, changed, charts, busy)


def _box(store: Store, changed: Callable[[], bool] | None, charts: bool, busy: bool) -> None:
    if changed is not None and changed():  # never while the charts are held: then all is as it was
        st.rerun(scope="app")
    table = ask(store, runs_view.runs, live=True)
    active, stopped = _unfinished(store, table)
    if bool(active) != busy:  # look more often, or less
        st.rerun(scope="app")
    ended = _just_ended(table)
    _notify.tell_of_the_end({record["run_id"] for record, _ in active}, table)
    with st.container(border=True):
        st.markdown("**Running now**" if active else "**Nothing is running**")
        for record, state in active:
            _run(store, record, state)
        for record, state in [*stopped, *ended]:
            _ending(record, state)
        if stopped:
            st.page_link("pages/runs.py", label="Resume it there", icon=":material/replay:")
        if active:
            note("Closing this tab changes nothing: runs go on by themselves.")
            _notify.offer()
        if charts and changed is not None and (active or is_held()):
            _hold(store)


def _hold(store: Store) -> None:
    """Keep the charts as they are while results arrive, and the way to the new ones."""
    count = ask(store, results, live=True)

    def switched() -> None:
        hold(store, st.session_state["hold_charts"])
        st.session_state["_held_results"] = count

    st.session_state["hold_charts"] = is_held()
    st.toggle(
        "Hold the charts still",
        key="hold_charts",
        on_change=switched,
        help="New results then wait for a click, so that nothing moves while you explain it.",
    )
    new = count - st.session_state.get("_held_results", count)
    if is_held() and new > 0:
        label = f"{words.plural(new, 'new result')} – refresh"
        if st.button(label, icon=":material/refresh:", type="primary", key="refresh_held"):
            hold(store, True, newest=True)
            st.session_state["_held_results"] = count
            st.rerun(scope="app")


def _unfinished(store: Store, table: pd.DataFrame) -> tuple[list[Run], list[Run]]:
    """Runs at work, and those whose runner is gone without a word."""
    runs = [
        (record, launching.live_state(store.home, record["run_id"], record["state"]))
        for record in table[table["state"].map(words.is_active)].to_dict("records")
    ]
    active = [(record, state) for record, state in runs if words.is_active(state)]
    return active, [(record, state) for record, state in runs if not words.is_active(state)]


def _just_ended(table: pd.DataFrame) -> list[Run]:
    return [
        (record, str(record["state"]))
        for record in table.to_dict("records")
        if not words.is_active(str(record["state"]))
        and (words.age_seconds(record["ended_at"]) or RECENT_SECONDS) < RECENT_SECONDS
    ]


def _run(store: Store, record: dict[str, Any], state: str) -> None:
    total, done = int(record["stages_total"] or 0), int(record["stages_done"] or 0)
    left = record["eta_seconds"]
    parts = [words.state(state), f"{done} of {words.plural(total, 'stage')}" if total else ""]
    if record["stages_failed"]:
        parts.append(f"{int(record['stages_failed'])} failed")
    if left is not None and not pd.isna(left):
        parts.append(f"{words.duration(left)} left")
    st.progress(min(done / max(total, 1), 1.0), text=words.escaped(" · ".join(filter(None, parts))))
    note(run_words.request(store.home, record))
    if total:
        stages = ask(store, runs_view.stages_of, live=True, run_id=record["run_id"])
        for stage in _current(stages):
            _stage(stage)


def _current(stages: pd.DataFrame) -> list[dict[str, Any]]:
    return stages[stages["state"].isin(["running", "waiting"])].head(3).to_dict("records")


def _stage(stage: dict[str, Any]) -> None:
    parts = [str(stage["name"])]
    if stage["step"] is not None and not pd.isna(stage["step"]):
        parts.append(f"step {int(stage['step'])} of {int(stage['steps'])}")
    parts += [words.loss(stage["loss"])] if words.loss(stage["loss"]) else []
    note(" · ".join(parts))
    silent = words.silent_seconds(stage["last_event_at"])
    if silent is not None and stage["state"] == "running":
        st.markdown(f":orange-badge[:material/schedule: no contact for {silent} s]")


def _ending(record: dict[str, Any], state: str) -> None:
    icon = {"succeeded": "check_circle", "failed": "error"}.get(state, "info")
    color = {"succeeded": "green", "failed": "red"}.get(state, "gray")
    told = words.escaped(words.run_ended({**record, "state": state}))
    st.markdown(f":{color}[:material/{icon}:] {told}")
    if state != "succeeded" and record["reason"]:
        note(str(record["reason"]))
