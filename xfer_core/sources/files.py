"""A person's own copy of a task: XFER_DATA_DIR/<task>/<language>/<split>.parquet, .jsonl, .csv."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from xfer_core.domain.errors import DataError
from xfer_core.domain.task import Availability, Reach, Row
from xfer_core.sources.code import code_of
from xfer_core.sources.local import contents, folder_of, inside, sizes_and_times
from xfer_core.sources.mapped import RowOf, mapped
from xfer_core.sources.tables import READERS, table_rows

VARIABLE = "XFER_DATA_DIR"
PLACE = "files"


@dataclass(frozen=True)
class Files:
    """Files with the columns that the data set has on the hub; ``row`` is the hub's as well."""

    task: str
    row: RowOf

    name: ClassVar[str] = PLACE
    """As ``xfer tasks`` shows it."""

    def availability(self, split: str, language: str) -> Availability:
        """Here if there is a file of one of the formats."""
        folder = folder_of(VARIABLE)
        wanted = f"{self.task}/{language}/{split}.({'|'.join(READERS)})"
        if folder is None:
            why = f"{VARIABLE} is not set (it may hold {wanted})."
            return Availability(Reach.MISSING, "", why)
        if self._file(folder, split, language) is None:
            return Availability(Reach.MISSING, PLACE, f"{VARIABLE} lacks {wanted}.")
        return Availability(Reach.HERE, PLACE)

    def rows(self, split: str, language: str) -> list[Row]:
        """The rows of the file.

        Raises:
            DataError: it is missing, damaged or empty, or a column or value is not as declared.
        """
        file = self._found(split, language)
        return mapped(table_rows(file), self.row, split, language, str(file))

    def stamp(self, split: str, language: str) -> str:
        """Name, size and time of the file, and the code that reads it."""
        file = self._found(split, language)
        return f"{sizes_and_times([file], file.parent)} {code_of(self.row)}"

    def fingerprint(self, split: str, language: str) -> str:
        """Hash of the file's bytes and the code that reads it."""
        file = self._found(split, language)
        return f"{contents([file], file.parent)} {code_of(self.row)}"

    def fetch(self, split: str, language: str) -> None:
        """Nothing: the file is here or not."""

    @property
    def revision(self) -> str:
        """A file has none; ``stamp`` tells its content."""
        return "local"

    def _found(self, split: str, language: str) -> Path:
        folder = folder_of(VARIABLE)
        file = self._file(folder, split, language) if folder else None
        if file is None:
            why = self.availability(split, language).why
            raise DataError(f"Expected {split} rows of {self.task} in {language!r}; {why}")
        return file

    def _file(self, folder: Path, split: str, language: str) -> Path | None:
        """The first format that is there."""
        for ending in READERS:
            file = inside(folder, self.task, language, f"{split}.{ending}")
            if file.is_file():
                return file
        return None
