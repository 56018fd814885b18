"""A person's own copy of a task: XFER_DATA_DIR/<task>/<language>/<split>.parquet, .jsonl, .csv."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from xfer_core.domain.task import Availability, Reach
from xfer_core.sources.local import folder_of, inside
from xfer_core.sources.mapped import RowOf
from xfer_core.sources.one_file import OneFile
from xfer_core.sources.tables import READERS, Raw, table_rows

VARIABLE = "XFER_DATA_DIR"
PLACE = "files"


@dataclass(frozen=True)
class Files(OneFile):
    """Files with the columns that the data set has on the hub; ``row`` is the hub's as well."""

    task: str
    row: RowOf

    name: ClassVar[str] = PLACE
    """As ``xfer tasks`` shows it."""

    def availability(self, split: str, language: str) -> Availability:
        """Here if there is a file of one of the formats."""
        wanted = f"{self.task}/{language}/{split}.({'|'.join(READERS)})"
        if folder_of(VARIABLE) is None:
            why = f"{VARIABLE} is not set (it may hold {wanted})."
            return Availability(Reach.MISSING, "", why)
        if self.path(split, language) is None:
            return Availability(Reach.MISSING, PLACE, f"{VARIABLE} lacks {wanted}.")
        return Availability(Reach.HERE, PLACE)

    def path(self, split: str, language: str) -> Path | None:
        """The first format that is there."""
        folder = folder_of(VARIABLE)
        if folder is None:
            return None
        files = (inside(folder, self.task, language, f"{split}.{end}") for end in READERS)
        return next((file for file in files if file.is_file()), None)

    def raws(self, file: Path) -> Iterable[Raw]:
        """What stands in the file, row by row."""
        return table_rows(file)
