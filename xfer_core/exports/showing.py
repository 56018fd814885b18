"""A deck of a store as slides ready to be drawn, with the newest data where a slide is live."""

from __future__ import annotations

from xfer_core import snapshots
from xfer_core.charts import slides
from xfer_core.charts.slides import Shown
from xfer_core.decks import Deck
from xfer_core.domain.errors import UsageError
from xfer_core.home import Home
from xfer_core.views.selection import Queryable
from xfer_core.views.slide import newest


def shown(home: Home, deck: Deck, store: Queryable | None = None) -> list[Shown]:
    """Every slide of a deck.

    Args:
        home: where the snapshots lie.
        deck: what to show.
        store: where live slides ask; without it they show what was frozen.

    Raises:
        UsageError: the deck has no slides.
        DataError: a snapshot is missing or was changed.
    """
    if not deck.slides:
        raise UsageError(f"Expected slides in deck {deck.title!r}; it is empty. Pin a chart first.")
    found = []
    for number, slide in enumerate(deck.slides, 1):
        snapshot = snapshots.load(home, slide.snapshot)
        live = newest(store, snapshot) if slide.live and store is not None else None
        found.append(slides.show(slide, snapshot, number, len(deck.slides), live))
    return found
