"""Metrics: pure functions of predictions and references."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Counts = tuple[list[float], list[float]]
"""Per example a numerator and a denominator: the metric's value is sum / sum."""


@dataclass(frozen=True)
class Metric:
    """A metric that is a ratio of sums over examples, so that it can be resampled.

    ``counts(predictions, references)`` returns one numerator and one denominator per example;
    accuracy has (correct, 1), chunk F1 has (2 x true positives, predicted + gold).
    """

    name: str
    title: str
    counts: Callable[[Sequence[Any], Sequence[Any]], Counts]
    higher_is_better: bool = True

    def value(self, counts: Counts) -> float | None:
        """The metric in [0, 1]; None when there is nothing to measure."""
        numerator, denominator = sum(counts[0]), sum(counts[1])
        return numerator / denominator if denominator else None
