"""The parts of the present page: the slides of a deck, the one that is edited, the exports."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from pages import _filters
from pages._frame import ask, is_dark, note, refuse, say_later, show
from pages._pin import FOOTINGS, deck_home
from xfer_core import decks, snapshots
from xfer_core.charts import headlines, slides, words
from xfer_core.charts.slides import Shown
from xfer_core.decks import Deck, Slide
from xfer_core.domain.errors import XferError
from xfer_core.exports import sheets
from xfer_core.exports.html_deck import html_deck
from xfer_core.exports.pptx_deck import pptx_deck
from xfer_core.home import Home
from xfer_core.store import Store
from xfer_core.views.slide import newest

PREVIEW = (860, 372)
"""Pixels of the chart beside the list of slides."""
FILES = (
    ("PPTX, editable", "pptx", lambda deck, every: pptx_deck(deck.title, every)),
    ("HTML, one file", "html", lambda deck, every: html_deck(deck.title, every).encode()),
    ("XLSX, all numbers", "xlsx", lambda deck, every: sheets.deck_workbook(deck.title, every)),
)


def live_table(store: Store, snapshot_id: str) -> pd.DataFrame | None:
    """What the chart of a snapshot would show now; asked once per version of the store."""
    return ask(store, _newest, root=str(deck_home(store).root), snapshot_id=snapshot_id)


def shown_slides(store: Store, deck: Deck) -> list[Shown]:
    """Every slide ready to be shown; live ones with the newest data.

    Raises:
        DataError: a snapshot is missing or was changed.
    """
    home, found = deck_home(store), []
    for number, slide in enumerate(deck.slides, 1):
        snapshot = snapshots.load(home, slide.snapshot)
        live = live_table(store, slide.snapshot) if slide.live else None
        found.append(slides.show(slide, snapshot, number, len(deck.slides), live))
    return found


def doubts(slide: Slide, shown: Shown) -> list[str]:
    """Why the data on a slide do not back its headline."""
    return headlines.doubts(slide.headline, shown.kind, shown.table, shown.choices, slide.proposed)


def export_buttons(deck: Deck, every: list[Shown]) -> None:
    """Files for other programs; each is made when it is asked for."""
    with st.popover("Export", icon=":material/download:"):
        for label, ending, make in FILES:
            st.download_button(
                label,
                data=lambda make=make: make(deck, every),
                file_name=f"{deck.id}.{ending}",
                key=f"export_{ending}",
                on_click="ignore",
                width="stretch",
            )
        note("Made on this machine, without a network. PNG, SVG and CSV: on the command line,")
        st.code(f"xfer export png --deck {deck.id}", language=None)


def deck_list(store: Store) -> list[Deck]:
    """All decks, the one changed last first."""
    return decks.known(deck_home(store))


def deck_menu(store: Store, deck: Deck) -> None:
    """Make another deck, or delete this one."""
    with st.popover("Decks", icon=":material/folder_open:"):
        st.text_input("Name of a new deck", key="new_deck", on_change=_create, args=(store,))
        with st.expander(f"Delete “{words.escaped(deck.title)}”"):
            st.write("Its slides go; addresses of single slides keep working.")
            st.button("Delete this deck", key="delete_deck", on_click=_remove, args=(store, deck))


def slide_list(store: Store, deck: Deck, every: list[Shown]) -> Slide:
    """The slides by headline, one of them chosen."""
    names = {slide.id: shown for slide, shown in zip(deck.slides, every, strict=True)}
    wanted = st.session_state.get("_edited")
    if wanted not in names:
        place = _filters.kept("slide") or "1"
        number = int(place) if place.isdigit() else 1
        wanted = deck.slides[min(max(number, 1), len(deck.slides)) - 1].id
    st.session_state["edited_slide"] = wanted

    def changed() -> None:
        st.session_state["_edited"] = st.session_state["edited_slide"]

    chosen = st.radio(
        "Slides",
        list(names),
        key="edited_slide",
        format_func=lambda name: _line(deck.slides[deck.place(name)], names[name]),
        on_change=changed,
    )
    st.session_state["_edited"] = chosen  # a slide that is moved stays the chosen one
    return deck.slides[deck.place(str(chosen))]


def slide_editor(store: Store, deck: Deck, slide: Slide, shown: Shown) -> None:
    """Headline, chart, note and place of one slide."""
    key = f"headline_{slide.id}_{hash_of(slide.headline)}"
    st.text_area(
        "Headline: the message of this slide in one sentence",
        value=slide.headline,
        key=key,
        height=80,
        max_chars=decks.LONGEST_HEADLINE,
        on_change=lambda: _edit(store, deck, slide, headline=st.session_state[key]),
    )
    _footing(store, deck, slide, shown)
    note(shown.evidence)
    if slides.has_figure(shown.kind):
        show(slides.figure(shown, is_dark(), *PREVIEW), f"preview_{slide.id}", shown.alt)
    note(shown.source)
    _moves(store, deck, slide)
    note_key = f"note_{slide.id}"
    st.text_area(
        "Note for the speaker (goes into the notes of the PPTX)",
        value=slide.note,
        key=note_key,
        height=80,
        max_chars=decks.LONGEST_NOTE,
        on_change=lambda: _edit(store, deck, slide, note=st.session_state[note_key]),
    )


def hash_of(text: str) -> str:
    """A short name of a text, so that a field takes over a change made elsewhere."""
    return f"{sum(place * ord(sign) for place, sign in enumerate(text, 1)) % 99_991}"


def _footing(store: Store, deck: Deck, slide: Slide, shown: Shown) -> None:
    """Whether the data back the headline: those of the slide, and those measured since."""
    proposal = headlines.propose(shown.kind, shown.table, shown.choices)
    found = doubts(slide, shown)
    newer = None if slide.live else _newer_doubts(store, slide)
    for doubt in found:
        st.warning(words.escaped(doubt), icon=":material/report:")
    if newer:
        st.warning(
            words.escaped(f"Results measured since then no longer back it. {newer}"),
            icon=":material/update:",
        )
    if not found and slide.headline == proposal.text:
        note(FOOTINGS[proposal.footing])
    elif slide.headline != proposal.text:
        st.button(
            f"Use instead: {words.escaped(proposal.text)}",
            key=f"propose_{slide.id}",
            icon=":material/auto_fix_high:",
            on_click=lambda: _edit(
                store, deck, slide, headline=proposal.text[: decks.LONGEST_HEADLINE]
            ),
        )


def _newer_doubts(store: Store, slide: Slide) -> str:
    snapshot = snapshots.load(deck_home(store), slide.snapshot)
    table = None if snapshot.sample else live_table(store, slide.snapshot)
    if table is None:
        return ""
    found = headlines.doubts(slide.headline, snapshot.kind, table, snapshot.choices, slide.proposed)
    old = headlines.doubts(
        slide.headline, snapshot.kind, snapshot.table, snapshot.choices, slide.proposed
    )
    return " ".join(doubt for doubt in found if doubt not in old)


def _moves(store: Store, deck: Deck, slide: Slide) -> None:
    """Order, copy, remove, live or frozen."""
    place, last = deck.place(slide.id), len(deck.slides) - 1

    def button(label: str, icon: str, edit: Callable[[Deck], Deck], disabled: bool = False) -> None:
        st.button(
            label,
            icon=f":material/{icon}:",
            key=f"{icon}_{slide.id}",
            disabled=disabled,
            on_click=lambda: _change(store, deck, edit),
        )

    with st.container(horizontal=True, vertical_alignment="center"):
        button("Earlier", "arrow_upward", lambda now: now.moved(slide.id, -1), place == 0)
        button("Later", "arrow_downward", lambda now: now.moved(slide.id, 1), place == last)
        button("Duplicate", "content_copy", lambda now: now.duplicated(slide.id))
        button("Delete", "delete", lambda now: now.without(slide.id))
        key = f"live_{slide.id}"
        st.toggle(
            "Live: follow new results",
            value=slide.live,
            key=key,
            on_change=lambda: _edit(store, deck, slide, live=st.session_state[key]),
            help="Off: the slide shows the numbers of its snapshot, next month too.",
        )


def _newest(store: Store, *, root: str, snapshot_id: str) -> pd.DataFrame | None:
    return newest(store, snapshots.load(Home(Path(root)), snapshot_id))


def _line(slide: Slide, shown: Shown) -> str:
    """Number and headline of a slide, and what the presenter has to know of it."""
    line = f"{shown.number}. {words.escaped(shown.headline)}"
    line += " :blue-badge[live]" if slide.live else ""
    return line + (" :orange-badge[not backed]" if doubts(slide, shown) else "")


def _create(store: Store) -> None:
    title = st.session_state.pop("new_deck", "")
    try:
        _filters.remember("deck", decks.create(deck_home(store), title).id)
        st.session_state.pop("choice_deck", None)
    except (XferError, OSError) as error:
        say_later(str(error))


def _remove(store: Store, deck: Deck) -> None:
    try:
        decks.remove(deck_home(store), deck.id)
        _filters.remember("deck", None)
        st.session_state.pop("choice_deck", None)
    except (XferError, OSError) as error:
        say_later(str(error))


def _edit(store: Store, deck: Deck, slide: Slide, **values: Any) -> None:
    _change(store, deck, lambda now: now.edited(slide.id, **values))


def _change(store: Store, deck: Deck, edit: Callable[[Deck], Deck]) -> None:
    try:
        decks.change(deck_home(store), deck.id, edit)
    except (XferError, OSError) as error:
        say_later(str(error))


def readable(store: Store, deck: Deck) -> list[Shown] | None:
    """The slides; None where one cannot be read, and then the page says why."""
    try:
        return shown_slides(store, deck)
    except XferError as error:
        refuse(error)
        return None
