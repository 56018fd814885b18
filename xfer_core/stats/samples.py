"""Summaries of repeated measurements: latency samples, and one score per seed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit


def percentiles(samples: ArrayLike, at: Sequence[float] = (50, 90, 95, 99)) -> tuple[float, ...]:
    """The percentiles of the samples, linearly interpolated between neighbours; NaN if empty.

    Source: Hyndman and Fan 1996, definition 7 (numpy's default).
    """
    values = np.asarray(samples, dtype=float)
    if values.size == 0:
        return tuple(float("nan") for _ in at)
    return tuple(float(value) for value in np.percentile(values, list(at)))


def median_interval(
    samples: ArrayLike, seed: int, level: float = 0.95, resamples: int = 2000
) -> tuple[float, float]:
    """Bootstrap interval of the median, in the unit of the samples; NaN if empty.

    It covers the scatter between passes within one process, not between processes or machines.

    Args:
        samples: repeated measurements, taken as independent.
        seed: of the resampling, so that the same samples give the same interval.
        level: coverage.
        resamples: how many times the samples are drawn anew.
    Source: percentile bootstrap, Efron and Tibshirani 1993, chapter 13.
    """
    values = np.asarray(samples, dtype=float)
    if values.size == 0:
        return float("nan"), float("nan")
    drawn = np.random.default_rng(seed).integers(values.size, size=(resamples, values.size))
    medians = np.median(values[drawn], axis=1)
    low, high = np.percentile(medians, [50 * (1 - level), 50 * (1 + level)])
    return float(low), float(high)


def mean_interval(values: ArrayLike, level: float = 0.95) -> tuple[float, float]:
    """Student's t interval of a mean, such as a score over seeds; NaN below two values.

    Formula: mean +/- t(n - 1) * s / sqrt(n). Source: Student 1908, Biometrika 6.
    """
    x = np.asarray(values, dtype=float)
    if x.size < 2:
        return float("nan"), float("nan")
    half = float(stdtrit(x.size - 1, (1 + level) / 2)) * float(x.std(ddof=1)) / x.size**0.5
    return float(x.mean()) - half, float(x.mean()) + half
