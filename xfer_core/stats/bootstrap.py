"""The multi-bootstrap: a mean gain over seeds and test examples that are drawn anew together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from xfer_core.domain.errors import ShapeError

Array = NDArray[np.float64]
Counts = tuple[ArrayLike, ArrayLike | None]
"""Numerators and denominators per example, each (n_seeds, n_examples); None: all 1."""
Pair = tuple[Counts, Counts]
"""Score and baseline in one language: same seeds, same examples, in the same order."""

POINTS = 100.0
MOST_VALUES = 64
"""With at most so many different values per example, examples are drawn by value."""
CHUNK = 2**21
"""Numbers held at once while examples are drawn one by one."""


@dataclass(frozen=True)
class BootstrapGain:
    """A mean gain in points with its percentile interval.

    ``p_value`` is twice the smaller share of replicates on one side of 0, never below
    2 / (replicates + 1); NaN with one seed, because nothing was said about other trainings.
    ``replicates`` holds the gains of all resamples; a resample in which the metric is not defined
    (no entity in any sentence) is left out.
    """

    gain_points: float
    ci_low: float
    ci_high: float
    p_value: float
    replicates: Array
    n_seeds: int

    @property
    def examples_only(self) -> bool:
        """One seed: the interval says nothing about another training."""
        return self.n_seeds == 1


@dataclass(frozen=True)
class _Side:
    top: Array
    bottom: Array | None

    def value(self) -> Array:
        """The metric per seed."""
        return np.asarray(_ratio(self.top.sum(-1), self._denominator()))

    def _denominator(self) -> Array | float:
        return float(self.top.shape[-1]) if self.bottom is None else self.bottom.sum(-1)


def multi_bootstrap(
    pairs: Sequence[Pair], *, seed: int, replicates: int = 10_000, level: float = 0.95
) -> BootstrapGain:
    """The mean gain over languages, with seeds and examples drawn anew in each replicate.

    A replicate draws n_seeds seeds and n_examples examples with replacement, each the same for
    both sides, works out the metric of every drawn seed on the drawn examples (a ratio of sums is
    worked out again, not averaged), and takes the mean over seeds and languages of the
    differences. Languages with test sets of one size are translations: they share the draw.

    With few seeds the interval is too narrow, since resampling S seeds gives only (S - 1) / S of
    their variance and no t quantile; docs/statistics.md has the figures. The cells of the heatmap
    therefore show ``stats.intervals``; this is the published method to compare with.

    Args:
        pairs: one per language; all with the same number of seeds.
        seed: of the drawing, so that the same data give the same interval.
        replicates: how many times to draw.
        level: coverage that the percentile interval aims at.

    Raises:
        ShapeError: the two sides, or the seeds of two languages, differ.
    Source: Sellam et al. 2022 (MultiBERTs, arXiv:2106.16163), algorithm 1 with paired seeds.
    """
    sides = [tuple(_side(counts) for counts in pair) for pair in pairs]
    n_seeds = _checked(sides)
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(n_seeds, np.full(n_seeds, 1 / n_seeds), replicates) / n_seeds
    by_size: dict[int, list[tuple[_Side, ...]]] = defaultdict(list)
    for each in sides:
        by_size[each[0].top.shape[1]].append(each)
    total = np.zeros(replicates)
    for size in sorted(by_size):
        total += _replicates(by_size[size], weights, rng)
    gains = POINTS * total / len(sides)
    gains = gains[np.isfinite(gains)]
    observed = POINTS * np.mean([score.value() - base.value() for score, base in sides])
    low, high = (
        np.quantile(gains, [(1 - level) / 2, (1 + level) / 2]) if gains.size else [np.nan] * 2
    )
    p = _p_value(gains) if n_seeds > 1 and gains.size else float("nan")
    return BootstrapGain(float(observed), float(low), float(high), p, gains, n_seeds)


def _p_value(gains: Array) -> float:
    """How far the replicates are from lying on both sides of 0."""
    beyond = min(int((gains <= 0).sum()), int((gains >= 0).sum()))
    return min(1.0, 2 * (beyond + 1) / (len(gains) + 1))


def _side(counts: Counts) -> _Side:
    top = np.atleast_2d(np.asarray(counts[0], dtype=float))
    bottom = None if counts[1] is None else np.atleast_2d(np.asarray(counts[1], dtype=float))
    if bottom is not None and bottom.shape != top.shape:
        raise ShapeError(
            f"Expected a denominator per numerator; got {bottom.shape} for {top.shape}; give "
            "None where all are 1."
        )
    return _Side(top, None if bottom is None or (bottom == 1).all() else bottom)


def _checked(sides: list[tuple[_Side, ...]]) -> int:
    """The number of seeds, the same everywhere."""
    for score, base in sides:
        if score.top.shape != base.top.shape:
            raise ShapeError(
                f"Expected the same seeds and examples on both sides; got {score.top.shape} and "
                f"{base.top.shape}; evaluate both on the same test set and pair them by seed."
            )
    seeds = {score.top.shape[0] for score, _ in sides}
    if len(seeds) != 1:
        raise ShapeError(
            f"Expected languages with the same seeds; got {sorted(seeds)} seeds; leave out the "
            "seeds that some language lacks."
        )
    return seeds.pop()


def _replicates(sides: list[tuple[_Side, ...]], weights: Array, rng: np.random.Generator) -> Array:
    """Per replicate the sum over languages of the gain, as a share; one set of examples."""
    plain = all(side.bottom is None for pair in sides for side in pair)
    if not plain:
        return _one_by_one(sides, weights, rng)
    difference = np.sum([score.top - base.top for score, base in sides], axis=0)
    whole = bool((difference == np.rint(difference)).all())
    most = np.abs(difference).max(initial=0)
    if whole and 2 * most * len(difference) + 1 <= MOST_VALUES:
        return _by_value(difference.astype(np.int64), weights, rng)
    return _linear(difference, weights, rng)


def _by_value(difference: NDArray[np.int64], weights: Array, rng: np.random.Generator) -> Array:
    """Examples drawn by value, for a metric that is a mean of few different values.

    Given the seeds, examples with one weighted sum are alike, and how many of each are drawn is
    multinomial: a replicate takes a handful of numbers however many examples there are.
    """
    n_seeds, n_examples = difference.shape
    seeds, at, _ = _distinct(np.rint(weights * n_seeds).astype(np.int64))
    patterns, _, counts = _distinct(difference.T)
    sums = seeds @ patterns.T
    lowest, n_values = int(sums.min()), int(np.ptp(sums)) + 1
    places = sums - lowest + n_values * np.arange(len(seeds))[:, None]
    alike = np.tile(counts, len(seeds))
    held = np.bincount(places.ravel(), alike, minlength=n_values * len(seeds))
    shares = held.reshape(len(seeds), n_values) / n_examples
    drawn = rng.multinomial(n_examples, shares[at])
    return np.asarray(drawn @ (lowest + np.arange(n_values)) / (n_examples * n_seeds))


def _distinct(
    rows: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """The different rows, which of them each row is, and how often each occurs."""
    least, span = int(rows.min()), int(np.ptp(rows)) + 1
    if span ** rows.shape[1] < 2**62:
        # One number per row sorts many times faster than rows do.
        codes = (rows - least) @ span ** np.arange(rows.shape[1])
        _, first, at, counts = np.unique(
            codes, return_index=True, return_inverse=True, return_counts=True
        )
        return rows[first], at, counts
    found, at, counts = np.unique(rows, axis=0, return_inverse=True, return_counts=True)
    return found, at.ravel(), counts


def _linear(difference: Array, weights: Array, rng: np.random.Generator) -> Array:
    """Examples drawn one by one, for a metric that is a mean over examples."""
    n_examples = difference.shape[1]
    sums = _drawn_sums(difference.T, len(weights), rng)
    return np.asarray((sums * weights).sum(axis=1) / n_examples)


def _one_by_one(sides: list[tuple[_Side, ...]], weights: Array, rng: np.random.Generator) -> Array:
    """Examples drawn one by one, and every ratio of sums worked out again."""
    columns = [
        part
        for pair in sides
        for side in pair
        for part in (side.top, np.ones_like(side.top) if side.bottom is None else side.bottom)
    ]
    n_seeds = weights.shape[1]
    sums = _drawn_sums(np.concatenate(columns).T, len(weights), rng)
    sums = sums.reshape(len(weights), len(sides), 2, 2, n_seeds)
    values = _ratio(sums[:, :, :, 0], sums[:, :, :, 1])
    gains = (values[:, :, 0] - values[:, :, 1]).sum(axis=1)
    # A seed that was not drawn may lack a value.
    return np.asarray(np.where(weights > 0, gains * weights, 0.0).sum(axis=1))


def _ratio(top: Array, bottom: Array | float) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.divide(top, bottom))


def _drawn_sums(columns: Array, replicates: int, rng: np.random.Generator) -> Array:
    """Sums of the columns, (n_examples, n_columns), over examples drawn with replacement."""
    n_examples = len(columns)
    step = max(1, CHUNK // n_examples)
    parts = []
    for first in range(0, replicates, step):
        rows = min(step, replicates - first)
        drawn = rng.integers(n_examples, size=(rows, n_examples), dtype=np.uint32)
        drawn += np.arange(rows, dtype=np.uint32)[:, None] * np.uint32(n_examples)
        times = np.bincount(drawn.ravel(), minlength=rows * n_examples)
        parts.append(times.reshape(rows, n_examples).astype(float) @ columns)
    return np.concatenate(parts)
