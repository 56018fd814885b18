"""Every empty, partial and error state: what it is, why it is so, and what can be done next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import browse_stores
import pytest
import store_builder
from browse_stores import PAIRED
from streamlit.testing.v1 import AppTest

from tests import deck_samples
from xfer_core import decks, snapshots, spool
from xfer_core.home import Home
from xfer_core.snapshots import Snapshot

Opened = Callable[..., AppTest]
Written = Callable[[Home], None]


def empty(home: Home) -> None:
    """Nothing was ever run."""


def full(home: Home) -> None:
    """Every look at once, with two seeds and few examples, which is soon imported."""
    store_builder.write_full(home, seeds=(1, 2), examples=8)


def cells(*pairs: tuple[str, str], **how: Any) -> Written:
    return lambda home: browse_stores.write(home, "run-1", pairs or PAIRED, **how)


def older(home: Home) -> None:
    """Two settings of the same cell."""
    browse_stores.write(home, "run-1", PAIRED, (1, 2), variant="v1")
    browse_stores.write(home, "run-2", PAIRED, settings={"target": {"steps": 200}}, variant="v2")


def deckful(home: Home) -> None:
    cells()(home)
    decks.create(home, "Monday")


def forged(home: Home) -> None:
    """A slide whose numbers were changed by hand."""
    cells()(home)
    table = deck_samples.gains({"row": "mini-mnli", "column": "mini-xnli"})
    taken = Snapshot.take("heatmap", table, deck_samples.GRID)
    deck_samples.deck(home, [taken])
    path = home.root.joinpath(*snapshots.FOLDER, f"{taken.id}.json")
    spool.publish(path, {**(spool.read_json(path) or {}), "kind": "scatter"})


def lost(home: Home) -> None:
    """A run whose runner is gone without a word."""
    store_builder.write_running(home)


def damaged(home: Home) -> None:
    cells()(home)
    (home.root / "xfer.duckdb").write_bytes(b"not a database")


@dataclass(frozen=True)
class State:
    """A state of a page.

    ``cause`` is read on it; the next step is a control (``offers``: part of its label) or, where
    only the reader can do it, a sentence (``tells``).
    """

    name: str
    page: str
    store: Written
    cause: str
    offers: str = ""
    tells: str = ""
    query: dict[str, str] = field(default_factory=dict)


def each_empty(cause: str, offers: str, *pages: str) -> list[State]:
    return [State(f"{page} without runs", page, empty, cause, offers) for page in pages]


NOTHING = "mini-sst~mini-mmlu"
STATES = [
    *each_empty("Nothing measured yet", "Run the demo", "heatmap", "overview", "compare"),
    *each_empty("Nothing measured yet", "Run the demo", "accuracy_latency", "runs"),
    *each_empty("No slides yet", "Open the heatmap", "present"),
    State("claims without runs", "evidence", empty, "Not run yet", "Launch what is missing"),
    State(
        *("published without runs", "evidence", empty, "has a counterpart in this store yet"),
        *("Launch a run", "", {"tab": "Published"}),
    ),
    State(
        *("languages without runs", "evidence", empty, "Nothing is measured yet"),
        *("Launch a run", "", {"tab": "Languages"}),
    ),
    State(
        *("advice without runs", "evidence", empty, "nothing to recommend from"),
        *("Launch a run", "", {"tab": "What to use"}),
    ),
    State(
        *("no such claim", "evidence", empty, "No claim has this verdict and kind", ""),
        *("Choose others above", {"verdict": "contradicted", "kind": "data"}),
    ),
    State(
        *("one seed", "heatmap", cells(seeds=(1,)), "One seed only", "Rerun with a new seed"),
        "Add a seed",
    ),
    State(
        *("one seed, overview", "overview", cells(seeds=(1,)), "none stands after correction"),
        "in the heatmap",
    ),
    State(
        *("no baseline", "heatmap", cells(("mini-mnli", "mini-xnli")), "without a baseline"),
        "Run the baseline",
    ),
    State(
        *("no baseline, overview", "overview", cells(("mini-mnli", "mini-xnli"))),
        *("with a score but no baseline", "Browse the heatmap", "the heatmap's panel runs"),
    ),
    State("baseline alone", "heatmap", cells(PAIRED[0]), "Only the baseline", "Launch a run"),
    State("all failed", "heatmap", cells(ok=False), "No memory", "Open the runs and logs"),
    State("all failed, overview", "overview", cells(ok=False), "failed", "Look at the runs"),
    State(
        *("cell not run", "heatmap", full, "Not run yet", "Run this cell"),
        query={"cell": NOTHING},
    ),
    State(
        *("cell failed", "heatmap", full, "No memory", "Open its log"),
        query={"cell": "mini-csqa~mini-pos"},
    ),
    State(
        *("nothing left", "heatmap", cells(*PAIRED, ("none", "mini-tatoeba"))),
        *("Nothing is measured in this view", "Clear target tasks"),
        query={"targets": "mini-tatoeba", "language": "de"},
    ),
    State(
        *("older settings", "heatmap", older, "Not the newest results", ""),
        *("Choose the newest to run cells", {"settings": "run-1"}),
    ),
    State(
        *("unknown address", "heatmap", cells(), "does not know", "", "it was ignored"),
        {"nonsense": "1"},
    ),
    State("database damaged", "heatmap", damaged, "rebuilt", "Close"),
    State("no latency", "accuracy_latency", cells(), "No model has both", "Launch a run"),
    State(
        *("no subjects timed", "accuracy_latency", full, "no answers by subject", "", "such as"),
        {"as": "By subject", "target": "mini-xnli"},
    ),
    State(
        *("side missing", "compare", full, "What lacks", "Run this cell"),
        query={"target": "mini-mmlu", "a": "none/mini-s", "b": "mini-sst/mini-s"},
    ),
    State(
        *("no subjects", "compare", full, "has no answers by subject", "", "Choose a task"),
        {"show": "subjects", "target": "mini-xnli"},
    ),
    State(
        *("no curves", "compare", cells(), "No training step", "", "Show another part"),
        {"show": "curves"},
    ),
    State("deck without slides", "present", deckful, "has no slides yet", "Open the heatmap"),
    State("no deck", "present", cells(), "No slides yet", "Pin the main charts for me"),
    State("slide changed by hand", "present", forged, "was changed", "", "pin the chart again"),
    State("run failed", "runs", store_builder.write_failing, "No memory", "Retry what failed"),
    State("run lost", "runs", lost, "interrupted", "Resume"),
    State(
        *("no such run", "runs", cells(), "No run matches", "Show all runs"),
        query={"state": "failed"},
    ),
]


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_a_state_says_its_cause_and_the_next_step(state: State, home: Home, opened: Opened) -> None:
    assert state.offers or state.tells
    state.store(home)
    app = opened(state.page, **state.query)
    assert not app.exception
    found = said(app)
    assert state.cause in found
    assert state.tells in found
    offered = controls(app)
    assert not state.offers or any(state.offers in label for label in offered), offered


def said(app: AppTest) -> str:
    """All that can be read, without the signs that protect Markdown."""
    kinds = ("title", "subheader", "markdown", "error", "warning", "info", "text")
    found = [str(element.value) for kind in kinds for element in getattr(app, kind)]
    return "\n".join(found).replace("\\", "")


def controls(app: AppTest) -> list[str]:
    """The labels of what can be pressed."""
    pressed = [button.label for button in app.button if not button.disabled]
    return [*pressed, *(str(link.proto.label) for link in app.page_link)]
