"""From a cell to a run: a proposal, what it would do, and the start."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from pages._frame import ask, note, refuse, say_later, start
from xfer_core import launching, locks, spool
from xfer_core.charts import cell_look, cell_words, launch_words, words
from xfer_core.domain.errors import XferError
from xfer_core.placing import Place
from xfer_core.specification import Spec, preset, still_known
from xfer_core.store import Store
from xfer_core.views import gaps
from xfer_core.views import runs as runs_view

LABELS = {
    cell_look.MEASURED: "Rerun with a new seed",
    cell_look.FAILED: "Run this cell again",
    cell_look.NOT_RUN: "Run this cell",
    cell_look.UNPAIRED: "Run the baseline",
}


@dataclass(frozen=True)
class Proposal:
    """What a press on "Start" would do; ``force`` repeats stages that are done."""

    spec: Spec
    force: bool = False


def rerun_buttons(
    store: Store, table: pd.DataFrame, record: dict[str, Any], place: dict[str, Any]
) -> None:
    """The primary action of the cell, and the choices beside it."""
    seeds = cell_words.seeds_of(record)
    measured = bool(seeds) and record["state"] == cell_look.MEASURED
    wanted = next_seeds(seeds, 1) if measured else _seeds(table, record)
    st.button(
        LABELS[record["state"]],
        type="primary",
        icon=":material/replay:" if measured else ":material/play_arrow:",
        width="stretch",
        on_click=_propose,
        args=(store, place, wanted),
    )
    if measured:
        with st.popover("More choices", width="stretch", icon=":material/tune:"):
            _choices(store, place, seeds)


def confirm_box(store: Store, key: str = "_proposal", place: Place | None = None) -> bool:
    """What would run, with "Start" and "Back"; returns whether anything is proposed.

    Args:
        store: the open store.
        key: where the session keeps the proposal.
        place: where it would run; None is this machine.
    """
    proposal = st.session_state.get(key)
    if proposal is None:
        return False
    possible = show_preview(store, proposal.spec, proposal.force)
    with st.container(horizontal=True):
        if possible:
            st.button("Start", type="primary", on_click=_start, args=(store, key, place))
        st.button("Back", on_click=_drop, args=(key,))
    return True


def propose_values(key: str, values: dict[str, Any]) -> None:
    """Keep a request as what would run; what cannot be is said on the next page."""
    try:
        st.session_state[key] = Proposal(Spec.parse(values))
    except XferError as error:
        say_later(str(error))


def _start(store: Store, key: str, place: Place | None) -> None:
    proposal = st.session_state.pop(key, None)
    if proposal is not None:
        start(store, proposal.spec, proposal.force, place)


def _drop(key: str) -> None:
    st.session_state.pop(key, None)


def show_preview(store: Store, spec: Spec, force: bool = False) -> bool:
    """What a run would do and cost, and how it differs; returns whether it can run."""
    try:
        summary = _preview(str(store.home.root), spec.model_dump_json(), force, store, spec)
    except XferError as error:
        refuse(error)
        return False
    seeds = words.listed(spec.seeds)
    st.markdown(f"**This will run** seed{'s' if len(spec.seeds) > 1 else ''} {seeds}")
    note(
        f"{words.plural(summary.to_run, 'stage')} to run, {summary.reused} reused · about "
        f"{words.duration(summary.estimated_seconds)} · {words.size(summary.estimated_bytes)} "
        f"on disk ({words.size(shutil.disk_usage(store.home.root).free)} free)",
        launch_words.cells_line(summary.stages, ask(store, gaps.measured, catalog=spec.catalog)),
        launch_words.queue_line(_active(store), locks.slot_count()),
        launch_words.basis(summary.from_history, summary.gpu_hours, summary.gpu)
        if summary.to_run
        else "Nothing is left to run: every result is there",
    )
    _difference(store, spec)
    for warning in summary.warnings:
        st.warning(words.escaped(warning))
    with st.expander("Stages"):
        rows = pd.DataFrame(summary.stages)
        st.dataframe(
            pd.DataFrame(
                {
                    "Stage": rows["name"],
                    "What happens": ["reused" if done else "runs" for done in rows["reused"]],
                    "About": [words.duration(value) for value in rows["estimated_seconds"]],
                }
            ),
            hide_index=True,
        )
    return not summary.absent


def _active(store: Store) -> list[dict[str, Any]]:
    """The runs that are at work before a new one."""
    table = ask(store, runs_view.runs, live=True)
    return [
        record
        for record in table[table["state"].map(words.is_active)].to_dict("records")
        if words.is_active(launching.live_state(store.home, record["run_id"], record["state"]))
    ]


def _difference(store: Store, spec: Spec) -> None:
    """What the last run of this catalogue was asked for otherwise."""
    last = ask(store, gaps.last_request, catalog=spec.catalog)
    if last is None:
        return
    run_id, before = last
    lines = launch_words.differences(before, spec.plain())
    if not lines:
        note(f"The same request as the last run, {run_id}")
        return
    with st.expander(f"{words.plural(len(lines), 'difference')} from the last run"):
        note(f"Run {run_id} was asked for otherwise:", *lines)


# Short-lived, because a preview says what is reused now; the first one reads all data sets.
@st.cache_data(ttl=20, max_entries=32, show_spinner="Working out what will run …")
def _preview(
    root: str, plain_spec: str, force: bool, _store: Store, _spec: Spec
) -> launching.Summary:
    return launching.preview(_store.home, _spec, force=force)


def next_seeds(seeds: list[int], count: int) -> list[int]:
    """The first seeds that were not used yet."""
    first = max(seeds, default=0) + 1
    return list(range(first, first + count))


def _choices(store: Store, place: dict[str, Any], seeds: list[int]) -> None:
    repeat = "repeat"
    how = st.radio(
        "How",
        ["new", repeat],
        format_func={
            "new": "New seeds, to know the spread",
            repeat: f"Repeat the same {words.plural(len(seeds), 'seed')} ({words.listed(seeds)})",
        }.__getitem__,
        key="rerun_how",
    )
    count = st.number_input(
        "Number of new seeds", 1, 20, 1, key="rerun_count", disabled=how == repeat
    )
    wanted = seeds if how == repeat else next_seeds(seeds, int(count))
    st.button(
        "Show what will run",
        key="rerun_review",
        width="stretch",
        on_click=_propose,
        args=(store, place, wanted, how == repeat),
    )


def _propose(store: Store, place: dict[str, Any], seeds: list[int], force: bool = False) -> None:
    values = {
        **_specification_before(store, place),
        "catalog": place["catalog"],
        "encoders": [place["encoder"]],
        "intermediates": [place["intermediate"]],
        "targets": [place["target"]],
        "seeds": seeds,
        "title": "",
    }
    try:
        st.session_state["_proposal"] = Proposal(Spec.parse(values), force)
    except XferError as error:
        say_later(str(error))


def _specification_before(store: Store, place: dict[str, Any]) -> dict[str, Any]:
    """The request of the newest run with this encoder, so that the settings stay comparable."""
    table = ask(store, runs_view.runs)
    same = [
        record["run_id"]
        for record in table.to_dict("records")
        if place["encoder"] in str(record["encoder"])
    ]
    for run_id in same:
        plan = spool.read_json(store.home.run(run_id) / spool.PLAN)
        if plan and isinstance(plan.get("spec"), dict):
            return still_known(plan["spec"])
    return preset("demo")


def _seeds(table: pd.DataFrame, record: dict[str, Any]) -> list[int]:
    """The seeds of the score itself, else of the baseline in this column, else seed 1."""
    own = cell_words.seeds_of(record)
    same = table[(table["column"] == record["column"]) & (table["row"] == cell_look.BASELINE)]
    below = [cell_words.seeds_of(base) for base in same.to_dict("records")]
    return own or next((seeds for seeds in below if seeds), [1])
