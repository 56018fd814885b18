"""By how much do two models differ on each subject of a task of questions?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from xfer_core import catalog as catalogue
from xfer_core.domain.task import Row, Task, TaskKind
from xfer_core.rows import Rows
from xfer_core.stats import benjamini_hochberg
from xfer_core.views.compare import COLUMNS as DIFFERENCES
from xfer_core.views.compare import Asked, both_sides, counted, differences, same_examples
from xfer_core.views.compare_sides import Side

LEVELS = ("group", "subject")
COLUMNS = ["level", "name", "n_questions", *(c for c in DIFFERENCES if c != "metric")]
_AND = "\N{UNIT SEPARATOR}"


def compare_subjects(
    store: Asked, *, catalog: str, target: str, language: str, a: Side, b: Side
) -> pd.DataFrame:
    """Paired differences on the questions of one subject, or group of subjects, at a time.

    Args:
        store: where to ask; the questions are read too.
        catalog: of the cells.
        target: a multiple-choice task.
        language: a code, "zero-shot" or "all".
        a: one side.
        b: the other side.

    Returns:
        One row per ``level`` ("group", where the task has any, then "subject") and ``name``:
        ``n_questions`` of one language, then as in ``compare.Comparison.table``; ``significant``
        by Benjamini-Hochberg within a level. Empty for other kinds of tasks.

    Raises:
        DataError: the questions of a scored language are not here.
    """
    task = catalogue.task(target)
    if task.kind is not TaskKind.MULTIPLE_CHOICE:
        return pd.DataFrame(columns=COLUMNS)
    sides = both_sides(store, catalog, target, a, b)
    by_example = same_examples(store, *sides)
    known = Subjects(task, Rows(store.home.root / "rows"))
    left, right = (pd.DataFrame(known.split(side), columns=side.columns) for side in sides)
    if left.empty and right.empty:
        return pd.DataFrame(columns=COLUMNS)
    table = differences(left, right, by_example)
    table = table[table["language"] == language]
    table = named(table)
    table["n_questions"] = (table["n_examples"] // table["n_languages"]).astype(int)
    found = [_marked(table[table["level"] == level]) for level in LEVELS]
    return pd.concat(found)[COLUMNS].reset_index(drop=True)


def _marked(table: pd.DataFrame) -> pd.DataFrame:
    marks = benjamini_hochberg(table["p_value"].to_numpy(dtype=float))
    return table.assign(significant=marks).sort_values(["difference_points", "name"])


class Subjects:
    """Which questions of each language are about what."""

    def __init__(self, task: Task, rows: Rows) -> None:
        """Questions are read when a language is first met."""
        self._task, self._rows = task, rows
        self._known: dict[str, dict[str, NDArray[np.int64]]] = {}

    def split(self, side: pd.DataFrame) -> list[dict[str, Any]]:
        """The results of a side, one row per subject in place of each; ``named`` reads the metric.

        Args:
            side: as ``both_sides`` has it.

        Raises:
            DataError: the questions of a language are not here.
        """
        return [part for record in side.to_dict("records") for part in self._parts(record)]

    def _parts(self, record: dict[Any, Any]) -> Iterator[dict[str, Any]]:
        counts = counted(record["scores"], record["weights"])
        if counts is None:
            return
        top, bottom = counts
        for name, all_places in self._of(str(record["language"])).items():
            places = all_places[all_places < top.size]
            if len(places) and bottom[places].sum():
                some = {"scores": top[places], "weights": bottom[places], "metric": name}
                value = top[places].sum() / bottom[places].sum()
                yield {**record, **some, "value": value, "n_examples": len(places)}

    def _of(self, language: str) -> dict[str, NDArray[np.int64]]:
        """Level and name -> places of its questions."""
        if language not in self._known:
            rows = self._rows.of(self._task, "test", language)
            found: dict[str, list[int]] = {}
            for at, row in enumerate(rows):
                for level in LEVELS:
                    if row.get(level):
                        found.setdefault(_named(level, row), []).append(at)
            self._known[language] = {name: np.array(places) for name, places in found.items()}
        return self._known[language]


def named(table: pd.DataFrame) -> pd.DataFrame:
    """The table with ``level`` and ``name`` out of the metrics that ``Subjects.split`` gave."""
    parts = table["metric"].str.split(_AND, n=1, expand=True)
    return table.assign(level=parts[0], name=parts[1])


def _named(level: str, row: Row) -> str:
    return f"{level}{_AND}{row[level]}"
