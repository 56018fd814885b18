"""Interleaved rounds and the ratios between two sides."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

from xfer_core.domain.errors import ShapeError

T = TypeVar("T")


@dataclass(frozen=True)
class Spread:
    """A ratio over its rounds: median, smallest, largest."""

    median: float
    low: float
    high: float


def interleaved(sides: Mapping[str, Callable[[int], T]], rounds: int) -> dict[str, list[T]]:
    """What each side returned in each round; the sides take turns (A B A B ...).

    A drift of the machine then meets all sides alike. A side is given the number of its round,
    from 1, which serves as its seed.
    """
    found: dict[str, list[T]] = {name: [] for name in sides}
    for number in range(1, rounds + 1):
        for name, side in sides.items():
            found[name].append(side(number))
    return found


def paired(ours: Sequence[float], theirs: Sequence[float]) -> tuple[float, ...]:
    """Ours over theirs, round by round; for rates, where more is better.

    Raises:
        ShapeError: the sides ran different numbers of rounds, or a value is no positive number.
    """
    if len(ours) != len(theirs) or not ours:
        raise ShapeError(
            f"Expected as many rounds on both sides; got {len(ours)} and {len(theirs)}."
        )
    if not all(value > 0 and math.isfinite(value) for value in (*ours, *theirs)):
        raise ShapeError(f"Expected positive rates; got {list(ours)} and {list(theirs)}.")
    return tuple(a / b for a, b in zip(ours, theirs, strict=True))


def spread(ratios: Sequence[float]) -> Spread:
    """Median and range: with three to five rounds no interval says more than the range does."""
    return Spread(float(median(ratios)), float(min(ratios)), float(max(ratios)))
