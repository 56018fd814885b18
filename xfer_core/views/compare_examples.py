"""Which examples does one model get right and the other wrong?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from xfer_core import catalog as catalogue
from xfer_core import kept
from xfer_core.domain.errors import XferError
from xfer_core.domain.score import Metric
from xfer_core.views import examples as examples_view
from xfer_core.views.compare import Asked, both_sides, counted, same_examples
from xfer_core.views.compare_sides import Side
from xfer_core.views.selection import english_first, languages_of

GAINED, LOST = "gained", "lost"
"""Wrong with A and right with B, and the other way round."""
COUNTS = ["language", "n_examples", "n_seeds", "both_right", GAINED, LOST, "both_wrong"]
COLUMNS = [
    *("place", "id", "change", "n_changed", "n_seeds", "seed", "prediction_a", "prediction_b"),
]
SPLIT = "test"
MOST = 2000
"""Flipped examples that are listed at most; all are counted."""


def flip_counts(store: Asked, *, catalog: str, target: str, a: Side, b: Side) -> pd.DataFrame:
    """How many examples flipped, by language.

    An example is right if it earns all of its points: the right label, all tags of a sentence,
    the whole answer. It is counted in each seed that both sides have; the counts are sums over
    ``n_seeds`` seeds.

    Returns:
        One row per language with examples on both sides: n_examples of a seed, both_right,
        gained (wrong with A, right with B), lost, both_wrong.
    """
    rows = []
    pairs = _pairs(store, catalog, target, a, b)
    for language, part in pairs.groupby("language", sort=False):
        one, other = np.stack(list(part["right_a"])), np.stack(list(part["right_b"]))
        rows.append(
            {
                "language": language,
                "n_examples": one.shape[1],
                "n_seeds": len(one),
                "both_right": int((one & other).sum()),
                GAINED: int((~one & other).sum()),
                LOST: int((one & ~other).sum()),
                "both_wrong": int((~one & ~other).sum()),
            }
        )
    return pd.DataFrame(rows, columns=COUNTS)


def flipped(
    store: Asked, *, catalog: str, target: str, language: str, a: Side, b: Side
) -> pd.DataFrame:
    """The examples that flipped in one language, those that did in most seeds first.

    Examples that flipped both ways equally often are left out.

    Returns:
        One row per example: ``place`` in the test set, ``id``, ``change`` ("gained" or "lost"),
        in ``n_changed`` of ``n_seeds`` seeds (net), and the ``seed`` whose predictions are shown
        (None where they were not kept).
    """
    pairs = _pairs(store, catalog, target, a, b)
    part = pairs[pairs["language"] == language]
    if part.empty:
        return pd.DataFrame(columns=COLUMNS)
    change = np.stack(list(part["right_b"])).astype(int) - np.stack(list(part["right_a"]))
    net = change.sum(axis=0)
    order = np.lexsort((np.arange(net.size), -np.abs(net)))
    records = part.to_dict("records")
    answers = [_predictions(store, record, language) for record in records]
    rows = [
        _row(int(place), int(net[place]), change[:, place], records, answers)
        for place in order[: min(MOST, int((net != 0).sum()))]
    ]
    return pd.DataFrame(rows, columns=COLUMNS, dtype=object)


def texts(store: Asked, *, target: str, language: str) -> pd.DataFrame | None:
    """All test examples of a language, as ``examples.examples``; None where they are not here."""
    try:
        return examples_view.examples(store, task=target, split=SPLIT, language=language)
    except (XferError, OSError):
        return None


def can_flip(target: str, metric: str) -> bool:
    """Whether an example of a task is right or wrong by itself in this metric."""
    known = _metric(metric)
    return target in catalogue.tasks() and known is not None and not known.linearised


def _metric(name: str) -> Metric | None:
    try:
        return catalogue.metric(name.split("@")[0])
    except XferError:
        return None


def _pairs(store: Asked, catalog: str, target: str, a: Side, b: Side) -> pd.DataFrame:
    """Which examples are right, by language and seed that both sides have on the same test set."""
    columns = ["language", "seed", "job_id_a", "job_id_b", "right_a", "right_b"]
    sides = both_sides(store, catalog, target, a, b)
    metrics = [*sides[0]["metric"], *sides[1]["metric"]]
    if not metrics or not can_flip(target, str(metrics[0])) or not same_examples(store, *sides):
        return pd.DataFrame(columns=columns)
    parts = []
    for side in sides:
        known = [_right(*counts) for counts in zip(side["scores"], side["weights"], strict=True)]
        part = side[["language", "seed", "job_id"]].assign(right=pd.Series(known, index=side.index))
        parts.append(part[np.array([each is not None for each in known], dtype=bool)])
    found = parts[0].merge(parts[1], on=["language", "seed"], suffixes=("_a", "_b"))
    sizes = zip(found["right_a"], found["right_b"], strict=True)
    found = found[np.array([len(one) == len(other) for one, other in sizes], dtype=bool)]
    order = english_first(languages_of(store, catalog, a.encoder).get(target, []))
    place = {code: at for at, code in enumerate(order)}
    found = found.assign(_at=[place.get(code, len(place)) for code in found["language"]])
    return found.sort_values(["_at", "language", "seed"])[columns]


def _right(top: Any, bottom: Any) -> NDArray[np.bool_] | None:
    """Whether each example earned all of its points; nothing to find and nothing found is right."""
    counts = counted(top, bottom)
    return None if counts is None else np.asarray(counts[0] >= counts[1] - 1e-6)


def _predictions(
    store: Asked, record: dict[Any, Any], language: str
) -> tuple[kept.Predictions | None, ...]:
    jobs = (str(record["job_id_a"]), str(record["job_id_b"]))
    return tuple(kept.load(store.home, job, SPLIT, language) for job in jobs)


def _row(
    place: int,
    net: int,
    changes: NDArray[np.int64],
    records: list[dict[Any, Any]],
    answers: list[tuple[kept.Predictions | None, ...]],
) -> dict[str, Any]:
    shown = int(np.flatnonzero(changes == np.sign(net))[0])
    one, other = answers[shown]
    known = one or other
    return {
        "place": place,
        "id": known.ids[place] if known and place < len(known.ids) else None,
        "change": GAINED if net > 0 else LOST,
        "n_changed": abs(net),
        "n_seeds": len(records),
        "seed": int(records[shown]["seed"]) if known else None,
        "prediction_a": _at(one, place),
        "prediction_b": _at(other, place),
    }


def _at(found: kept.Predictions | None, place: int) -> Any:
    return found.predictions[place] if found and place < len(found.predictions) else None
