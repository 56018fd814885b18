"""A new run: fill what is missing, or choose tasks; see what it would do, start."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages._executor import choose_place
from pages._filters import known_names
from pages._frame import ask, note, open_store, refuse, start
from pages._launch_form import choose_template, plan_form
from pages._rerun import confirm_box, propose_values, show_preview
from pages._running import running_now
from xfer_core.charts import launch_words, words
from xfer_core.domain.errors import XferError
from xfer_core.domain.run import NO_INTERMEDIATE
from xfer_core.specification import Spec
from xfer_core.store import Store
from xfer_core.views import gaps

BATCH = "_batch"


def _batch(store: Store) -> None:
    """What can be asked for all cells of a grid at once."""
    last = ask(store, gaps.last_request)
    if last is None:
        return
    before = last[1]
    encoders = [str(name) for name in before["encoders"]]
    with st.container(border=True):
        st.markdown("**All cells at once**")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            encoder = st.selectbox("Encoder", encoders, key="batch_encoder", width=240)
            grid = ask(store, gaps.grid, catalog=before["catalog"], encoder=encoder)
            missing, more = gaps.fill(grid, before), gaps.add_seed(grid, before)
            _propose(
                f"Fill {words.plural(len(grid.missing), 'missing cell')}"
                if missing
                else "No cell is missing",
                ":material/grid_on:",
                missing,
                "Every cell of this grid has a result.",
            )
            _propose(
                f"Add seed {grid.next_seed} to all {len(grid.seeds)} cells",
                ":material/add_circle:",
                more,
                "No cell has a result yet.",
            )
        total = len(grid.intermediates) * len(grid.targets)
        note(
            f"{encoder}: {len(grid.seeds)} of {total} cells measured with the newest settings. "
            f"Settings stay as in run {last[0]}; what is done is reused."
        )


def _propose(label: str, icon: str, values: dict[str, Any] | None, why_not: str) -> None:
    st.button(
        label,
        icon=icon,
        disabled=values is None,
        help=why_not if values is None else None,
        on_click=propose_values,
        args=(BATCH, values),
    )


def _measured(store: Store) -> dict[Any, Any]:
    """The cells that have a result, in the catalogue of the last run."""
    last = ask(store, gaps.last_request)
    return dict(ask(store, gaps.measured, catalog=last[1]["catalog"])) if last else {}


store = open_store()
st.title("Launch a run", anchor=False)
known_names("from")
note(
    "A run trains the encoder on an intermediate task, then on the target task, both in English, "
    "and measures it in every language. What is already done is reused."
)
before = _measured(store)
form, side = st.columns([0.64, 0.36], gap="medium")
with form:
    _batch(store)
    with st.container(border=True):
        try:
            name, first = choose_template(store)
            values = plan_form(name, first)
            spec = Spec.parse(
                {
                    **{key: first[key] for key in ("catalog_files",) if key in first},
                    **values,
                    "seeds": launch_words.seeds(values["seeds"]),
                }
            )
        except XferError as error:
            refuse(error)
            spec = None

with side:
    with st.container(border=True):
        place = choose_place("launch")
        if place is None or (spec is None and BATCH not in st.session_state):
            note("Change what the message says; then what will run is shown here.")
        elif BATCH in st.session_state:
            confirm_box(store, BATCH, place)
        elif spec is not None and show_preview(store, spec):
            added = "" if NO_INTERMEDIATE in values["intermediates"] else launch_words.WITH_BASELINE
            note(added)
            st.button(
                "Start",
                type="primary",
                icon=":material/play_arrow:",
                width="stretch",
                on_click=start,
                args=(store, spec, False, place),
            )
    running_now(store, lambda: _measured(store) != before, charts=False)
