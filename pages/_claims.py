"""Parts of the Evidence page: a claim's card, its details, and what launches its missing runs."""

from __future__ import annotations

import streamlit as st

from pages import _filters
from pages._frame import ask, note, start
from pages._rerun import show_preview
from xfer_core.charts import claim_words, latency_words, theme, words
from xfer_core.claims.board import Judged
from xfer_core.claims.recommending import recommend
from xfer_core.specification import Spec
from xfer_core.store import Store
from xfer_core.views.claim_cells import claim_cells

PROPOSED = "_claim_runs"


def chosen(shown: list[Judged]) -> Judged:
    """The claim in the URL if it is among those shown, else the first that results decide."""
    by_id = {one.claim.id: one for one in shown}
    wanted = _filters.kept("claim")
    if wanted in by_id:
        return by_id[str(wanted)]
    asked = st.query_params.get("claim")
    if asked:
        _filters.ignored("Claim", asked)
        _filters.remember("claim", None)
    return next((one for one in shown if one.claim.is_measured), shown[0])


def card(one: Judged, is_chosen: bool) -> None:
    """Verdict, words and proof of a claim; a button shows the rest."""
    said, icon, color = claim_words.VERDICTS[str(one.finding.verdict)]
    with st.container(border=True, key=f"card_{one.claim.id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge(said, icon=f":material/{icon}:", color=color)
            st.markdown(f":small[{one.claim.id} · {one.claim.kind} · {words.escaped(one.catalog)}]")
            st.space("stretch")
            st.button(
                "Shown" if is_chosen else "Details",
                key=f"claim_{one.claim.id}",
                disabled=is_chosen,
                on_click=_choose,
                args=(one.claim.id,),
            )
        st.markdown(f"**{words.escaped(one.claim.claim)}**")
        note(one.finding.evidence)


def details(store: Store, one: Judged) -> None:
    """What would show the claim, the cells behind the verdict, and the button that fills gaps."""
    said, icon, color = claim_words.VERDICTS[str(one.finding.verdict)]
    with st.container(border=True):
        st.subheader(words.escaped(one.claim.claim), anchor=False)
        st.badge(said, icon=f":material/{icon}:", color=color)
        st.write(words.escaped(one.finding.evidence))
        st.markdown(f"**What would show it.** {words.escaped(one.claim.shows)}.")
        note(f"Claimed by: {one.claim.source} · rule {one.claim.rule}")
        if one.missing_runs:
            _missing(store, one)
        elif one.hindrance:
            st.info(words.escaped(one.hindrance))
        if one.finding.cells:
            _cells(store, one)


def budget_field() -> float | None:
    """The latency that a model may have, kept in the URL as ``within``; None is no limit."""
    kept = latency_words.as_limit(_filters.kept("within"))
    budget = st.number_input(
        "At most, ms per input",
        min_value=0.1,
        max_value=100_000.0,
        value=kept,
        format="%g",
        key="recommend_within",
        placeholder="no limit",
    )
    _filters.remember("within", None if budget is None else f"{budget:g}")
    return budget


def recommendation(
    store: Store, *, target: str, language: str, encoder: str | None, budget_ms: float | None
) -> None:
    """What to use, the ranking behind it, and the run that would reduce the doubt most.

    The arguments are those of ``recommend``, and so are the numbers.

    Raises:
        XferError: there is nothing to recommend from.
    """
    asked = {"target": target, "language": language, "encoder": encoder, "budget_ms": budget_ms}
    found = ask(store, recommend, **asked)
    st.markdown(f"### {words.escaped(found.sentence)}")
    note(*claim_words.budget_lines(found))
    rows = claim_words.ranks_table(found.ranks)
    st.dataframe(
        rows.style.format(claim_words.ranks_formats(), na_rep="–"),
        hide_index=True,
        key="ranks_table",
        placeholder="–",
    )
    if found.next_run is None:
        st.info("No further run is needed: the leader is sure.")
        return
    names = [name for name in found.next_run.intermediates if name != "none"]
    note(
        f"More seeds for {words.listed(map(theme.task_label, names))} would reduce the doubt most."
    )
    _propose_or_confirm(store, "recommend", (found.next_run,), "Launch that run")


def _choose(claim_id: str) -> None:
    _filters.remember("claim", claim_id)
    _drop()


def _missing(store: Store, one: Judged) -> None:
    note(f"Missing: {claim_words.runs_line(one.missing_runs)}.")
    _propose_or_confirm(store, one.claim.id, one.missing_runs, "Launch what is missing")


def _propose_or_confirm(store: Store, key: str, specs: tuple[Spec, ...], label: str) -> None:
    """A button; after it was pressed what would run, with "Start" and "Back"."""
    if st.session_state.get(PROPOSED) != key:
        st.button(
            label, type="primary", icon=":material/play_arrow:", on_click=_propose, args=(key,)
        )
        return
    possible = [show_preview(store, spec) for spec in specs]
    with st.container(horizontal=True):
        if all(possible):
            st.button("Start", type="primary", on_click=_start, args=(store, specs))
        st.button("Back", on_click=_drop)


def _propose(key: str) -> None:
    st.session_state[PROPOSED] = key


def _drop() -> None:
    st.session_state.pop(PROPOSED, None)


def _start(store: Store, specs: tuple[Spec, ...]) -> None:
    """Start them all at once: what they share is done once, the others wait for it."""
    if st.session_state.pop(PROPOSED, None) is None:
        return  # the same press came twice, which happens on a busy machine
    for spec in specs:
        if start(store, spec) is None:
            return


def _cells(store: Store, one: Judged) -> None:
    found = ask(
        store, claim_cells, catalog=one.catalog, encoder=one.encoder, cells=one.finding.cells
    )
    if found.empty:
        return
    st.markdown("**Cells behind it**")
    st.dataframe(
        claim_words.cells_table(found).style.format(claim_words.cells_formats(), na_rep="–"),
        hide_index=True,
        key="claim_cells",
        placeholder="–",
        height=min(38 * (len(found) + 1), 340),
    )
