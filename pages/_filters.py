"""Choices that live in the URL and survive a change of page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import streamlit as st

from xfer_core.charts import words

BETWEEN = "~"
"""Between several values of one part of the URL; no name of a task or language has it."""


def choose(
    label: str,
    options: Sequence[str],
    name: str,
    *,
    show: Callable[[str], str] = str,
    segmented: bool = False,
    default: str | None = None,
    width: int | Literal["stretch"] = "stretch",
    help: str | None = None,
) -> str:
    """One of the options, kept in the URL as ``name=option`` unless it is the default.

    An option in the URL that does not exist is ignored, and the page says so.
    """
    first = default if default in options else options[0]
    wanted = _wanted(name, options, first, label)
    key = f"choice_{name}"
    if segmented:
        # A value from the session would not be highlighted after a change of page.
        chosen = st.segmented_control(
            label, options, required=True, default=wanted, format_func=show, key=key
        )
    else:
        if st.session_state.get(key) not in options:
            st.session_state[key] = wanted
        chosen = st.selectbox(label, options, format_func=show, key=key, width=width, help=help)
    value = str(chosen if chosen is not None else wanted)
    remember(name, value, first)
    return value


def choose_some(
    label: str, options: Sequence[str], name: str, *, show: Callable[[str], str] = str
) -> tuple[str, ...] | None:
    """Some of the options in their order, kept in the URL with "~" between them; None is all."""
    key = f"choice_{name}"
    wanted = [each for each in (kept(name) or "").split(BETWEEN) if each]
    for each in wanted:
        if each not in options and name in st.query_params:
            ignored(label, each)
    known = [each for each in options if each in wanted]
    if not set(st.session_state.get(key, ["?"])) <= set(options):
        st.session_state[key] = known
    chosen = st.multiselect(label, options, format_func=show, key=key, placeholder="all")
    # In the order of the options, not in that of the clicks: one view has one address.
    in_order = tuple(each for each in options if each in chosen)
    remember(name, BETWEEN.join(in_order) or None)
    return in_order or None


def clear(*names: str) -> None:
    """Take choices back to their defaults, in the URL and in the session."""
    for name in names:
        remember(name, None)
        st.session_state.pop(f"choice_{name}", None)


def nothing_left(what: str, filters: Mapping[str, str]) -> None:
    """Say which filters leave nothing, with a button for each that clears it.

    Args:
        what: the sentence that says what is missing.
        filters: name in the URL and words, such as {"language": "language Swahili"}.
    """
    with st.container(border=True):
        st.markdown(f"**{words.escaped(what)}**")
        if not filters:
            return
        st.write(f"It is left out by {words.escaped(' and '.join(filters.values()))}.")
        with st.container(horizontal=True):
            for name, said in filters.items():
                st.button(f"Clear {said}", key=f"clear_{name}", on_click=clear, args=(name,))
            if len(filters) > 1:
                st.button("Clear all filters", on_click=clear, args=tuple(filters), type="primary")


def known_names(*names: str) -> None:
    """Ignore what else the URL asks for, and say so once."""
    for name in [name for name in st.query_params if name not in names]:
        del st.query_params[name]
        st.info(
            f"The address has a part “{words.escaped(name[:60])}” that this page does not know; "
            "it was ignored.",
            icon=":material/link_off:",
        )


def remember(name: str, value: str | None, default: str | None = None) -> None:
    """Keep a value for the session and in the URL; the default leaves the URL clean."""
    st.session_state[f"kept_{name}"] = value
    if value is None or value == default:
        if name in st.query_params:
            del st.query_params[name]
    elif st.query_params.get(name) != value:
        st.query_params[name] = value


def keep(name: str, value: str) -> None:
    """Keep a value for the session alone; the URL stays as it is."""
    st.session_state[f"kept_{name}"] = value


def kept(name: str) -> str | None:
    """The value in the URL, else the one chosen earlier in this session."""
    return st.query_params.get(name) or st.session_state.get(f"kept_{name}")


def ignored(label: str, value: str) -> None:
    """Say that something in the URL is not known here."""
    st.info(
        f"The address asks for {words.escaped(label.lower())} “{words.escaped(value[:60])}”, "
        "which this store does not have; it was ignored.",
        icon=":material/link_off:",
    )


def _wanted(name: str, options: Sequence[str], first: str, label: str) -> str:
    value = st.query_params.get(name)
    if value and value not in options:
        ignored(label, value)
        return first
    earlier = kept(name)
    return earlier if earlier in options else first
