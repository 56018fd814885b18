"""The runs: how far each got, what failed and why, and what can be done."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pandas as pd
import streamlit as st

from pages import _filters
from pages._executor import choose_place
from pages._frame import ask, empty_page, import_now, note, open_store, refuse, say_later
from pages._running import running_now
from xfer_core import launching, run_notes
from xfer_core.charts import run_words, words
from xfer_core.domain.errors import XferError
from xfer_core.store import Store
from xfer_core.views import runs as view

MOST_FAILURES = 3
MOST_RUNS = 500
ANY = ""


def _pick(run_ids: list[str]) -> None:
    rows = st.session_state["runs_table"]["selection"]["rows"]
    if rows:
        _filters.remember("run", run_ids[rows[0]])


def _chosen(run_ids: list[str], known: list[str]) -> str:
    """The run of the URL, though the filters may hide it, else the first that is listed."""
    wanted = _filters.kept("run")
    if wanted and wanted not in known:
        _filters.ignored("Run", wanted)
        wanted = None
    run_id = wanted or (run_ids or known)[0]
    st.session_state["run_choice"] = run_id

    def changed() -> None:
        _filters.remember("run", st.session_state["run_choice"])

    options = run_ids if run_id in run_ids else [run_id, *run_ids]
    st.selectbox("Run", options, key="run_choice", on_change=changed)
    return run_id


def _listed(table: pd.DataFrame) -> pd.DataFrame:
    """The runs that the filters leave, in the chosen order."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        group = _filters.choose(
            "State",
            list(run_words.GROUPS),
            "state",
            show=run_words.GROUPS.__getitem__,
            segmented=True,
        )
        tags = run_words.tags_in(table)
        tag = ANY
        if tags:
            tag = _filters.choose(
                "Tag", [ANY, *tags], "tag", show=lambda name: name if name else "Any"
            )
        order = _filters.choose(
            "Order", list(run_words.ORDERS), "by", show=run_words.ORDERS.__getitem__
        )
        text = _search()
    left = run_words.ordered(run_words.wanted(table, group, tag, text), order)
    shown = f"{len(left)} of {words.plural(len(table), 'run')}"
    more = f" · only the newest {MOST_RUNS} are looked at" if len(table) == MOST_RUNS else ""
    note(shown + more)
    if left.empty:
        chosen = [run_words.GROUPS[group] if group != "all" else "", tag, text]
        asked = words.listed(f"“{name}”" for name in chosen if name)
        st.info(words.escaped(f"No run matches {asked}."), icon=":material/filter_alt_off:")
        st.button("Show all runs", on_click=_show_all, icon=":material/close:")
    return left


def _search() -> str:
    st.session_state["runs_find"] = (_filters.kept("find") or "")[:80]

    def changed() -> None:
        _filters.remember("find", st.session_state["runs_find"].strip() or None)

    return st.text_input(
        "Search",
        key="runs_find",
        on_change=changed,
        max_chars=80,
        placeholder="tasks, encoder, tags, notes",
        icon=":material/search:",
        width=240,
    ).strip()


def _show_all() -> None:
    for name in ("state", "tag", "find"):
        _filters.remember(name, None)
        st.session_state.pop(f"choice_{name}", None)


def _stages(store: Store, run_id: str, drawn: str) -> None:
    """State, progress and stages of one run; refreshes itself while it works."""
    record = run_words.record_of(ask(store, view.runs, live=True, limit=MOST_RUNS), run_id)
    state = launching.live_state(store.home, run_id, str(record["state"]))
    if state != drawn:
        st.rerun(scope="app")
    st.markdown(words.escaped(run_words.summary(record, state)))
    silent = words.silent_seconds(record["last_event_at"])
    if words.is_active(state) and silent is not None:
        st.markdown(f":orange-badge[:material/schedule: no contact for {silent} s]")
    if record["reason"] and state != "succeeded":
        st.error(words.escaped(record["reason"]))
    stages = ask(store, view.stages_of, live=True, run_id=run_id)
    st.progress(run_words.share_done(record))
    st.dataframe(
        run_words.stages(stages),
        hide_index=True,
        key="stages_table",
        height="content" if len(stages) < 11 else 400,
        column_config={
            "Progress": st.column_config.ProgressColumn(format="percent", max_value=1),
            "Loss so far": st.column_config.LineChartColumn(
                width="small",
                help="Training loss from the first step to the last, each stage for itself.",
            ),
        },
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
    can = run_words.actions(state)
    with st.container(horizontal=True, vertical_alignment="center"):
        if run_words.CANCEL in can:
            _asked_twice(
                ("Cancel …", "Cancel this run", ":material/cancel:"),
                "Stages that are finished stay; the others stop within 15 seconds.",
                partial(_act, launching.cancel_soon, store, run_id, "is being cancelled"),
            )
        if run_words.RETRY in can or run_words.RESUME in can:
            _go_on(store, run_id, run_words.RETRY in can)
        if run_words.GIVE_UP in can:
            _asked_twice(
                ("Give up …", "Give this run up", ":material/block:"),
                "It is marked as cancelled. What is finished stays, and it can be resumed.",
                partial(_act, launching.cancel, store, run_id, "was given up"),
            )
        st.page_link(
            "pages/launch.py",
            label="Launch one like it",
            icon=":material/content_copy:",
            query_params={"from": run_id},
        )
        note("What is finished is never computed again. Closing this tab changes nothing.")


def _asked_twice(labels: tuple[str, str, str], told: str, act: Callable[[], None]) -> None:
    title, label, icon = labels
    with st.popover(title, icon=icon):
        st.write(told)
        if st.button(label, type="primary", key=label):
            act()


def _go_on(store: Store, run_id: str, is_retry: bool) -> None:
    label = "Retry what failed" if is_retry else "Resume"
    resume = partial(_act, launching.resume, store, run_id, "goes on")
    if st.button(label, type="primary", icon=":material/replay:", key="resume_run"):
        resume()
    with st.popover("Elsewhere …", icon=":material/dns:"):
        st.write("Go on in another place; finished stages are kept.")
        place = choose_place(f"resume_{run_id}", launching.place_of(store.home, run_id))
        if place is not None and st.button("Go on there", type="primary", key="resume_there"):
            resume(place=place)


def _act(
    action: Callable[..., None], store: Store, run_id: str, what: str, **choices: object
) -> None:
    try:
        action(store.home, run_id, **choices)
        import_now(store)
    except XferError as error:
        refuse(error)
        return
    say_later(f"Run {run_id} {what}.")
    st.rerun()


def _notes(store: Store, run_id: str, known: list[str]) -> None:
    """Tags and note: a form, so that half a note is never kept."""
    said = run_notes.read(store.home, run_id)
    title = f"Tags and note ({words.listed(said.tags)})" if said.tags else "Tags and note"
    with st.expander(title, icon=":material/edit_note:"), st.form(f"notes_{run_id}", border=False):
        st.multiselect(
            "Tags",
            sorted({*known, *said.tags}),
            default=list(said.tags),
            key=f"tags_{run_id}",
            accept_new_options=True,
            max_selections=run_notes.MOST_TAGS,
            placeholder="Choose, or type a new one",
        )
        st.text_area(
            "Note", said.note, key=f"note_{run_id}", max_chars=run_notes.LONGEST_NOTE, height=120
        )
        st.form_submit_button("Save", on_click=_save_notes, args=(store, run_id))


def _save_notes(store: Store, run_id: str) -> None:
    tags, text = st.session_state[f"tags_{run_id}"], st.session_state[f"note_{run_id}"]
    try:
        run_notes.write(store.home, run_id, tags, text)
    except XferError as error:
        say_later(str(error))


def _log(store: Store, run_id: str) -> None:
    stages = ask(store, view.stages_of, live=True, run_id=run_id)
    names = {
        str(key): str(name)
        for key, name in zip(stages["key"], stages["name"], strict=True)
        if run_words.has_log(store.home, str(key))
    }
    with st.expander("Log, the last 200 kB", icon=":material/article:"):
        chosen = st.selectbox(
            "Log of",
            ["", *names],
            format_func=lambda key: names.get(key, "the run itself"),
            key=f"log_{run_id}",
        )
        home = store.home
        text = (
            run_words.stage_log_tail(home, chosen) if chosen else run_words.log_tail(home, run_id)
        )
        st.code(text, language=None, height=360)


def _made_with(store: Store, run_id: str) -> None:
    """Where the run worked, and what that took."""
    table = ask(store, view.resources_of, run_id=run_id)
    with st.expander("Resources and environment", icon=":material/memory:"):
        note(
            f"Runs on {launching.place_of(store.home, run_id)}",
            run_words.environment(ask(store, view.environment_of, run_id=run_id)),
        )
        if table.empty:
            note("No stage has finished yet.")
        else:
            st.dataframe(run_words.resources(table), hide_index=True, key="resources_table")


store = open_store()
st.title("Runs", anchor=False)
_filters.known_names("run", "state", "tag", "by", "find")
table = ask(store, view.runs, live=True, limit=MOST_RUNS)
if table.empty:
    empty_page(store, "Here will be every run with its stages, progress, failures and log.")
    running_now(store, lambda: not ask(store, view.runs, live=True).empty)
    st.stop()

table = run_words.listing(
    table,
    partial(launching.live_state, store.home),
    partial(run_notes.read, store.home),
)
listed = _listed(table)
run_ids = [str(name) for name in listed["run_id"]]
if run_ids:
    st.dataframe(
        run_words.runs(listed),
        hide_index=True,
        key="runs_table",
        height="content" if len(listed) < 7 else 290,
        on_select=lambda: _pick(run_ids),
        selection_mode="single-row",
        column_config={"Tags": st.column_config.ListColumn("Tags")},
        alt=f"{words.plural(len(listed), 'run')} in the chosen order.",
    )
run_id = _chosen(run_ids, [str(name) for name in table["run_id"]])
record = run_words.record_of(table, run_id)
state = str(record["live"])
st.subheader(words.escaped(f"Run {run_id}: {words.state(state)}"), anchor=False)
_actions(store, run_id, state)
_notes(store, run_id, run_words.tags_in(table))
_failures(store, run_id)
st.fragment(_stages, run_every=1.0 if words.is_active(state) else None)(store, run_id, state)
_made_with(store, run_id)
_log(store, run_id)
