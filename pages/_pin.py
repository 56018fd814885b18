"""The button that keeps a chart as it is now for a meeting: "Pin to deck"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from pages._frame import note, say_later
from xfer_core import decks
from xfer_core.charts import headlines, slides, theme, words
from xfer_core.domain.errors import XferError
from xfer_core.home import Home
from xfer_core.snapshots import Snapshot
from xfer_core.store import Store, sample

NEW = ""
"""Stands for a deck that is still to be made."""


def deck_home(store: Store) -> Home:
    """Where decks lie: in the user's own store, also while the sample is shown."""
    return Home.default() if sample.is_sample(store.home) else store.home


def pin_button(
    store: Store, kind: str, table: pd.DataFrame, choices: Mapping[str, Any], key: str = "pin"
) -> None:
    """A popover that pins the chart of this table with its filters.

    Args:
        store: whose numbers they are.
        kind: of the slide, one of ``snapshots.KINDS``.
        table: what the chart shows, in its order.
        choices: the filters, by the names that the view gives them.
        key: tells several buttons of a page apart.
    """
    with st.popover("Pin to deck", icon=":material/push_pin:", type="tertiary", key=f"{key}_open"):
        known = decks.known(deck_home(store))
        titles = {deck.id: deck.title for deck in known}
        options = [*titles, NEW]
        if st.session_state.get(f"{key}_deck") not in options:
            st.session_state[f"{key}_deck"] = options[0]
        chosen = st.selectbox(
            "Deck",
            options,
            format_func=lambda name: titles.get(name, "a new deck"),
            key=f"{key}_deck",
        )
        if chosen == NEW:
            st.text_input("Name of the new deck", key=f"{key}_title", placeholder="Monday meeting")
        st.toggle(
            "Live: follow new results",
            key=f"{key}_live",
            disabled=kind == "compare",
            help="Off: the slide keeps today's numbers, whatever is measured later.",
        )
        proposal = headlines.propose(kind, table, choices)
        st.markdown(f"**{words.escaped(proposal.text)}**")
        note(proposal.evidence, FOOTINGS[proposal.footing])
        st.button(
            "Pin",
            type="primary",
            key=f"{key}_now",
            on_click=_pin,
            args=(store, kind, table, dict(choices), key),
        )


FOOTINGS = {
    headlines.Footing.STANDS: "The data back this headline.",
    headlines.Footing.HEDGED: "Hedged: chance could explain what was seen.",
    headlines.Footing.REFUSED: "No claim is possible yet, so none is proposed.",
}


def _pin(store: Store, kind: str, table: pd.DataFrame, choices: dict[str, Any], key: str) -> None:
    home, state = deck_home(store), st.session_state
    try:
        deck_id = state.get(f"{key}_deck") or NEW
        if deck_id == NEW:
            deck_id = decks.create(home, state.get(f"{key}_title") or "Meeting").id
            state[f"{key}_deck"] = deck_id
        keep(store, deck_id, kind, table, choices, bool(state.get(f"{key}_live")))
        title = decks.load(home, deck_id).title
    except (XferError, OSError) as error:
        say_later(str(error))
        return
    state["kept_deck"] = deck_id
    state.pop("choice_deck", None)
    st.toast(f"Pinned to “{words.escaped(title)}”.", icon=":material/push_pin:")


def keep(
    store: Store,
    deck_id: str,
    kind: str,
    table: pd.DataFrame,
    choices: dict[str, Any],
    live: bool,
) -> None:
    """Take a snapshot of a chart and lay it behind the slides of a deck.

    Raises:
        XferError: what cannot be a slide.
    """
    snapshot = Snapshot.take(kind, table, choices, sample.is_sample(store.home))
    text = theme.shortened(slides.proposal(snapshot).text, decks.LONGEST_HEADLINE)
    decks.pin(deck_home(store), deck_id, snapshot, text, live)
