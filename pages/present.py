"""Present: order pinned charts, give each its message, show them without anything around."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages import _deck_editor as editor
from pages import _filters
from pages._first_deck import first_deck
from pages._frame import ask, is_dark, note, open_store, refuse
from pages._pin import deck_home
from xfer_core import snapshots
from xfer_core.charts import slides, words
from xfer_core.decks import Deck, Slide
from xfer_core.domain.errors import XferError
from xfer_core.exports.html_deck import html_deck
from xfer_core.store import Store
from xfer_core.views import choices as choices_view

FULL = """<style>
[data-testid="stHeader"], [data-testid="stSidebar"], [data-testid="stToolbar"],
[data-testid="stStatusWidget"], [data-testid="stDecoration"] {display: none !important;}
.stApp {overflow: hidden;}
iframe {position: fixed; inset: 0; width: 100vw !important; height: 100vh !important;
    z-index: 999990; border: 0; background: BACKGROUND;}
</style>"""


@st.cache_data(max_entries=8, show_spinner=False)
def page_of(key: tuple[Any, ...], dark: bool, _title: str, _parts: tuple[Any, ...]) -> str:
    """The slides as one page; made once, however often the deck is shown."""
    shown, live, doubts = _parts
    return html_deck(_title, shown, dark=dark, framed=True, live=live, doubts=doubts)


def present(store: Store, deck: Deck) -> None:
    """Nothing but the slides; Esc leads back."""
    every = editor.shown_slides(store, deck)
    live = [slide.live for slide in deck.slides]
    doubts = [editor.doubts(slide, shown) for slide, shown in zip(deck.slides, every, strict=True)]
    key = (deck.id, deck.changed_at, *(one.alt for one in every), *(one.source for one in every))
    background = "#12161D" if is_dark() else "#FFFFFF"
    st.html(FULL.replace("BACKGROUND", background))
    page = page_of(key, is_dark(), deck.title, (every, live, doubts))
    with st.container(key="leave_present"):
        st.button("Leave", on_click=leave)
    st.iframe(page, height=600, alt=f"Slides of {deck.title}")


def leave() -> None:
    """Back to the editor, at the slide that was shown."""
    for name in ("present", "snapshot"):
        if name in st.query_params:
            del st.query_params[name]
    _filters.remember("slide", st.query_params.get("slide"))
    st.session_state.pop("_edited", None)


def begin(deck: Deck, number: int) -> None:
    """Show the deck from this slide on; the address says which, so it can be passed on."""
    st.query_params["present"], st.query_params["deck"] = "1", deck.id
    st.query_params["snapshot"] = deck.slides[number - 1].snapshot
    st.query_params["slide"] = str(number)


def addressed(store: Store, deck: Deck | None, snapshot_id: str) -> Deck | None:
    """The deck of the address; a picture that is in no deck any more stands alone."""
    if deck and any(slide.snapshot == snapshot_id for slide in deck.slides):
        return deck
    snapshot = snapshots.load(deck_home(store), snapshot_id)
    slide = Slide("alone", snapshot_id, slides.proposal(snapshot).text)
    return Deck("alone", "One slide", (slide,), snapshot_id)


store = open_store()
_filters.known_names("deck", "slide", "present", "snapshot")
known = editor.deck_list(store)
wanted = st.query_params.get("deck")
named = next((deck for deck in known if deck.id == wanted), None)
current = named or (known[0] if known else None)
if st.query_params.get("present"):
    try:
        asked = st.query_params.get("snapshot")
        chosen = addressed(store, current, asked) if asked else current
        if chosen and chosen.slides:
            present(store, chosen)
            st.stop()
    except XferError as error:
        refuse(error)
    _filters.remember("present", None)

st.title("Present", anchor=False)
if not known:
    has_results = bool(ask(store, choices_view.choices).encoders)
    with st.container(border=True):
        st.subheader("No slides yet", anchor=False)
        st.write(
            "Here will be the charts that you take to a meeting, each with one message: in order, "
            "with notes, full screen or as PPTX and HTML."
        )
        st.write("Press “Pin to deck” below any chart. What you pin keeps its numbers.")
        with st.container(horizontal=True, vertical_alignment="center"):
            if has_results:
                st.button(
                    "Pin the main charts for me",
                    type="primary",
                    icon=":material/auto_awesome_mosaic:",
                    on_click=first_deck,
                    args=(store,),
                )
            st.page_link("pages/heatmap.py", label="Open the heatmap", icon=":material/grid_on:")
    st.stop()

titles = {deck.id: deck.title for deck in known}
with st.container(horizontal=True, vertical_alignment="bottom"):
    deck_id = _filters.choose("Deck", list(titles), "deck", show=titles.__getitem__)
    deck = next(each for each in known if each.id == deck_id)
    place = st.container(width="content")
    editor.deck_menu(store, deck)
    files = st.container(width="content")
if not deck.slides:
    st.info(
        f"“{words.escaped(deck.title)}” has no slides yet. Press “Pin to deck” below any chart.",
        icon=":material/push_pin:",
    )
    st.page_link("pages/heatmap.py", label="Open the heatmap", icon=":material/grid_on:")
    st.stop()

every = editor.readable(store, deck)
if every is None:
    st.stop()
left, right = st.columns([0.32, 0.68], gap="large")
with left:
    slide = editor.slide_list(store, deck, every)
    note(
        "While presenting: arrow keys or Page Up and Page Down turn the slides, T shows the "
        "numbers as a table, Esc leads back here."
    )
number = deck.place(slide.id)
with files:
    editor.export_buttons(deck, every)
with place:
    st.button(
        "Present",
        type="primary",
        icon=":material/slideshow:",
        on_click=begin,
        args=(deck, number + 1),
        help="Full screen, from the chosen slide on.",
    )
with right:
    editor.slide_editor(store, deck, slide, every[number])
