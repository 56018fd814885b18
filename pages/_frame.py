"""What every page shares: the open store, its notices, cached answers and the empty page."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from xfer_core import launching
from xfer_core.charts import theme, words
from xfer_core.domain.errors import StoreError, StoreOwned, StoreTooNew, XferError
from xfer_core.home import Home
from xfer_core.placing import Place
from xfer_core.specification import Spec, preset
from xfer_core.store import Store, sample

PACE_SECONDS = 2.0
PLOT_CONFIG = {"displayModeBar": False, "responsive": True}
_STYLE = """<style>
.stMainBlockContainer {padding: 4.2rem 2.5rem 2rem 2.5rem;}
@media (max-width: 1400px) {.stMainBlockContainer {padding: 4.2rem 1.5rem 2rem 1.5rem;}}
/* The accent colour is too dark for small text on the dark page. */
[data-testid="stButtonGroup"] [aria-checked="true"] p {color: TEXT;}
/* As tall as the selectors beside it, so that their labels stand in one line. */
[data-testid="stButtonGroup"] [role="radio"] {min-height: 2.5rem;}
/* Links show the focus as buttons do. */
a:focus-visible {outline: 2px solid ACCENT !important; outline-offset: 1px; border-radius: 4px;}
/* A card that guides: an edge in the accent colour, not a warning's fill. */
[class*="st-key-guide_"] {border-left: 4px solid ACCENT;}
h1 {letter-spacing: -0.01em;}
@media (prefers-reduced-motion: reduce) {
    * {transition: none !important; animation: none !important;}
}
</style>"""


@dataclass
class _Pace:
    """The version of the store that answers about results are given for."""

    version: int = -1
    looked_at: float = 0.0

    def version_of(self, store: Store) -> int:
        if time.monotonic() - self.looked_at > PACE_SECONDS:
            self.version, self.looked_at = store.version, time.monotonic()
        return self.version

    def hurry(self) -> None:
        """Look again at once, because somebody just did something."""
        self.looked_at = 0.0

    def hold(self) -> None:
        """Keep what is known a moment longer: nothing was measured since."""
        if self.version >= 0:
            self.looked_at = time.monotonic()


def open_store() -> Store:
    """The shared store, or the sample while it is loaded.

    Where it cannot be opened, the page says why and stops.
    """
    colors = theme.palette(is_dark())
    st.html(_STYLE.replace("TEXT", colors.text).replace("ACCENT", colors.accent))
    home = sample.place(Home.default())
    shown = home if home.runs.is_dir() else Home.default()
    try:
        store = _opened(str(shown.root))
    except StoreError as error:
        _refuse(error)
    if sample.is_sample(store.home):
        _sample_banner()
    for place, notice in enumerate(store.notices):
        _dismissable(notice, f"close_notice_{place}")
    if store.ingest_error:
        st.warning(words.escaped(store.ingest_error), icon=":material/warning:")
    for notice in st.session_state.pop("_notices", []):
        st.warning(words.escaped(notice), icon=":material/info:")
    return store


def _dismissable(notice: str, key: str) -> None:
    """A notice about what happened when the store was opened; each reader closes it once."""
    if notice in st.session_state.get("_closed_notices", ()):
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.info(words.escaped(notice), icon=":material/info:")
        st.button("Close", key=key, on_click=_close_notice, args=(notice,))


def _close_notice(notice: str) -> None:
    st.session_state.setdefault("_closed_notices", set()).add(notice)


def ask(store: Store, question: Callable[..., Any], live: bool = False, **choices: Any) -> Any:
    """The answer of a view, computed once per version of the store for all sessions.

    Training steps raise the version several times a second; only ``live`` questions follow each
    of them, the others look again after ``PACE_SECONDS``.
    """
    place = (f"{question.__module__}.{question.__name__}", str(store.home.root))
    version = store.version if live else _pace(str(store.home.root)).version_of(store)
    if is_held() and not live:
        version = st.session_state["_held_version"]
    try:
        return _answer(*place, version, tuple(sorted(choices.items())), store, question)
    except XferError as error:
        refuse(error)
        st.stop()


def hold(store: Store, held: bool, newest: bool = False) -> None:
    """Keep this reader's charts as they are now, or let them follow new results again.

    ``newest`` keeps them as the newest results make them, not as they are drawn.
    """
    st.session_state.pop("_held_version", None)
    if held:
        pace = _pace(str(store.home.root))
        if newest:
            pace.hurry()
        st.session_state["_held_version"] = pace.version_of(store)


def is_held() -> bool:
    """Whether this reader's charts wait for a click."""
    return "_held_version" in st.session_state


def is_dark() -> bool:
    """Whether the reader's page is dark."""
    return st.context.theme.type == "dark"


def show(figure: Any, key: str, alt: str) -> None:
    """Place a chart that is only looked at."""
    st.plotly_chart(figure, key=key, theme=None, config=PLOT_CONFIG, alt=alt)


def guide(name: str) -> Any:
    """A card that leads the reader, with an edge in the accent colour; for a with statement."""
    return st.container(border=True, key=f"guide_{name}")


def note(*lines: str) -> None:
    """Lines of small text at full contrast (captions are too pale); they may hold anything."""
    shown = [f":small[{words.escaped(line)}]" for line in lines if line]
    if shown:
        st.markdown("  \n".join(shown))


def say_later(notice: str) -> None:
    """Show a notice at the top of the page after the next rerun."""
    st.session_state.setdefault("_notices", []).append(notice)


def start(store: Store, spec: Spec, force: bool = False, place: Place | None = None) -> str | None:
    """Start a run and import its first lines, so that it is on the page at once.

    The answers about results stay as they are for a moment: working them out anew would only
    keep the reader waiting for the line that says "queued".

    Returns:
        The id of the run, or None; then the next run of the page says why there is none.
    """
    where = {} if place is None else {"place": place}
    try:
        if sample.is_sample(store.home):  # what is measured here is never laid among the sample
            _remove_sample()
            return launching.submit(Home.default().create(), spec, force=force, **where)
        run_id = launching.submit(store.home, spec, force=force, **where)
        store.import_new()
        _pace(str(store.home.root)).hold()
    except XferError as error:
        say_later(str(error))
        return None
    return run_id


def import_now(store: Store) -> None:
    """Bring what was just written onto the page."""
    store.import_new()
    _pace(str(store.home.root)).hurry()


def refuse(error: XferError) -> None:
    """Say in the error's own sentence what cannot be."""
    st.error(words.escaped(error), icon=":material/error:")


def launch_link() -> None:
    """Where what is missing can be asked for."""
    st.page_link("pages/launch.py", label="Launch a run", icon=":material/play_circle:")


def empty_page(store: Store, what: str) -> None:
    """A page without results yet: what will be here, how it gets here, and a button for it."""
    with st.container(border=True):
        st.subheader("Nothing measured yet", anchor=False)
        st.write(what)
        st.write(
            "The demo trains a few small models on this machine, without a network, and takes "
            "a few minutes. Its numbers are real measurements."
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                "Run the demo",
                type="primary",
                icon=":material/play_arrow:",
                on_click=_run_demo,
                args=(store,),
            )
            if sample.ARCHIVE.is_file():
                st.button(
                    "Load sample results",
                    icon=":material/grid_on:",
                    on_click=_load_sample,
                    help="A whole run of the mini benchmark, measured before; removed in a click.",
                )
            st.page_link("pages/launch.py", label="Choose tasks yourself", icon=":material/tune:")


def _sample_banner() -> None:
    """On every page, as long as the sample is loaded."""
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.badge("SAMPLE", icon=":material/science:", color="orange")
        st.markdown(
            "These results were measured before and came with Xfer. Nothing of yours is among them."
        )
        st.button("Remove the sample", icon=":material/close:", on_click=_remove_sample)


def _load_sample() -> None:
    try:
        sample.unpack(Home.default())
    except XferError as error:
        say_later(str(error))


def _remove_sample() -> None:
    """Close the sample's store for everybody, then delete it."""
    home = Home.default()
    _opened.clear(str(sample.place(home).root))
    sample.remove(home)


def _run_demo(store: Store) -> None:
    try:
        start(store, Spec.parse(preset("demo")))
    except XferError as error:
        say_later(str(error))


@st.cache_resource(show_spinner="Opening the store …", on_release=Store.close)
def _opened(root: str) -> Store:
    store = Store.open(Home(Home.default(root).root))
    store.start_ingesting()
    return store


@st.cache_resource
def _pace(root: str) -> _Pace:
    return _Pace()


@st.cache_data(max_entries=256, show_spinner=False)
def _answer(
    name: str,
    root: str,
    version: int,
    choices: tuple[tuple[str, Any], ...],
    _store: Store,
    _question: Callable[..., Any],
) -> Any:
    return _question(_store, **dict(choices))


def _refuse(error: StoreError) -> None:
    titles = {
        StoreOwned: "Another dashboard already uses this store",
        StoreTooNew: "This store was written by a newer Xfer",
    }
    st.title(titles.get(type(error), "The store cannot be opened"), anchor=False)
    st.error(words.escaped(error), icon=":material/lock:")
    if isinstance(error, StoreOwned):
        st.write("Use the other dashboard, or close it and load this page again.")
    st.stop()
