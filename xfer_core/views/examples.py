"""What the examples of a task look like, side by side in several languages; needs no run."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import repeat
from typing import Any, Protocol

import pandas as pd

from xfer_core import catalog
from xfer_core.domain.language import REFERENCE_LANGUAGE
from xfer_core.domain.task import SPLITS, Reach, Row, Task, TaskKind
from xfer_core.home import Home
from xfer_core.rows import Rows

PAIRS = (TaskKind.RETRIEVAL, TaskKind.MINING)
"""Kinds whose rows hold an English sentence beside the one of their own language."""
TRAIN = SPLITS[0]


class Kept(Protocol):
    """What knows the folder in which rows are kept."""

    @property
    def home(self) -> Home:
        """The folders of the store."""
        ...


@dataclass(frozen=True)
class Page:
    """A few examples, and where they stand among all that were found."""

    examples: pd.DataFrame
    number: int
    """From 1."""
    n_pages: int
    first: int
    """Place of the first one among those found, from 1."""
    n_found: int
    starts: tuple[str, ...]
    """The id of the first example of each page."""


def tasks() -> list[Task]:
    """The tasks with rows here, those with the most languages first, then by title."""
    here = [task for task in catalog.tasks().values() if any(map(_is_here, repeat(task), SPLITS))]
    return sorted(here, key=lambda task: (-len(task.languages), task.title.casefold()))


def spoken(task: Task, split: str = "") -> tuple[str, ...]:
    """The languages in which examples can be read, English first; training rows are English."""
    if split == TRAIN:
        return (REFERENCE_LANGUAGE,)
    here = [code for code in task.languages if not split or _is_here(task, split, code)]
    others = tuple(code for code in here if code != REFERENCE_LANGUAGE)
    english = REFERENCE_LANGUAGE in here or task.kind in PAIRS
    return (REFERENCE_LANGUAGE, *others) if english else others


def sizes(task: Task) -> dict[str, int | None]:
    """Split -> examples per language, as far as the source declares it; only splits that exist."""
    declared: Mapping[str, int] | None = getattr(task.source, "sizes", None)
    names = [split for split in SPLITS if split != TRAIN or task.trained]
    names = [split for split in names if _is_here(task, split)]
    if declared is None:
        return {split: task.train_examples if split == TRAIN else None for split in names}
    return {split: declared[split] for split in names if split in declared}


def _is_here(task: Task, split: str, language: str = "") -> bool:
    """Whether rows of a split lie on this machine, in one language or in any."""
    wanted = (language,) if language else (REFERENCE_LANGUAGE, *task.languages)
    found = (task.source.availability(split, code).reach for code in wanted)
    return any(reach is Reach.HERE for reach in found)


def examples(store: Kept, *, task: str, split: str, language: str) -> pd.DataFrame:
    """One row per example of a split in one language, in the order of the source.

    Returns:
        Columns ``id`` (text), ``row`` (as the task's kind has it; English has only ``source``
        where the rows hold pairs) and ``text`` (what a search looks in).
    """
    asked = catalog.task(task)
    pairs = asked.kind in PAIRS
    spoken_in = asked.languages[0] if pairs and language == REFERENCE_LANGUAGE else language
    rows = Rows(store.home.root / "rows").of(asked, split, spoken_in)
    if pairs and language == REFERENCE_LANGUAGE:
        rows = [{"id": row["id"], "source": row["source"]} for row in rows]
    texts = [_plain(" ".join(_texts(asked, row))) for row in rows]
    ids = [str(row["id"]) for row in rows]
    return pd.DataFrame({"id": ids, "row": pd.Series(rows, dtype=object), "text": texts})


def side_by_side(by_language: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row per example that any language has, in the order in which they come.

    Returns:
        Columns ``id``, ``text`` (of all languages), and one per language with its row (None
        where the language lacks it).
    """
    rows: dict[str, dict[str, Row]] = {}
    texts: dict[str, list[str]] = {}
    for code, table in by_language.items():
        for name, row, text in zip(table["id"], table["row"], table["text"], strict=True):
            rows.setdefault(name, {})[code] = row
            texts.setdefault(name, []).append(text)
    columns: dict[str, Any] = {"id": list(rows), "text": ["\n".join(t) for t in texts.values()]}
    for code in by_language:
        columns[code] = pd.Series([row.get(code) for row in rows.values()], dtype=object)
    return pd.DataFrame(columns)


def matching(table: pd.DataFrame, text: str) -> pd.DataFrame:
    """The examples in which the text stands in any shown language, whatever its case."""
    wanted = _plain(text).strip()
    kept = [wanted in found for found in table["text"]]
    return table[kept] if wanted else table


def page(found: pd.DataFrame, table: pd.DataFrame, example: str | None, per_page: int) -> Page:
    """The page of what was found that shows an example, or the next one after it.

    Args:
        found: some of the rows of ``table``, in its order.
        table: all examples.
        example: an id; None shows the first page.
        per_page: how many examples fit.
    """
    places = dict(zip(table["id"], table.index, strict=True))
    start = places.get(example, 0) if example is not None else 0
    later = [number for number, place in enumerate(found.index) if place >= start]
    wanted = later[0] if later else max(len(found) - 1, 0)
    first = wanted // per_page * per_page
    shown = found.iloc[first : first + per_page]
    n_pages = max(-(-len(found) // per_page), 1)
    starts = tuple(found["id"].iloc[::per_page])
    return Page(shown, first // per_page + 1, n_pages, first + 1, len(found), starts)


def _texts(task: Task, row: Row) -> Iterable[str]:
    match task.kind:
        case TaskKind.CLASSIFICATION:
            return [row[column] for column in task.columns]
        case TaskKind.TAGGING:
            # Both ways, as some languages write their words without gaps.
            return [" ".join(row["tokens"]), "".join(row["tokens"])]
        case TaskKind.MULTIPLE_CHOICE:
            return [row["question"], *row["choices"]]
        case TaskKind.SPAN:
            return [row["context"], row["question"]]
        case _:
            return [row["target"] if "target" in row else row["source"]]


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
