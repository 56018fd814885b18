"""Decks: ordered slides as JSON files in the store folder, beside the database that may be rebuilt.

A deck names snapshots (``snapshots.py``) and holds what a person wrote: headlines, notes, order.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from xfer_core import locks, snapshots, spool
from xfer_core.domain.errors import DataError, UsageError
from xfer_core.home import Home, checked_id
from xfer_core.snapshots import Snapshot

FOLDER = "decks"
FORMAT = 1
LONGEST_TITLE, LONGEST_HEADLINE, LONGEST_NOTE, MOST_SLIDES = 100, 200, 4000, 100


@dataclass(frozen=True)
class Slide:
    """One message: a headline over a chart."""

    id: str
    snapshot: str
    """Id of the frozen data."""
    headline: str
    proposed: str = ""
    """The headline that the rules proposed when it was pinned."""
    note: str = ""
    """For the speaker; goes into the notes of a PPTX."""
    live: bool = False
    """Whether the chart shows the newest data in place of the frozen ones."""


@dataclass(frozen=True)
class Deck:
    """An ordered collection of slides."""

    id: str
    title: str
    slides: tuple[Slide, ...] = ()
    changed_at: str = ""

    def place(self, slide_id: str) -> int:
        """Index of a slide.

        Raises:
            UsageError: it is not in this deck.
        """
        for place, slide in enumerate(self.slides):
            if slide.id == slide_id:
                return place
        raise UsageError(f"Slide {slide_id[:40]!r} is no longer in deck {self.title!r}.")

    def moved(self, slide_id: str, by: int) -> Deck:
        """The slide so many places further on; it stops at either end."""
        slides, place = list(self.slides), self.place(slide_id)
        slide = slides.pop(place)
        slides.insert(min(max(place + by, 0), len(slides)), slide)
        return replace(self, slides=tuple(slides))

    def duplicated(self, slide_id: str) -> Deck:
        """A copy of the slide behind it."""
        place = self.place(slide_id)
        copy = replace(self.slides[place], id=_new_id())
        return replace(self, slides=(*self.slides[: place + 1], copy, *self.slides[place + 1 :]))

    def without(self, slide_id: str) -> Deck:
        """The deck without the slide; its snapshot stays, for whoever kept the address."""
        place = self.place(slide_id)
        return replace(self, slides=(*self.slides[:place], *self.slides[place + 1 :]))

    def edited(self, slide_id: str, **values: Any) -> Deck:
        """The slide with another headline, note or choice of live data."""
        place = self.place(slide_id)
        slides = list(self.slides)
        slides[place] = _checked(replace(slides[place], **values))
        return replace(self, slides=tuple(slides))

    def with_slide(self, slide: Slide) -> Deck:
        """The slide behind all others.

        Raises:
            UsageError: the deck is full.
        """
        if len(self.slides) >= MOST_SLIDES:
            raise UsageError(
                f"Expected at most {MOST_SLIDES} slides in a deck; {self.title!r} is full. Start "
                "another one."
            )
        return replace(self, slides=(*self.slides, slide))


def create(home: Home, title: str) -> Deck:
    """A new deck without slides.

    Raises:
        UsageError: a title that is empty or too long.
    """
    clean = _line(title, LONGEST_TITLE, "title")
    if not clean:
        raise UsageError("Expected a name for the new deck; got none. Type one.")
    stem = re.sub(r"[^a-z0-9]+", "-", clean.lower()).strip("-")[:40] or "deck"
    deck = Deck(f"{stem}-{secrets.token_hex(2)}", clean)
    return _save(home, deck)


def load(home: Home, deck_id: str) -> Deck:
    """The deck of that id.

    Raises:
        DataError: there is none, or its file is no deck.
        UsageError: no such id can be.
    """
    values = spool.read_json(_path(home, deck_id))
    if values is None:
        names = ", ".join(sorted(path.stem for path in _path(home, deck_id).parent.glob("*.json")))
        raise DataError(
            f"Deck {deck_id!r} is not in this store, or its file is damaged; there are: "
            f"{names or 'none yet; pin a chart first'}."
        )
    try:
        slides = tuple(_checked(Slide(**slide)) for slide in values["slides"])
        title = _line(values["title"], LONGEST_TITLE, "title")
        return Deck(deck_id, title, slides, str(values["changed_at"]))
    except (KeyError, TypeError, AttributeError, UsageError) as error:
        raise DataError(
            f"decks/{deck_id}.json is not a deck ({error}); mend it or remove it."
        ) from error


def known(home: Home) -> list[Deck]:
    """All readable decks, the one changed last first."""
    found = []
    for path in sorted((home.root / FOLDER).glob("*.json")):
        try:
            found.append(load(home, path.stem))
        except (DataError, UsageError):
            continue
    return sorted(found, key=lambda deck: deck.changed_at, reverse=True)


def change(home: Home, deck_id: str, edit: Callable[[Deck], Deck]) -> Deck:
    """Read, edit and publish a deck; two windows never undo each other's edits."""
    with locks.exclusive(home.locks / "decks.lock"):
        return _save(home, edit(load(home, deck_id)))


def pin(home: Home, deck_id: str, snapshot: Snapshot, headline: str, live: bool = False) -> Slide:
    """Keep a snapshot and put a slide of it at the end of a deck."""
    slide = _checked(Slide(_new_id(), snapshots.save(home, snapshot), headline, headline, "", live))
    change(home, deck_id, lambda deck: deck.with_slide(slide))
    return slide


def remove(home: Home, deck_id: str) -> None:
    """Delete a deck; its snapshots stay."""
    with locks.exclusive(home.locks / "decks.lock"):
        _path(home, deck_id).unlink(missing_ok=True)


def _save(home: Home, deck: Deck) -> Deck:
    deck = replace(deck, changed_at=spool.now())
    slides = [asdict(slide) for slide in deck.slides]
    values = {"format": FORMAT, "title": deck.title, "changed_at": deck.changed_at}
    spool.publish(_path(home, deck.id), {**values, "slides": slides})
    return deck


def _path(home: Home, deck_id: str) -> Path:
    return home.root / FOLDER / f"{checked_id(deck_id)}.json"


def _new_id() -> str:
    return secrets.token_hex(4)


def _checked(slide: Slide) -> Slide:
    note = "\n".join(_line(part, LONGEST_NOTE, "note") for part in slide.note.splitlines())
    return replace(
        slide,
        id=checked_id(slide.id),
        headline=_line(slide.headline, LONGEST_HEADLINE, "headline"),
        proposed=_line(slide.proposed, 2 * LONGEST_HEADLINE, "headline"),
        note=note[:LONGEST_NOTE],
        live=bool(slide.live),
    )


def _line(text: str, longest: int, what: str) -> str:
    clean = " ".join(text.split())
    if len(clean) > longest:
        raise UsageError(
            f"Expected a {what} of at most {longest} characters; got {len(clean)}. Shorten it."
        )
    return clean
