"""Where a run works: this machine or a Ray cluster, as a choice on a form."""

from __future__ import annotations

import streamlit as st

from pages._frame import refuse
from xfer_core.domain.errors import XferError
from xfer_core.placing import LOCAL, RAY, Place

TITLES = {LOCAL: "This machine", RAY: "Ray cluster"}


def choose_place(key: str, first: Place | None = None) -> Place | None:
    """The chosen place; None if it cannot be, which is said.

    Args:
        key: tells this choice from another one.
        first: what is chosen at first; None is this machine.
    """
    usual = first or Place()
    chosen = st.segmented_control(
        "Runs on",
        list(TITLES),
        default=usual.executor if usual.executor in TITLES else LOCAL,
        required=True,
        format_func=TITLES.__getitem__,
        key=f"executor_{key}",
    )
    if chosen != RAY:
        return Place()
    address = st.text_input(
        "Address of the cluster",
        usual.address,
        key=f"ray_address_{key}",
        placeholder="host:port, such as 10.0.0.1:6379",
        help="Empty: what RAY_ADDRESS names, else a Ray of its own on this machine.",
    )
    storage = st.text_input(
        "Checkpoints that all nodes reach",
        usual.storage,
        key=f"ray_storage_{key}",
        placeholder="the store folder",
        help="A URL such as s3://bucket/xfer, or a folder under the same path on all nodes.",
    )
    try:
        place = Place(RAY, address.strip(), storage.strip())
        place.check_installed()
    except XferError as error:
        refuse(error)
        return None
    return place
