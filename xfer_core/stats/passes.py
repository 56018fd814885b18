"""Latency over passes: neighbouring samples are alike, so whole passes are what is resampled."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, stdtrit

from xfer_core.domain.errors import ShapeError

RESAMPLES = 4000
EXACT = 5
"""Up to so many passes every resample is looked at instead of some drawn ones."""


def block_interval(
    passes: Sequence[ArrayLike], seed: int = 0, level: float = 0.95
) -> tuple[float, float]:
    """Interval of the median of all samples, in their unit; NaN for fewer than two passes.

    Formula: passes are drawn with replacement, the median of all their samples is taken, and the
    interval lies between the tail quantiles of these medians. The tail is that of Student's t,
    Phi(-t(k - 1) * sqrt(k / (k - 1))) for k passes, because the plain percentile interval of few
    blocks is too narrow: with five passes it would hold the median in about five of six cases.
    With five passes the interval then spans the lowest to the highest of the pass medians.

    Args:
        passes: samples of each pass, in the order taken; each has one at least.
        seed: of the drawing, so that equal samples give equal intervals.
        level: coverage.
    Source: block bootstrap, Kuensch 1989, Ann. Statist. 17; expanded percentile interval,
        Hesterberg 2015, arXiv:1411.5279, section 4.
    """
    blocks = [np.asarray(one, dtype=float) for one in passes]
    k = len(blocks)
    if k < 2:
        return float("nan"), float("nan")
    medians = _medians(blocks, _drawn(k, seed))
    t = float(stdtrit(k - 1, (1 - level) / 2))
    tail = float(ndtr(t * (k / (k - 1)) ** 0.5))
    # The smallest median whose share of all reaches the tail: no value in between is invented.
    low = np.quantile(medians, tail, method="inverted_cdf")
    high = np.quantile(medians, 1 - tail, method="inverted_cdf")
    return float(low), float(high)


def _drawn(k: int, seed: int) -> NDArray[np.int64]:
    """(resamples, k): how often each pass is in a resample."""
    if k <= EXACT:
        drawn = np.array(list(itertools.product(range(k), repeat=k)), dtype=np.int64)
    else:
        drawn = np.random.default_rng(seed).integers(k, size=(RESAMPLES, k))
    return np.stack([(drawn == number).sum(axis=1) for number in range(k)], axis=1)


def _medians(blocks: Sequence[NDArray[np.float64]], times: NDArray[np.int64]) -> list[float]:
    """Median of each resample: the samples are sorted once, and counted as often as drawn."""
    values = np.concatenate(blocks)
    of = np.repeat(np.arange(len(blocks)), [each.size for each in blocks])
    order = np.argsort(values, kind="stable")
    values, counted = values[order], np.cumsum(times[:, of[order]], axis=1)
    whole = counted[:, -1:]
    below, above = ((counted <= place).sum(axis=1) for place in ((whole - 1) // 2, whole // 2))
    return list((values[below] + values[above]) / 2)


@dataclass(frozen=True)
class Ratio:
    """A ratio with its 95% interval."""

    value: float
    low: float
    high: float


def ratio_of(ratios: ArrayLike, level: float = 0.95) -> Ratio:
    """Mean of a setting's ratios to the reference, one per pass; the mean is geometric.

    Formula: mean of the logarithms +/- t(k - 1) * s / sqrt(k), taken back. NaN bounds for one
    pass. Each pass holds both sides, so what slows the machine for a pass cancels.

    Args:
        ratios: median of the setting over median of the reference, per pass.
        level: coverage.
    """
    logs = np.log(np.asarray(ratios, dtype=float))
    middle = float(logs.mean()) if logs.size else float("nan")
    half = _half(float(_squared_error(logs)), logs.size - 1, level)
    return Ratio(*(float(np.exp(value)) for value in (middle, middle - half, middle + half)))


@dataclass(frozen=True)
class Equality:
    """How far several models of one shape differ in latency from the first of them.

    ``bound``: no true difference is larger than this share (0.018 is 1.8%), at 95%.
    ``differences``: relative difference of each other model, in the order given.
    """

    bound: float
    differences: tuple[Ratio, ...]


def equality(models: Sequence[ArrayLike], level: float = 0.95) -> Equality:
    """The smallest margin within which all models are as fast as the first.

    Each model's ratios to the reference (one per pass) are compared with those of the first by
    Welch's interval on the logarithms. The bound is the farthest end of any of them: that all
    differences lie within it is an intersection-union test, which needs no correction for the
    number of models (Berger 1982). It holds for these processes: what another start of the same
    model would give is in it only as far as it made the models differ.

    Args:
        models: per model its ratios; two models and two passes each at least.
        level: coverage of each interval.

    Returns:
        Differences relative to the first model, as shares; the bound is max |end| of them.

    Raises:
        ShapeError: fewer than two models, or a model with fewer than two passes.
    Source: equivalence as in Schuirmann 1987, J. Pharmacokinet. Biopharm. 15; Berger 1982,
        Technometrics 24.
    """
    logs = [np.log(np.asarray(each, dtype=float)) for each in models]
    if len(logs) < 2 or min(each.size for each in logs) < 2:
        raise ShapeError(
            "Expected the ratios of two models or more, of two passes each at least; got "
            f"{[each.size for each in logs]}; measure more passes."
        )
    found = tuple(_difference(each, logs[0], level) for each in logs[1:])
    ends = [max(abs(each.low), abs(each.high)) for each in found]
    return Equality(max(ends), found)


def _difference(one: NDArray[np.float64], other: NDArray[np.float64], level: float) -> Ratio:
    parts = [_squared_error(each) for each in (one, other)]
    total = sum(parts)
    spread = sum(p**2 / (e.size - 1) for p, e in zip(parts, (one, other), strict=True))
    df = total**2 / spread if spread > 0 else float(one.size + other.size - 2)
    middle, half = float(one.mean() - other.mean()), _half(total, df, level)
    return Ratio(*(float(np.expm1(value)) for value in (middle, middle - half, middle + half)))


def _squared_error(values: NDArray[np.float64]) -> float:
    return float(values.var(ddof=1) / values.size) if values.size > 1 else float("nan")


def _half(squared_error: float, df: float, level: float) -> float:
    if df < 1:
        return float("nan")
    return float(stdtrit(df, (1 + level) / 2)) * squared_error**0.5
