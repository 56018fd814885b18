"""A task's source that asks several places in turn: folders and files first, then the hub."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from xfer_core.domain.language import LANGUAGES
from xfer_core.domain.task import SPLITS, Availability, Reach, Row
from xfer_core.sources.mapped import NoRows
from xfer_core.sources.place import Place


@dataclass(frozen=True)
class Chain:
    """The first place that has the rows here serves them, else the first that can fetch them.

    ``task`` is the name in messages; ``train_languages`` are those with training rows.
    """

    task: str
    places: tuple[Place, ...]
    train_languages: tuple[str, ...]

    def availability(self, split: str, language: str) -> Availability:
        """Whether the rows are here, can be fetched, or are missing and why; no connection."""
        found = [place.availability(split, language) for place in self.places]
        for reach in (Reach.HERE, Reach.FETCHABLE):
            for one in found:
                if one.reach is reach:
                    return self._told(one)
        # A folder that nobody has set up explains nothing, unless there is no other place.
        tried = [one for one in found if one.place] or found
        return Availability(Reach.MISSING, "", " ".join(one.why for one in tried))

    def rows(self, split: str, language: str) -> list[Row]:
        """The rows of the first place that has them; fetched first where no place has them here.

        Raises:
            DataError: no place has them, or what a place has is not what the task declares.
        """
        try:
            return self.rows_here(split, language)
        except NoRows:
            place = next(self._serving(split, language, Reach.FETCHABLE), None)
            if place is None:
                raise
            place.fetch(split, language)
            return place.rows(split, language)

    def rows_here(self, split: str, language: str) -> list[Row]:
        """As ``rows``, but opens no connection.

        Raises:
            NoRows: no place has them here.
            DataError: what a place has is not what the task declares.
        """
        hidden: NoRows | None = None
        for place in self._serving(split, language, Reach.HERE):
            try:
                return place.rows(split, language)
            except NoRows as error:  # such as XTREME's files without their labels
                hidden = hidden or error
        raise hidden or self._missing(split, language)

    def fetch(self, split: str, language: str) -> None:
        """Bring the rows here for later work without a network; nothing to do if they are here.

        Raises:
            DataError: they are missing, or cannot be fetched.
        """
        if self.availability(split, language).reach is Reach.HERE:
            return
        place = next(self._serving(split, language, Reach.FETCHABLE), None)
        if place is None:
            raise self._missing(split, language)
        place.fetch(split, language)

    @property
    def revision(self) -> str:
        """What the last place is pinned to: the hub's commit, or "local" where there is no hub."""
        return self.places[-1].revision if self.places else ""

    @property
    def stamp(self) -> str:
        """Identity of all rows in all languages; ``stamp_of`` is the one of a single set."""
        parts = []
        for language in LANGUAGES:
            with suppress(KeyError):  # a language that the task does not speak
                parts += [self.stamp_of(split, language) for split in SPLITS]
        return _digest(self.task, *parts)

    def stamp_of(self, split: str, language: str) -> str:
        """Cheap identity of one set of rows and of the code that reads it; no connection."""
        place, _ = self._first(split, language)
        told = place.stamp(split, language) if place else "missing"
        return _digest(self.task, split, language, told)

    def fingerprint(self, split: str, language: str) -> str:
        """Identity of one set of rows on every machine: the bytes of files, or a commit.

        Rows that are not here have the identity of what would be fetched; opens no connection.
        """
        place, reach = self._first(split, language)
        if place is None or reach is not Reach.HERE:
            return self.stamp_of(split, language)
        tell = getattr(place, "fingerprint", place.stamp)
        return _digest(self.task, split, language, tell(split, language))

    def _first(self, split: str, language: str) -> tuple[Place | None, Reach]:
        """The place that serves the rows: one that has them here, else one that can fetch them."""
        fetching: Place | None = None
        for place in self.places:
            reach = place.availability(split, language).reach
            if reach is Reach.HERE:
                return place, reach
            if reach is Reach.FETCHABLE and fetching is None:
                fetching = place
        return fetching, Reach.FETCHABLE if fetching else Reach.MISSING

    def _serving(self, split: str, language: str, reach: Reach) -> Iterator[Place]:
        """Places at which the rows are within that reach, in their order."""
        for place in self.places:
            if place.availability(split, language).reach is reach:
                yield place

    def _told(self, one: Availability) -> Availability:
        if one.reach is Reach.FETCHABLE:
            why = f"{one.why} Run 'xfer prefetch {self.task}' to bring it here."
            return Availability(one.reach, one.place, why.strip())
        return one

    def _missing(self, split: str, language: str) -> NoRows:
        why = self.availability(split, language).why
        return NoRows(f"There are no {split} rows of {self.task} in {language!r} here: {why}")


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
