"""A first deck in one click: the main charts, from the whole grid down to one cell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from pages._frame import ask, say_later
from pages._pin import deck_home, keep
from xfer_core import decks
from xfer_core.charts import compare_words, heatmap_words, latency_words
from xfer_core.domain.errors import XferError
from xfer_core.domain.language import ZERO_SHOT
from xfer_core.store import Store
from xfer_core.views import choices as choices_view
from xfer_core.views.accuracy_latency import accuracy_latency
from xfer_core.views.cell import cell
from xfer_core.views.choices import Choices
from xfer_core.views.compare import compare
from xfer_core.views.compare_sides import Side
from xfer_core.views.heatmap import heatmap

TITLE = "First findings"
Chart = tuple[str, pd.DataFrame, dict[str, Any]]
"""Kind of the slide, its table and its filters."""


def first_deck(store: Store) -> None:
    """A deck of the grid, its strongest target and cell, and the scatter, if they are measured."""
    home = deck_home(store)
    try:
        deck = decks.create(home, TITLE)
        for kind, table, choices in _main_charts(store):
            keep(store, deck.id, kind, table, choices, False)
    except (XferError, OSError) as error:
        say_later(str(error))


def _main_charts(store: Store) -> Iterator[Chart]:
    known = ask(store, choices_view.choices)
    if not known.pairs:
        return
    catalog, encoder = known.pairs[0]
    grid = {"catalog": catalog, "encoder": encoder, "language": ZERO_SHOT}
    table = ask(store, heatmap, **grid)
    yield "heatmap", table, grid
    best = heatmap_words.strongest(table)
    if best and table["gain_points"].notna().any():
        yield from _around(store, catalog, encoder, best)
    yield from _scatter(store, catalog, known)


def _around(store: Store, catalog: str, encoder: str, best: tuple[str, str]) -> Iterator[Chart]:
    """The target of the strongest gain, its languages, and the pair behind it."""
    intermediate, target = best
    one = {"catalog": catalog, "encoder": encoder, "target": target}
    yield "heatmap", ask(store, heatmap, **one), one
    place = {**one, "intermediate": intermediate, "language": ZERO_SHOT}
    yield "languages", ask(store, cell, **place).by_language, place
    sides = Side(encoder), Side(encoder, intermediate)
    found = ask(store, compare, catalog=catalog, target=target, a=sides[0], b=sides[1])
    if len(found.table):
        names = compare_words.names(*sides)
        told = compare_words.slide_choices(found, names, catalog, target, ZERO_SHOT)
        yield "compare", found.table, told


def _scatter(store: Store, catalog: str, known: Choices) -> Iterator[Chart]:
    """The first target on which two models can be told apart by their latency."""
    for target in known.targets:
        place = {"catalog": catalog, "target": target, "language": ZERO_SHOT}
        timed = ask(store, accuracy_latency, **place, every_condition=True)
        if timed["p50_ms"].notna().sum() > 1:
            # What was measured under other conditions is never in one picture.
            alike = next(latency_words.facets(timed))
            budget = latency_words.usual_budget(alike["p50_ms"].median())
            yield "scatter", alike, {**place, "budget": budget}
            return
