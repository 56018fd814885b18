"""The frame of the dashboard: page settings and the table of contents; no numbers."""

from __future__ import annotations

import streamlit as st

# A picture of our own: Streamlit fetches emoji and material icons for the tab from the network.
ICON = (
    '<svg viewBox="0 0 16 16"><path fill="#2B5FA8" d="M1 1h6v6H1zM9 9h6v6H9z"/>'
    '<path fill="#D67F3F" d="M9 1h6v6H9z"/><path fill="#B9BFCA" d="M1 9h6v6H1z"/></svg>'
)
st.set_page_config(page_title="Xfer", page_icon=ICON, layout="wide")

CONTENTS = (
    ("heatmap", "Heatmap", "grid_on"),
    ("overview", "Overview", "home"),
    ("accuracy_latency", "Accuracy vs latency", "scatter_plot"),
    ("compare", "Compare", "compare_arrows"),
    ("evidence", "Evidence", "fact_check"),
    ("launch", "Launch", "play_circle"),
    ("runs", "Runs", "list_alt"),
    ("present", "Present", "slideshow"),
    ("data", "Data", "dataset"),
)

page = st.navigation(
    [
        st.Page(
            f"pages/{name}.py",
            title=title,
            icon=f":material/{icon}:",
            url_path=name,
            default=name == "heatmap",
        )
        for name, title, icon in CONTENTS
    ],
    position="hidden" if "present" in st.query_params else "top",
)
page.run()
