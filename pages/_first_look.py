"""A guided first look in five short steps, on an empty or sample store, until it is closed."""

from __future__ import annotations

import streamlit as st

from pages._frame import guide
from xfer_core import visits
from xfer_core.charts import first_look_words as text
from xfer_core.home import Home
from xfer_core.store import Store, sample

NAME = "first look"


def first_look(store: Store, empty: bool = False) -> None:
    """One step at a time, with back, next and close; nothing once it was closed."""
    home = Home.default()
    if not (empty or sample.is_sample(store.home)) or visits.is_dismissed(home, NAME):
        return
    place = min(st.session_state.get("first_look", 0), len(text.STEPS) - 1)
    step = text.STEPS[place]
    with guide("first_look"):
        st.markdown(f"**First look · {place + 1} of {len(text.STEPS)} · {step.title}**")
        st.write(step.before if empty else step.text)
        with st.container(horizontal=True, vertical_alignment="center"):
            if place:
                st.button("Back", key="first_look_back", on_click=_go, args=(place - 1,))
            if place + 1 < len(text.STEPS):
                st.button("Next", key="first_look_next", on_click=_go, args=(place + 1,))
            if step.page and not empty:
                st.page_link(step.page, label=step.link)
            last = place + 1 == len(text.STEPS)
            st.button(
                "Done" if last else "Close",
                key="first_look_close",
                type="primary" if last else "tertiary",
                on_click=_close,
                args=(home,),
            )


def _go(place: int) -> None:
    st.session_state["first_look"] = place


def _close(home: Home) -> None:
    visits.dismiss(home, NAME)
