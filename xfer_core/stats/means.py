"""Means over cells that may have holes, and the means that XTREME publishes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

XTREME_GROUPS: Mapping[str, tuple[str, ...]] = {
    "sentence pair": ("pawsx", "xnli"),
    "tagging": ("udpos", "panx"),
    "question answering": ("xquad", "mlqa", "tydiqa"),
    "retrieval": ("bucc2018", "tatoeba"),
}
"""XTREME's nine tasks by group."""


@dataclass(frozen=True)
class CommonMeans:
    """Unweighted means of rows that can be compared with each other.

    ``means`` has one entry per row, NaN for a row without any value. With ``comparable`` all are
    over the same ``k`` columns of ``of``; without it there is no column that all rows have, and
    each is over its own.
    """

    means: Array
    k: NDArray[np.int64]
    of: int
    columns: NDArray[np.bool_]
    comparable: bool


def common_means(values: ArrayLike) -> CommonMeans:
    """Means of the rows over the columns that all of them have; rows without any value aside.

    A mean over whatever happens to be there compares an intermediate task that was only tried on
    easy targets with one that was tried on all.

    Args:
        values: (n_rows, n_columns), NaN where a cell has no value.
    """
    table = np.asarray(values, dtype=float)
    known = np.isfinite(table)
    compared = known.any(axis=1)
    columns = known[compared].all(axis=0) & compared.any()
    comparable = bool(columns.any())
    used = known & columns if comparable else known
    k = used.sum(axis=1)
    total = np.where(used, table, 0.0).sum(axis=1)
    means = np.divide(total, k, out=np.full(len(table), np.nan), where=k > 0)
    return CommonMeans(means, k, table.shape[1], columns, comparable)


def xtreme_task_mean(scores: Mapping[str, Mapping[str, float]]) -> float:
    """XTREME's score of a task: the mean over all its languages, English among them.

    Where there are several metrics (exact match and F1 of question answering), their mean.

    Args:
        scores: by metric, then language; in one unit, which is the result's as well. NaN without
            any language.
    Source: evaluate.py of github.com/google-research/xtreme.
    """
    means = [float(np.mean(list(of.values()))) for of in scores.values() if of]
    return float(np.mean(means)) if means else float("nan")


def xtreme_mean(
    tasks: Mapping[str, float], groups: Mapping[str, Collection[str]] = XTREME_GROUPS
) -> tuple[float | None, dict[str, float | None]]:
    """XTREME's overall score, the mean of all task scores, and the means of the groups of tasks.

    Not the same as a zero-shot mean: English counts, and every task counts once, however many
    languages it has.

    Args:
        tasks: score per task, from ``xtreme_task_mean``.
        groups: which tasks must be there.

    Returns:
        The overall score and those of the groups; None for what lacks a task.
    """

    def mean(names: Collection[str]) -> float | None:
        found = [tasks.get(name, float("nan")) for name in names]
        return float(np.mean(found)) if np.isfinite(found).all() else None

    every = [name for names in groups.values() for name in names]
    return mean(every), {group: mean(names) for group, names in groups.items()}
