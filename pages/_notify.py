"""A notification of the desktop when a run ends, for a reader who asks for it.

The browser asks the reader for leave once; nothing is sent anywhere, and only an open tab tells.
"""

from __future__ import annotations

import json
from typing import Any

import streamlit as st

from xfer_core.charts import words

_ASK = """<script>
if ("Notification" in window && Notification.permission === "default") {
    Notification.requestPermission();
}
</script>"""
_TELL = """<script>
if ("Notification" in window && Notification.permission === "granted") {
    new Notification("Xfer", {body: BODY, tag: BODY});
}
</script>"""


def offer() -> None:
    """The switch; what it says holds on every page of this tab."""

    def switched() -> None:
        st.session_state["_notify"] = st.session_state["notify_switch"]

    st.session_state["notify_switch"] = st.session_state.get("_notify", False)
    wanted = st.toggle(
        "Notify me when it ends",
        key="notify_switch",
        on_change=switched,
        help="A notification of your desktop, if the browser may show one, while this tab is open.",
    )
    if wanted:
        st.html(_ASK, unsafe_allow_javascript=True)


def tell_of_the_end(active: set[str], table: Any) -> None:
    """Notify of the runs that were at work when this tab last looked and are no more.

    Args:
        active: ids of the runs at work now.
        table: all runs, as the view ``runs`` gives them.
    """
    before = st.session_state.get("_seen_active", set())
    st.session_state["_seen_active"] = active
    if st.session_state.get("_notify") and before - active:
        for record in table[table["run_id"].isin(before - active)].to_dict("records"):
            body = json.dumps(words.run_ended(record)).replace("<", "\\u003c")
            st.html(_TELL.replace("BODY", body), unsafe_allow_javascript=True)
