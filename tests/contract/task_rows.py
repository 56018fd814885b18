"""The rows of every task, made once per session, and what a model reads of them."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from xfer_core import catalog
from xfer_core.domain.task import Row, TaskKind
from xfer_core.mini.languages import grammars
from xfer_core.mini.source import items

TASKS = {name: task for name, task in catalog.tasks().items() if task.catalog == "mini"}
"""Those whose rows are made here; what is said of all others is in test_every_paper_task.py."""
TRAINED = [name for name, task in TASKS.items() if task.trained]
HIDDEN = ("dev", "test")
BY_KIND = {kind: [n for n, t in TASKS.items() if t.kind is kind] for kind in TaskKind}

every_task = pytest.mark.parametrize("name", list(TASKS))
every_trained_task = pytest.mark.parametrize("name", TRAINED)
every_language = pytest.mark.parametrize(
    ("name", "language"), [(name, code) for name, task in TASKS.items() for code in task.languages]
)


def every(kind: TaskKind) -> pytest.MarkDecorator:
    """One test per task of the kind and language."""
    pairs = [(name, code) for name in BY_KIND[kind] for code in TASKS[name].languages]
    return pytest.mark.parametrize(("name", "language"), pairs)


@cache
def rows(name: str, split: str, language: str) -> list[Row]:
    return TASKS[name].source.rows(split, language)


def splits(name: str) -> tuple[str, ...]:
    return ("train", *HIDDEN) if TASKS[name].trained else HIDDEN


def texts(name: str, row: Row) -> list[str]:
    """All that a model reads of a row, or has to find in it."""
    task = TASKS[name]
    match task.kind:
        case TaskKind.CLASSIFICATION:
            return [row[column] for column in task.columns]
        case TaskKind.TAGGING:
            return list(row["tokens"])
        case TaskKind.MULTIPLE_CHOICE:
            return [row["question"], *row["choices"]]
        case TaskKind.SPAN:
            return [row["question"], row["context"]]
        case TaskKind.RETRIEVAL | TaskKind.MINING:
            return [row["source"], row["target"]]


def pairs(name: str, row: Row) -> list[tuple[str, ...]]:
    """What an encoder reads at once: one text or a pair."""
    found = texts(name, row)
    match TASKS[name].kind:
        case TaskKind.MULTIPLE_CHOICE:
            return [(found[0], choice) for choice in found[1:]]
        case TaskKind.RETRIEVAL | TaskKind.MINING:
            return [(text,) for text in found]
        case TaskKind.TAGGING:
            return [(" ".join(found),)]
        case _:
            return [tuple(found)]


def column(found: list[Row], name: str) -> list[Any]:
    return [row[name] for row in found]


def told(name: str, split: str) -> tuple[Any, ...]:
    """The language-neutral items that the rows of a split tell."""
    return items(TASKS[name].source, split)


def rendered(name: str, item: Any, language: str) -> Row:
    return TASKS[name].source.render(item, grammars()[language])
