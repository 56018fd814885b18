"""Choices that live in the URL and survive a change of page."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from xfer_core.charts import words


def choose(
    label: str,
    options: Sequence[str],
    name: str,
    *,
    show: Callable[[str], str] = str,
    segmented: bool = False,
    default: str | None = None,
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
        chosen = st.selectbox(label, options, format_func=show, key=key)
    value = str(chosen if chosen is not None else wanted)
    remember(name, value, first)
    return value


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
