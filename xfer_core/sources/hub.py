"""Data sets on the Hugging Face hub, at a pinned revision, fetched once and then read offline."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from xfer_core.domain.errors import DataError
from xfer_core.domain.task import Availability, Reach, Row
from xfer_core.sources import fetching, receipts
from xfer_core.sources.code import code_of
from xfer_core.sources.mapped import RowOf, mapped
from xfer_core.sources.receipts import Split
from xfer_core.sources.tables import arrow_rows

__all__ = ["Hub", "Split"]
PLACE = "hub"


@dataclass(frozen=True)
class Hub:
    """One task's repositories.

    ``splits(split, language)`` names what a split is made of, () where the hub has no such rows;
    several are read one after the other. ``row(raw, split, language)`` makes the task's row of a
    raw one, None drops it; rows without an ``id`` are numbered. The library prepares whole
    configurations, so a split is fetched together with its siblings.
    """

    splits: Callable[[str, str], tuple[Split, ...]]
    row: RowOf

    name: ClassVar[str] = PLACE
    """As ``xfer tasks`` shows it."""

    def availability(self, split: str, language: str) -> Availability:
        """Here if every part has been fetched and its files are whole; asks no server."""
        parts = self.splits(split, language)
        if not parts:
            why = f"The hub has no {split} rows in {language!r}."
            return Availability(Reach.MISSING, PLACE, why)
        told = [why for part in parts if (why := _lack(part))]
        if not told:
            return Availability(Reach.HERE, PLACE)
        if fetching.is_offline():
            why = f"{told[0]} and HF_HUB_OFFLINE forbids to fetch it."
            return Availability(Reach.MISSING, PLACE, why)
        return Availability(Reach.FETCHABLE, PLACE, f"{told[0]}.")

    def rows(self, split: str, language: str) -> list[Row]:
        """The rows of what has been fetched; opens no connection.

        Raises:
            DataError: it has not been fetched, a file is damaged, a column or value is not as
                declared.
        """
        parts = self._parts(split, language)
        where = " + ".join(map(str, parts))
        return mapped(_raws(parts), self.row, split, language, where)

    def stamp(self, split: str, language: str) -> str:
        """The parts with their commits, as far as they are known, and the code that reads them."""
        told = [f"{part}@{_commit(part)}" for part in self.splits(split, language)]
        return " ".join([*told, code_of(self.splits, self.row)])

    def fingerprint(self, split: str, language: str) -> str:
        """The same as ``stamp``: a commit tells the content."""
        return self.stamp(split, language)

    def fetch(self, split: str, language: str) -> None:
        """Bring every part into the cache of the ``datasets`` library.

        Raises:
            DataError: the hub cannot be reached, or has no such repository, revision,
                configuration or split.
        """
        for part in self._parts(split, language):
            if _lack(part):
                fetching.fetch(part)

    @property
    def revision(self) -> str:
        """The revisions of what is tested and trained in English, else of what comes first."""
        found = {
            part.revision
            for split in ("train", "dev", "test")
            for language in ("en", "de", "fr")
            for part in self._known(split, language)
        }
        return ", ".join(sorted(found))

    def _parts(self, split: str, language: str) -> tuple[Split, ...]:
        parts = self.splits(split, language)
        if not parts:
            raise DataError(f"The hub has no {split} rows in {language!r}.")
        return parts

    def _known(self, split: str, language: str) -> tuple[Split, ...]:
        try:
            return self.splits(split, language)
        except KeyError:  # a language that the task does not speak
            return ()


def _raws(parts: tuple[Split, ...]) -> Iterator[dict[str, Any]]:
    for part in parts:
        found = receipts.found(part)
        if found is None or found.damage:
            raise DataError(f"Expected data that has been fetched; {_lack(part)}. Fetch it again.")
        for file in found.files:
            yield from arrow_rows(file)


def _lack(part: Split) -> str:
    """What is wrong with the copy of a split; "" if it is whole."""
    found = receipts.found(part)
    if found is None:
        return f"{part} has not been fetched"
    return f"{part} is not whole: {found.damage}" if found.damage else ""


def _commit(part: Split) -> str:
    if part.is_pinned:
        return part.revision
    found = receipts.found(part)
    return found.commit if found else part.revision
