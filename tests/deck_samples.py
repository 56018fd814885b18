"""Decks over the full store of the page tests: one slide of every kind, and a hand-worked grid."""

from __future__ import annotations

from typing import Any

import pandas as pd

from tests import latency_store
from tests.pages import store_builder
from xfer_core import decks
from xfer_core.charts import latency_words, slides
from xfer_core.decks import Deck
from xfer_core.home import Home
from xfer_core.snapshots import Snapshot
from xfer_core.store import Store
from xfer_core.views.accuracy_latency import accuracy_latency
from xfer_core.views.cell import cell
from xfer_core.views.heatmap import heatmap

GRID = {"catalog": "mini", "encoder": "mini-s", "language": "zero-shot", "target": None}
ONE = {"catalog": "mini", "encoder": "mini-s", "target": "mini-xnli"}
SCATTER = {"catalog": "mini", "target": "mini-mmlu", "language": "zero-shot", "budget": 10.0}
CELL = {**GRID, "target": "mini-tatoeba", "intermediate": "mini-mnli"}


def write(home: Home) -> None:
    """A store with gains of every look and latencies of several back ends."""
    store_builder.write_full(home)
    latency_store.write(home, seeds=(1, 2))


def snapshots_of(store: Store) -> list[Snapshot]:
    """One snapshot of each chart that a page pins, but for a comparison."""
    place = {name: SCATTER[name] for name in ("catalog", "target", "language")}
    timed = accuracy_latency(store, **place, every_condition=True)
    return [
        Snapshot.take("heatmap", heatmap(store, **GRID), GRID),
        Snapshot.take("heatmap", heatmap(store, **ONE), ONE),
        Snapshot.take("scatter", next(latency_words.facets(timed)), SCATTER),
        Snapshot.take("languages", cell(store, **CELL).by_language, CELL),
    ]


def deck(home: Home, taken: list[Snapshot], title: str = "Monday meeting") -> Deck:
    """A deck of these snapshots with the proposed headlines."""
    made = decks.create(home, title)
    for snapshot in taken:
        decks.pin(home, made.id, snapshot, slides.proposal(snapshot).text)
    return decks.load(home, made.id)


def gains(*cells: dict[str, Any]) -> pd.DataFrame:
    """A small heatmap table; what a cell leaves out is that of a clear gain with three seeds."""
    usual = {
        **{"catalog": "mini", "encoder": "mini-s", "metric": "accuracy", "state": "measured"},
        **{"message": "", "language": "zero-shot", "score": 0.6, "baseline": 0.55},
        **{"gain_points": 5.0, "sd_points": 1.0, "n_seeds": 3, "ci_low": 3.0, "ci_high": 7.0},
        **{"p_value": 0.01, "significant": True, "n_languages": 7, "n_examples": 700},
        **{"seeds": [1, 2, 3], "seed_scores": [0.6] * 3, "seed_baselines": [0.55] * 3},
        **{"recorded_at": pd.Timestamp("2026-11-22", tz="UTC"), "variant": "v1"},
    }
    rows = [{**usual, **each} for each in cells]
    table = pd.DataFrame(rows)
    return table.assign(intermediate=table["row"], target=table["column"])
