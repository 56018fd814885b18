"""Files that a user's declaration names, one for each split and language or one for all."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from xfer_core.domain.errors import DataError
from xfer_core.domain.task import Availability, Reach, Row
from xfer_core.sources.local import read_text
from xfer_core.sources.mapped import RowOf
from xfer_core.sources.one_file import OneFile
from xfer_core.sources.place import Place
from xfer_core.sources.tables import READERS, Raw, table_rows

PLACE = "files"
LANGUAGE = "{language}"
TSV = "tsv"
ENDINGS = (*READERS, TSV) if TSV not in READERS else tuple(READERS)


@dataclass(frozen=True, eq=False)
class NamedFiles(OneFile):
    """``paths`` has, by split, a path with ``{language}`` in it, or a path for each language."""

    task: str
    folder: Path
    """Paths are taken from here, unless they are absolute."""
    paths: Mapping[str, str | Mapping[str, str]]
    row: RowOf

    def availability(self, split: str, language: str) -> Availability:
        """Here if the file is."""
        file = self.path(split, language)
        if file is None:
            why = f"The declaration of {self.task} names no {split} file for {language!r}."
            return Availability(Reach.MISSING, PLACE, why)
        if not file.is_file():
            return Availability(Reach.MISSING, PLACE, f"There is no file {file}; put it there.")
        return Availability(Reach.HERE, PLACE)

    def path(self, split: str, language: str) -> Path | None:
        """The file that is named for a split and language; it need not be there."""
        named = self.paths.get(split)
        if named is None:
            return None
        told = named if isinstance(named, str) else named.get(language)
        return None if told is None else self.folder / told.replace(LANGUAGE, language)

    def raws(self, file: Path) -> Iterable[Raw]:
        """What stands in the file, row by row."""
        return _raws(file)


@dataclass(frozen=True, eq=False)
class Declared:
    """A place whose rows also depend on a declaration: other labels are other rows."""

    place: Place
    mark: str
    """Hash of the declaration."""

    def availability(self, split: str, language: str) -> Availability:
        """The place's."""
        return self.place.availability(split, language)

    def rows(self, split: str, language: str) -> list[Row]:
        """The place's.

        Raises:
            DataError: as the place's.
        """
        return self.place.rows(split, language)

    def stamp(self, split: str, language: str) -> str:
        """The place's, and the declaration's."""
        return f"{self.place.stamp(split, language)} {self.mark}"

    def fingerprint(self, split: str, language: str) -> str:
        """The place's, and the declaration's."""
        tell = getattr(self.place, "fingerprint", self.place.stamp)
        return f"{tell(split, language)} {self.mark}"

    def fetch(self, split: str, language: str) -> None:
        """Ask the place.

        Raises:
            DataError: as the place's.
        """
        self.place.fetch(split, language)

    @property
    def revision(self) -> str:
        """The place's."""
        return self.place.revision


def _raws(file: Path) -> Iterator[Raw]:
    if file.suffix.lower() != f".{TSV}" or TSV in READERS:
        return table_rows(file)
    return _tab_separated(file)


def _tab_separated(file: Path) -> Iterator[Raw]:
    """Rows of a file with a header line; a tab ends a field, and quotes are signs like others."""
    reader = csv.reader(
        io.StringIO(read_text(file), newline=""), delimiter="\t", quoting=csv.QUOTE_NONE
    )
    names = next(reader, [])
    for values in reader:
        if not values:
            continue
        if len(values) != len(names):
            raise DataError(
                f"Expected {len(names)} fields in {file}, line {reader.line_num}; got "
                f"{len(values)}. Correct the line."
            )
        yield dict(zip(names, values, strict=True))
