"""Finds what the folders tasks/, encoders/ and metrics/ declare."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from pathlib import Path
from typing import TypeVar

from xfer_core import model_config, model_folder, user_catalog
from xfer_core.domain.encoder import Encoder, Origin
from xfer_core.domain.errors import CheckpointError, UnknownName, UsageError
from xfer_core.domain.language import LANGUAGES, Language
from xfer_core.domain.score import Metric
from xfer_core.domain.serving import encoder_of
from xfer_core.domain.task import Task

ENCODER_FOLDER = Path(__file__).resolve().parent.parent / "data" / "encoders"

T = TypeVar("T", Task, Encoder, Metric)


def tasks() -> dict[str, Task]:
    """Name -> task, by name; the user's own among them.

    Raises:
        UsageError: a file of the user's that cannot be read, or takes a shipped name.
    """
    return user_catalog.joined(shipped_tasks(), user_catalog.tasks())


def encoders() -> dict[str, Encoder]:
    """Name -> encoder, by name; the user's own among them.

    Raises:
        UsageError: as ``tasks``.
    """
    return user_catalog.joined(shipped_encoders(), user_catalog.encoders())


@cache
def shipped_tasks() -> dict[str, Task]:
    """Name -> task that the program declares."""
    return _declared("tasks", Task)


@cache
def shipped_encoders() -> dict[str, Encoder]:
    """Name -> encoder that the program declares."""
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
    """The encoder of that name; a hub id (org/model, org/model@revision) or a folder makes one.

    A name in results, such as "mini-s~layers=2", stands for its encoder.

    Raises:
        UnknownName: with close matches.
        CheckpointError: a model named by id or folder that is not on this machine, or refused.
    """
    name = encoder_of(name)
    declared = encoders()
    given = None if name in declared else model_folder.named(name)
    if given is None:
        return _known("encoder", name, declared)
    folder = model_folder.place(given)
    if given.origin is Origin.HUB and not (folder / model_config.CONFIG).is_file():
        raise CheckpointError(
            f"Expected {name!r} on this machine; it is not. {model_folder.to_fetch(given)}."
        )
    return model_folder.described(given, folder)


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
    """Where an encoder's files lie; a folder that is not there if they are not on this machine."""
    if encoder.origin is not Origin.SHIPPED:
        return model_folder.place(encoder)
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
