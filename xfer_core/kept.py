"""Predictions kept beside a job's events: jobs/<key>/predictions/<split>/<language>.json.

They are not part of the results that a store is rebuilt from; without them nothing is lost but the
export of predictions. Each has the form of its task's references: a label, tags, an option's or
a sentence's place, the text of an answer, null for no partner.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xfer_core import spool
from xfer_core.home import Home, checked_id

FOLDER = "predictions"


@dataclass(frozen=True)
class Predictions:
    """Ids of examples in the order of the test set, and one prediction for each."""

    ids: tuple[str, ...]
    predictions: tuple[Any, ...]


def path(home: Home, key: str, split: str, language: str) -> Path:
    """Where the predictions of a job for one split and language lie."""
    return home.job(key) / FOLDER / checked_id(split) / f"{checked_id(language.lower())}.json"


def keep(
    home: Home, key: str, split: str, language: str, ids: list[Any], predictions: list[Any]
) -> None:
    """Write the predictions of one split and language, aside first."""
    values = {"ids": [str(one) for one in ids], "predictions": predictions}
    spool.publish(path(home, key, split, language), values)


def load(home: Home, key: str, split: str, language: str) -> Predictions | None:
    """What was kept; None if there is nothing or it cannot be read."""
    found = spool.read_json(path(home, key, split, language)) or {}
    ids, predictions = found.get("ids"), found.get("predictions")
    if not isinstance(ids, list) or not isinstance(predictions, list):
        return None
    return Predictions(tuple(ids), tuple(predictions)) if len(ids) == len(predictions) else None


def every(home: Home, key: str) -> Iterator[tuple[str, str, Predictions]]:
    """All that a job kept: split, language and predictions."""
    for file in sorted((home.job(key) / FOLDER).glob("*/*.json")):
        found = load(home, key, file.parent.name, file.stem)
        if found:
            yield file.parent.name, file.stem, found
