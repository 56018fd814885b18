"""How a property of languages goes with gain or score, and how scores grow with examples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri, stdtr, stdtrit

from xfer_core.domain.errors import ShapeError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class RankCorrelation:
    """Spearman's correlation over ``n`` languages, its interval, and the p-value of "none"."""

    rho: float
    low: float
    high: float
    p_value: float
    n: int


def rank_correlation(x: ArrayLike, y: ArrayLike, level: float = 0.95) -> RankCorrelation:
    """Spearman's rank correlation with an interval; NaN below four languages or without spread.

    Interval: tanh(artanh(rho) +/- z * sqrt((1 + rho^2 / 2) / (n - 3))), which holds for the 10 to
    40 languages of a task far better than the percentile bootstrap. p: the t approximation with
    n - 2 degrees of freedom. Languages of one family are not independent, so both are too sure.

    Args:
        x: one value per language; a language with a NaN on either side is left out.
        y: likewise.
        level: coverage of the interval.

    Raises:
        ShapeError: the two are not equally many.
    Source: Bonett and Wright 2000, Psychometrika 65, 23-28.
    """
    left, right = _paired(x, y)
    n = len(left)
    nothing = RankCorrelation(*(float("nan"),) * 4, n)
    if n < 4:
        return nothing
    one, other = (ranks - (n + 1) / 2 for ranks in (_ranks(left), _ranks(right)))
    spread = float(np.sqrt((one**2).sum() * (other**2).sum()))
    if spread == 0:
        return nothing
    rho = float(np.clip((one * other).sum() / spread, -1, 1))
    if abs(rho) == 1:
        return RankCorrelation(rho, rho, rho, 0.0, n)
    half = float(ndtri((1 + level) / 2)) * np.sqrt((1 + rho**2 / 2) / (n - 3))
    low, high = np.tanh(np.arctanh(rho) + np.array([-half, half]))
    t = abs(rho) * np.sqrt((n - 2) / (1 - rho**2))
    return RankCorrelation(rho, float(low), float(high), float(2 * stdtr(n - 2, -t)), n)


@dataclass(frozen=True)
class LogSlope:
    """Points gained per tenfold number of examples, with its interval; NaN below three sizes."""

    slope_points: float
    low: float
    high: float
    intercept_points: float
    """The line at one example."""


def log_slope(n_examples: ArrayLike, score_points: ArrayLike, level: float = 0.95) -> LogSlope:
    """Least-squares line of a few-shot curve over log10 of the number of examples.

    Args:
        n_examples: sizes; those of 0 have no place on the axis and are left out.
        score_points: score or gain at each, in points.
        level: coverage of the t interval with n - 2 degrees of freedom.

    Raises:
        ShapeError: the two are not equally many.
    Source: scores grow with the logarithm of the examples, Muller et al. 2022, arXiv:2212.01757.
    """
    sizes, values = _paired(n_examples, score_points)
    at, values = np.log10(sizes[sizes > 0]), values[sizes > 0]
    if len(at) < 3 or np.ptp(at) == 0:
        return LogSlope(*(float("nan"),) * 4)
    apart = at - at.mean()
    squares = float((apart**2).sum())
    slope = float((apart * values).sum()) / squares
    intercept = float(values.mean() - slope * at.mean())
    rest = values - intercept - slope * at
    error = float(np.sqrt((rest**2).sum() / (len(at) - 2) / squares))
    half = float(stdtrit(len(at) - 2, (1 + level) / 2)) * error
    return LogSlope(slope, slope - half, slope + half, intercept)


def _paired(x: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    left, right = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if left.shape != right.shape or left.ndim != 1:
        raise ShapeError(
            f"Expected two rows of equal length; got {left.shape} and {right.shape}; give one "
            "value of each per language."
        )
    known = np.isfinite(left) & np.isfinite(right)
    return left[known], right[known]


def _ranks(values: Array) -> Array:
    """Ranks from 1; equal values share the mean of theirs."""
    _, at, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[at])
