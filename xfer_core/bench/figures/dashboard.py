"""DASHBOARD: ten readers on ten million scores, against limits of patience and MLflow's pages."""

from __future__ import annotations

import statistics

import numpy as np

from xfer_core.bench import browsing, large_store, side_by_side
from xfer_core.bench.figure import Figure, Found, Measurement, NotMeasured, Part, Settings
from xfer_core.bench.ratios import paired
from xfer_core.domain.errors import XferError
from xfer_core.domain.language import LANGUAGES
from xfer_core.home import Home

READERS, CHANGES = 10, 12
COLD = Part("DASHBOARD a", "first heatmap, cold", "4 s", 1.0)
WARM = Part("DASHBOARD b", "first heatmap, warm", "2 s", 1.0)
CHANGE = Part("DASHBOARD c", "another language, p95", "1 s", 1.0)
USUAL = Part("DASHBOARD d", "another language, median", "0.5 s", 1.0)
SLIDE = Part("DASHBOARD e", "next slide", "0.3 s", 1.0)
MEMORY = Part("DASHBOARD f", "memory of the server", "1.5 GiB", 1.0)
OPENED = Part("DASHBOARD g", "the main view opened", "MLflow's table of the same runs", None)
NARROWED = Part("DASHBOARD h", "the main view narrowed", "a search in MLflow's table", None)
ROUNDS = 5


def run(settings: Settings) -> Found:
    """Waits of real browsers in front of the real server."""
    size = settings.either(large_store.FULL, large_store.SMALL)
    home = Home(settings.folder / "dashboard").create()
    large_store.write(home, size)
    names = [LANGUAGES[code].name for code in list(LANGUAGES)[1 : size.languages]]
    readers, changes = settings.either((READERS, CHANGES), (2, 2))
    theirs = _tracked(settings, home, size)
    with browsing.serving(home, settings.folder / "serve.log") as (url, server):
        waits = browsing.watch(url, server, names, readers, changes)
        beside = _beside(settings, theirs, url, names)
    store = f"{size.scores:,} scores of {size.runs:,} runs in {size.languages} languages"
    many = (
        f"{readers} browsers at once on this machine, each choosing {len(waits.change) // readers} "
        "languages with pauses of 2 to 6 s; from the click to the finished page. The server worked "
        f"{waits.work:.2f} s of a core for each; the rest is the browsers'."
    )
    return {
        COLD.id: _within(4, waits.cold, f"{store}; the first page after the start."),
        WARM.id: _within(2, statistics.median(waits.warm), "As a new reader, the same page again."),
        CHANGE.id: _within(1, float(np.percentile(waits.change, 95)), many),
        USUAL.id: _within(0.5, statistics.median(waits.change), many),
        SLIDE.id: _within(0.3, max(waits.slide), f"Slowest of {len(waits.slide)}, by key."),
        MEMORY.id: _within(1.5, waits.memory_bytes / 2**30, "After the ten readers.", "GiB"),
        **beside,
    }


def _tracked(
    settings: Settings, home: Home, size: large_store.Size
) -> side_by_side.Tracked | XferError:
    """MLflow's store with the same runs and scores, or why there is none."""
    try:
        theirs = side_by_side.tracked(home, settings.folder / "mlflow")
    except XferError as error:
        return error
    if (theirs.runs, theirs.scores) == (size.runs, size.scores):
        return theirs
    return NotMeasured(
        f"Expected {size.runs:,} runs with {size.scores:,} scores in MLflow; "
        f"found {theirs.runs:,} with {theirs.scores:,}."
    )


def _beside(
    settings: Settings,
    theirs: side_by_side.Tracked | XferError,
    url: str,
    languages: list[str],
) -> Found:
    """One reader in front of both."""
    if isinstance(theirs, XferError):
        return {part.id: NotMeasured(str(theirs)) for part in (OPENED, NARROWED)}
    tasks = [name for name in large_store.INTERMEDIATES if name.isalnum()][1:]
    n = settings.either(ROUNDS, 1)
    try:
        with theirs.served() as table:
            found = side_by_side.rounds(url, table, languages[:n], tasks[:n])
    except NotMeasured as error:
        return {part.id: error for part in (OPENED, NARROWED)}
    same = (
        f"MLflow {theirs.version}, the same runs with all their scores in its default kind of "
        "store, in the same browser with one reader. Ours: "
    )
    return {
        OPENED.id: _against(
            found.ours_open,
            found.theirs_open,
            f"{same}the heatmap of gains. Theirs: the first 100 runs by date, without a gain.",
        ),
        NARROWED.id: _against(
            found.ours_narrow,
            found.theirs_narrow,
            f"{same}another language. Theirs: a search for the runs after one intermediate task.",
        ),
    }


def _against(ours: list[float], theirs: list[float], note: str) -> Measurement:
    middle = statistics.median(ours), statistics.median(theirs)
    return Measurement(paired(theirs, ours), *middle, "s", None, note)


def _within(limit: float, ours: float, note: str, unit: str = "s") -> Measurement:
    return Measurement((limit / ours,), ours, limit, unit, None, note)


REASON = (
    "All browsers run on the machine that serves them. One reader alone waits as long as "
    "DASHBOARD g and h say. A change costs a browser half a second of a core and more, so ten that "
    "draw at once keep two cores busy by themselves: c and d are theirs more than the server's. "
    "Of a warm start (b) two seconds are JavaScript of Streamlit and Plotly."
)
DASHBOARD = Figure(
    "DASHBOARD",
    (COLD, WARM, CHANGE, USUAL, SLIDE, MEMORY, OPENED, NARROWED),
    run,
    reason=REASON,
    by_name=True,
)
