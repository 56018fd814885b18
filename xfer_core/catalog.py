"""Finds what the folders tasks/, encoders/ and metrics/ declare."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from pathlib import Path
from typing import TypeVar

from xfer_core.domain.encoder import Encoder
from xfer_core.domain.errors import UnknownName, UsageError
from xfer_core.domain.language import LANGUAGES, Language
from xfer_core.domain.score import Metric
from xfer_core.domain.task import Task

ENCODER_FOLDER = Path(__file__).resolve().parent.parent / "data" / "encoders"

T = TypeVar("T", Task, Encoder, Metric)


@cache
def tasks() -> dict[str, Task]:
    """Name -> task, by name."""
    return _declared("tasks", Task)


@cache
def encoders() -> dict[str, Encoder]:
    """Name -> encoder, by name."""
    return _declared("encoders", Encoder)


@cache
def metrics() -> dict[str, Metric]:
    """Name -> metric, by name."""
    return _declared("metrics", Metric)


def task(name: str) -> Task:
    """The task of that name.

    Raises:
        UnknownName: with close matches.
    """
    return _known("task", name, tasks())


def encoder(name: str) -> Encoder:
    """The encoder of that name.

    Raises:
        UnknownName: with close matches.
    """
    return _known("encoder", name, encoders())


def metric(name: str) -> Metric:
    """The metric of that name.

    Raises:
        UnknownName: with close matches.
    """
    return _known("metric", name, metrics())


def language(code: str) -> Language:
    """The language of that code.

    Raises:
        UnknownName: with close matches.
    """
    return _known("language", code, LANGUAGES)


def catalogs() -> tuple[str, ...]:
    """Names of the catalogues that the declared tasks belong to."""
    return tuple(sorted({task.catalog for task in tasks().values()}))


def encoder_folder(encoder: Encoder) -> Path:
    """Where a shipped encoder's files lie."""
    return ENCODER_FOLDER / encoder.path


def tokenizer_folder(encoder: Encoder) -> Path:
    """Where the vocabulary of an encoder lies; one that is not yet pretrained has a shared one."""
    own = encoder_folder(encoder)
    if (own / "tokenizer.json").is_file() or not encoder.tokenizer:
        return own
    return ENCODER_FOLDER / encoder.tokenizer


V = TypeVar("V")


def _known(what: str, name: str, declared: dict[str, V]) -> V:
    if name not in declared:
        raise UnknownName(what, name, declared)
    return declared[name]


def _declared(folder: str, kind: type[T]) -> dict[str, T]:
    package = importlib.import_module(f"xfer_core.{folder}")
    found: dict[str, T] = {}
    for info in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        for value in vars(module).values():
            if isinstance(value, kind):
                if value.name in found:
                    raise UsageError(f"{kind.__name__} {value.name!r} is declared twice.")
                found[value.name] = value
    return dict(sorted(found.items()))
