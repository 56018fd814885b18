"""What every place that rows may come from can do."""

from __future__ import annotations

from typing import Protocol

from xfer_core.domain.task import Availability, Row


class Place(Protocol):
    """One place of a task's rows; ``sources.chain.Chain`` asks several in turn."""

    def availability(self, split: str, language: str) -> Availability:
        """Whether the rows of a split in one language are here; opens no connection."""
        ...

    def rows(self, split: str, language: str) -> list[Row]:
        """The rows, checked, in the order of the file, with the keys that ``Row`` documents.

        Raises:
            DataError: a missing column, a wrong label, an unreadable file; the sentence names
                file, row or column, what was expected, and what to do.
        """
        ...

    def stamp(self, split: str, language: str) -> str:
        """Cheap identity of what ``rows`` would return: a revision, or sizes and times of files."""
        ...

    def fetch(self, split: str, language: str) -> None:
        """Bring the rows here for later work without a network; nothing to do for local files.

        Raises:
            DataError: they cannot be fetched; the sentence says why and what to do.
        """
        ...

    @property
    def revision(self) -> str:
        """What pins the content: a commit, or "local"."""
        ...
