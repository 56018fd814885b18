"""What places have in common whose rows of a split and language lie in one file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from pathlib import Path

from xfer_core.domain.errors import DataError
from xfer_core.domain.task import Availability, Reach, Row
from xfer_core.sources.code import code_of
from xfer_core.sources.local import contents, sizes_and_times
from xfer_core.sources.mapped import RowOf, mapped
from xfer_core.sources.tables import Raw


class OneFile(ABC):
    """A place that knows which file has the rows, and how to read it."""

    task: str
    row: RowOf

    @abstractmethod
    def availability(self, split: str, language: str) -> Availability:
        """Here if the file is."""

    @abstractmethod
    def path(self, split: str, language: str) -> Path | None:
        """The file; None where none is named."""

    @abstractmethod
    def raws(self, file: Path) -> Iterable[Raw]:
        """What stands in the file, row by row."""

    def rows(self, split: str, language: str) -> list[Row]:
        """The rows of the file.

        Raises:
            DataError: it is missing, damaged or empty, or a column or value is not as declared.
        """
        file = self._found(split, language)
        return mapped(self.raws(file), self.row, split, language, str(file))

    def stamp(self, split: str, language: str) -> str:
        """Name, size and time of the file, and the code that reads it."""
        file = self._found(split, language)
        return f"{sizes_and_times([file], file.parent)} {code_of(self.row)}"

    def fingerprint(self, split: str, language: str) -> str:
        """Hash of the file's bytes and the code that reads it."""
        file = self._found(split, language)
        return f"{contents([file], file.parent)} {code_of(self.row)}"

    def fetch(self, split: str, language: str) -> None:  # noqa: B027 - nothing is to be done
        """Nothing: the file is here or not."""

    @property
    def revision(self) -> str:
        """A file has none; ``stamp`` tells its content."""
        return "local"

    def _found(self, split: str, language: str) -> Path:
        told, file = self.availability(split, language), self.path(split, language)
        if file is None or told.reach is not Reach.HERE:
            raise DataError(f"Expected {split} rows of {self.task} in {language!r}; {told.why}")
        return file
