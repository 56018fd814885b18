"""Paired tests of "no difference" between two ways to train, or between two trained models."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtr

from xfer_core.domain.errors import DataError, ShapeError

Array = NDArray[np.float64]
Counts = tuple[ArrayLike, ArrayLike | None]
"""Numerators and denominators per example, each (n_seeds, n_examples); None: all 1."""

CHUNK = 2**22
"""Numbers held at once while sides are exchanged."""
MOST_SIGNS = 16
"""With more seeds than this, not all exchanges are listed."""
_SAME = 1e-12


def mcnemar(score: ArrayLike, baseline: ArrayLike) -> Array:
    """Exact p-value of "both models are right equally often", for one pair of trained models.

    Of the examples that exactly one of the two gets right, b and c per side, each side is right
    in half under the hypothesis: p = min(1, 2 * P(Binomial(b + c, 1/2) <= min(b, c))); 1 without
    such examples. It says nothing about training again with another seed.

    Args:
        score: (..., n_examples) of 0 and 1.
        baseline: same shape and examples, in the same order.

    Returns:
        One p-value per leading index.

    Raises:
        ShapeError: the shapes differ.
        DataError: a value is neither 0 nor 1.
    Source: McNemar 1947, Psychometrika 12, 153-157, with the binomial in place of chi-squared.
    """
    left, right = np.asarray(score, dtype=float), np.asarray(baseline, dtype=float)
    _same_shape(left, right)
    if not all(np.isin(side, (0.0, 1.0)).all() for side in (left, right)):
        raise DataError(
            "Expected right or wrong (1 or 0) per example; got other values; use "
            "permutation_test for metrics other than accuracy."
        )
    only_left, only_right = (left > right).sum(axis=-1), (right > left).sum(axis=-1)
    tail = bdtr(np.minimum(only_left, only_right), only_left + only_right, 0.5)
    return np.asarray(np.minimum(1.0, 2 * tail))


def permutation_test(
    score: Counts, baseline: Counts, *, seed: int, permutations: int = 10_000
) -> float:
    """P-value of "it does not matter which side an example's result is from", for any metric.

    Each permutation exchanges the two sides of about half of the examples, in all seeds at once,
    works the metric out again (a ratio of sums, F1 for instance) and takes the mean difference
    over seeds. p = (1 + number at least as far from 0 as the one observed) / (1 + permutations).
    It is about these trained models on other examples; the seeds are not a sample here.

    Args:
        score: numerators and denominators, each (n_seeds, n_examples).
        baseline: same shapes, seeds and examples.
        seed: of the exchanges.
        permutations: how many; the smallest p is 1 / (1 + permutations).

    Raises:
        ShapeError: the shapes differ.
    Source: Noreen 1989, Computer-Intensive Methods for Testing Hypotheses; for ratios Yeh 2000,
        arXiv:cs/0008005.
    """
    left, right = _counts(score), _counts(baseline)
    _same_shape(left, right)
    rng = np.random.default_rng(seed)
    if (left[1] == 1).all() and (right[1] == 1).all():
        found = _exchanged_means((left[0] - right[0]).sum(axis=0), permutations, rng)
        observed = (left[0] - right[0]).sum()
    else:
        found = _exchanged_ratios(left, right, permutations, rng)
        observed = _mean_difference(left.sum(axis=-1), right.sum(axis=-1))
    far = np.abs(found) >= abs(observed) * (1 - _SAME) - _SAME
    return float((1 + far.sum()) / (1 + permutations))


def sign_flip_test(gains: ArrayLike) -> float:
    """Exact p-value of "the gain of a seed may as well have the other sign".

    All 2^n ways to give n gains signs are listed, so the smallest p is 2^(1 - n): with five
    seeds or fewer it cannot fall below 5%, whatever the gains. It assumes no normal spread.

    Args:
        gains: one per seed, at most ``MOST_SIGNS``.

    Raises:
        ShapeError: there are none, or too many to list.
    Source: Fisher 1935, The Design of Experiments, section 21.
    """
    values = np.asarray(gains, dtype=float)
    if values.ndim != 1 or not 1 <= values.size <= MOST_SIGNS:
        raise ShapeError(
            f"Expected 1 to {MOST_SIGNS} gains in one row; got shape {values.shape}; give one "
            "gain per seed."
        )
    flipped = np.array(list(product((1.0, -1.0), repeat=values.size))) @ values
    return float((np.abs(flipped) >= abs(values.sum()) * (1 - _SAME) - _SAME).mean())


def _counts(side: Counts) -> Array:
    """Numerators and denominators stacked, (2, n_seeds, n_examples)."""
    top = np.atleast_2d(np.asarray(side[0], dtype=float))
    bottom = np.ones_like(top) if side[1] is None else np.atleast_2d(np.asarray(side[1], float))
    _same_shape(top, bottom)
    return np.stack([top, bottom])


def _same_shape(left: Array, right: Array) -> None:
    if left.shape != right.shape:
        raise ShapeError(
            f"Expected the same seeds and examples on both sides; got {left.shape} and "
            f"{right.shape}; evaluate both on the same test set."
        )


def _exchanged_means(difference: Array, permutations: int, rng: np.random.Generator) -> Array:
    """Sums of the differences with random signs; equal ones are alike, so they are counted."""
    sizes, counts = np.unique(np.abs(difference), return_counts=True)
    kept = sizes > 0
    sizes, counts = sizes[kept], counts[kept]
    if len(sizes) * 8 > len(difference):
        return _signed(difference[None], permutations, rng)[:, 0]
    drawn = rng.binomial(counts, 0.5, size=(permutations, len(counts)))
    return np.asarray((2 * drawn - counts) @ sizes)


def _exchanged_ratios(
    left: Array, right: Array, permutations: int, rng: np.random.Generator
) -> Array:
    """Mean differences of the metric after random exchanges."""
    middle, half = (left + right).sum(axis=-1) / 2, (left - right) / 2
    moved = _signed(half.reshape(-1, half.shape[-1]), permutations, rng)
    moved = moved.reshape(permutations, *middle.shape)
    return _mean_difference(middle + moved, middle - moved)


def _signed(rows: Array, permutations: int, rng: np.random.Generator) -> Array:
    """Sums of the rows, (n_rows, n_examples), with random signs of the examples."""
    n_examples = rows.shape[1]
    step = max(1, CHUNK // n_examples)
    parts = []
    for first in range(0, permutations, step):
        size = (min(step, permutations - first), n_examples)
        signs = rng.integers(2, size=size, dtype=np.int8)
        parts.append((2.0 * signs - 1) @ rows.T)
    return np.concatenate(parts)


def _mean_difference(left: Array, right: Array) -> Array:
    """From sums (..., 2, n_seeds) the mean over seeds of the difference; 0 where undefined."""
    with np.errstate(invalid="ignore", divide="ignore"):
        values = [side[..., 0, :] / side[..., 1, :] for side in (left, right)]
    return np.asarray(np.nan_to_num(values[0] - values[1]).mean(axis=-1))
