"""Metrics: pure functions of predictions and references."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from xfer_core.domain.task import Row, Task, TaskKind

Counts = tuple[list[float], list[float]]
"""Per example a numerator and a denominator: the metric's value is sum / sum."""

MEASURED, IMPORTED = "measured", "imported"
"""Where a score comes from: a stage of this program, or a file somebody brought."""


class Counting(Protocol):
    """What a metric counts: one numerator and one denominator per example.

    ``language`` is the code of the examples' language; most metrics do not look at it.
    """

    def __call__(
        self, predictions: Sequence[Any], references: Sequence[Any], language: str = ""
    ) -> Counts:
        """Counts in the order of the examples.

        Raises:
            ValueError: the two are not equally many.
        """
        ...


@dataclass(frozen=True)
class Metric:
    """A metric that is a ratio of sums over examples, so that it can be resampled.

    Accuracy counts (correct, 1), chunk F1 (2 x true positives, predicted + gold).
    """

    name: str
    title: str
    counts: Counting
    higher_is_better: bool = True
    linearised: bool = False
    """Whether the metric is no ratio of sums by nature. What an example counts then depends on
    the whole set: the value plus the example's influence on it (delta method). Their mean is
    the metric, to the last digits, and resampling them is right to first order."""

    def value(self, counts: Counts) -> float | None:
        """The metric in [0, 1]; None when there is nothing to measure."""
        numerator, denominator = sum(counts[0]), sum(counts[1])
        return numerator / denominator if denominator else None


def note_of(task: Task, rows: list[Row]) -> str:
    """What a reader of a score on these rows must know; "" for nothing.

    What a mining task notes is about copies of the data that hold nothing but pairs: it is said
    of those alone.
    """
    if task.kind is TaskKind.MINING and not (rows and all(row["parallel"] for row in rows)):
        return ""
    return task.note
