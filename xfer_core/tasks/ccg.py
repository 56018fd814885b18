"""CCG: a supertag of combinatory categorial grammar for each word of newspaper English.

CCGbank (Hockenmaier and Steedman, 2007) is licensed by the LDC, so a user brings the files. Its
labels are whatever supertags the user's training file holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import cast, overload

from xfer_core.domain.errors import DataError
from xfer_core.domain.language import codes
from xfer_core.domain.task import SPLITS, Availability, Reach, Row, Task, TaskKind
from xfer_core.sources.chain import Chain
from xfer_core.sources.code import code_of
from xfer_core.sources.files import PLACE, VARIABLE
from xfer_core.sources.local import contents, folder_of, sizes_and_times
from xfer_core.sources.xtreme_folder import tagged

UNSEEN = "<unseen>"
"""What stands for a supertag that no training sentence has; a model never learns to give it."""
NEEDED = (
    "CCG needs your own files derived from CCGbank (LDC2005T13, a paid licence of the LDC): "
    f"{VARIABLE}/ccg/en/train.tsv, dev.tsv and test.tsv, a token, a tab and its supertag per line, "
    "an empty line between sentences"
)


@dataclass(frozen=True)
class SupertagFiles:
    """The user's three files; supertags that training does not have become ``UNSEEN``."""

    def availability(self, split: str, language: str) -> Availability:
        """Here if the split's file and the training file, which has the labels, are."""
        if language != "en" or split not in SPLITS:
            return Availability(Reach.MISSING, PLACE, f"There is no CCG {split} in {language!r}.")
        absent = [one.name for one in _files(split) if not one.is_file()]
        if not _files(split) or absent:
            lacking = f"; {', '.join(absent)} is not there." if absent else "."
            return Availability(Reach.MISSING, PLACE, f"{NEEDED}{lacking}")
        return Availability(Reach.HERE, PLACE)

    def rows(self, split: str, language: str) -> list[Row]:
        """The sentences of the file, numbered from 0.

        Raises:
            DataError: a file is missing or has no sentences, or a token has no supertag.
        """
        found = self.availability(split, language)
        if found.reach is not Reach.HERE:
            raise DataError(f"Expected {split} rows of ccg in {language!r}. {found.why}")
        file = _files(split)[0]
        known = set(supertags())
        return [
            {
                "id": number,
                "tokens": tokens,
                "tags": [tag if tag in known else UNSEEN for tag in tags],
            }
            for number, (tokens, tags) in enumerate(_sentences(file))
        ]

    def stamp(self, split: str, language: str) -> str:
        """Sizes and times of the file and of the training file, and the code that reads them."""
        files = _files(split)
        return f"{sizes_and_times(files, _folder(files))} {code_of(supertags)}"

    def fingerprint(self, split: str, language: str) -> str:
        """Hash of the bytes of the file and of the training file, and the code that reads them."""
        files = _files(split)
        return f"{contents(files, _folder(files))} {code_of(supertags)}"

    def fetch(self, split: str, language: str) -> None:
        """Nothing: nobody may hand CCGbank on."""

    @property
    def revision(self) -> str:
        """Files have none; ``stamp`` tells their content."""
        return "local"


class Supertags(Sequence[str]):
    """The labels, read from the training file when they are first asked for; empty without it."""

    def __len__(self) -> int:
        """How many; 0 while there is no training file."""
        return len(supertags())

    def __iter__(self) -> Iterator[str]:
        """In their order."""
        return iter(supertags())

    @overload
    def __getitem__(self, place: int) -> str: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[str, ...]: ...

    def __getitem__(self, place: int | slice) -> str | tuple[str, ...]:
        """The label of that number, or labels."""
        return supertags()[place]

    def index(self, value: str, start: int = 0, stop: int | None = None) -> int:
        """The number of a label.

        Raises:
            ValueError: it is none.
        """
        found = supertags()
        return found.index(value, start, len(found) if stop is None else stop)

    def __repr__(self) -> str:
        """The class, not 1,300 labels."""
        return f"{type(self).__name__}()"


@dataclass(frozen=True)
class UserLabelledTask(Task):
    """A task whose labels stand in a file of the user's, so that they are known only on use."""

    def __post_init__(self) -> None:
        """Nothing to check: without the file there are no labels yet."""


def supertags() -> tuple[str, ...]:
    """Supertags of the training file in alphabetical order, then ``UNSEEN``; () without a file."""
    files = [one for one in _files("train") if one.is_file()]
    if not files:
        return ()
    told = files[0].stat()
    return _supertags(files[0], told.st_size, told.st_mtime_ns)


@lru_cache(maxsize=8)
def _supertags(file: Path, size: int, changed: int) -> tuple[str, ...]:
    """Read once per process and content; size and time stand for the content."""
    return (*sorted({tag for _, tags in _sentences(file) for tag in tags}), UNSEEN)


def _sentences(file: Path) -> list[tuple[list[str], list[str]]]:
    """Tokens and supertags of each sentence.

    Raises:
        DataError: there are none, or a sentence has no supertags.
    """
    found = tagged(file)
    bare = next((number for number, (_, tags) in enumerate(found) if not tags), None)
    if bare is not None:
        raise DataError(
            f"Expected a supertag behind a tab on each line of {file}; sentence {bare} has none. "
            "Correct the file."
        )
    if not found:
        raise DataError(f"Expected tagged sentences in {file}; it is empty. Put the file there.")
    return found


def _files(split: str) -> tuple[Path, ...]:
    """The split's file and the training file; () where no folder is named."""
    folder = folder_of(VARIABLE)
    names = dict.fromkeys((split, "train"))
    return tuple(folder / "ccg" / "en" / f"{name}.tsv" for name in names) if folder else ()


def _folder(files: tuple[Path, ...]) -> Path:
    return files[0].parent if files else Path()


CCG = UserLabelledTask(
    name="ccg",
    title="CCG supertagging",
    kind=TaskKind.TAGGING,
    catalog="paper",
    source=Chain("ccg", (SupertagFiles(),), codes("en")),
    languages=codes("en"),
    # A sequence that reads a file where others have a tuple: Task is declared before files exist.
    labels=cast("tuple[str, ...]", Supertags()),
    metric="token_accuracy",
    steps=3_500,
    licence="LDC2005T13 (paid)",
    reference="https://aclanthology.org/J07-3004/",
    note=f"Bring your own CCGbank. Supertags that training does not have count as {UNSEEN}.",
)
