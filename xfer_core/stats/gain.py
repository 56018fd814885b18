"""Gains over the baseline and how sure they are: seeds and test examples are both samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from xfer_core.domain.errors import ShapeError

Array = NDArray[np.float64]
POINTS = 100.0
LEAST_LOG_P = -15.0
"""Smaller p-values are not told apart: log10 of the smallest one reported."""
_ROOT = {"xatol": 1e-13, "xrtol": 1e-13, "fatol": 0.0, "frtol": 0.0}
_EQUAL = 1e-6
"""Two influences, in points, that differ by less are the same number but for rounding."""


def paired_gain(score: ArrayLike, baseline: ArrayLike) -> Array:
    """Gain of each run over the baseline with the same seed, in points.

    Args:
        score: any shape, such as (n_seeds, n_languages), in [0, 1].
        baseline: same shape and seed order, trained without an intermediate task.

    Returns:
        Same shape, in percentage points; NaN where either side is missing (NaN).

    Raises:
        ShapeError: the shapes differ.
    Source: the comparison of Phang et al. 2020, arXiv:2005.13013.
    """
    left, right = np.asarray(score, dtype=float), np.asarray(baseline, dtype=float)
    if left.shape != right.shape:
        raise ShapeError(
            f"Expected score and baseline of one shape; got {left.shape} and {right.shape}; "
            "pair them by seed first."
        )
    return np.asarray(POINTS * (left - right))


def influences(numerators: ArrayLike, denominators: ArrayLike) -> Array:
    """How much each example moves the metric sum(numerators) / sum(denominators), in points.

    Formula (delta method): (numerator_i - value * denominator_i) / mean(denominators). Their
    mean is 0 and var / n_examples is the sampling variance of the metric; with all denominators
    1 they are the deviations from the mean, so accuracy needs no approximation.

    Args:
        numerators: (..., n_examples); the last axis is summed over.
        denominators: same shape; the sum must not be 0.
    Source: linearised ratio estimator, Cochran 1977, Sampling Techniques, chapter 6.
    """
    top, bottom = np.asarray(numerators, dtype=float), np.asarray(denominators, dtype=float)
    value = top.sum(axis=-1, keepdims=True) / bottom.sum(axis=-1, keepdims=True)
    return np.asarray(POINTS * (top - value * bottom) / bottom.mean(axis=-1, keepdims=True))


@dataclass(frozen=True)
class Sources:
    """Variances of a mean gain, in squared points; arrays of one shape, one entry per cell.

    ``seeds``: between seeds, s^2 / n_seeds. ``examples``: between test examples, after averaging
    over the seeds. ``interaction``: the part that both of them contain, because an example may
    turn out differently in each seed. ``rounding``: a gain over n examples is a multiple of some
    step, so two seeds may agree exactly by chance; step^2 / 12 / n_seeds is what that hides.
    """

    seeds: Array
    examples: Array
    interaction: Array
    rounding: Array
    n_seeds: NDArray[np.int64]
    example_df: Array


def sources_of(gains: ArrayLike, differences: Sequence[ArrayLike]) -> Sources:
    """The variances of a mean over seeds, from two crossed samples: seeds and examples.

    Args:
        gains: (..., n_seeds) in points.
        differences: per independent set of examples an array (..., n_seeds, n_examples), the
            ``influences`` of the score minus those of the baseline. The examples are the same
            for all seeds and both sides, so they are paired. Empty when none were kept: then
            only the seeds speak. Sets with fewer than two examples give NaN.
    Source: two-way random effects, as in the multi-bootstrap setting of Sellam et al. 2022
        (MultiBERTs, arXiv:2106.16163), with moments in place of resampling.
    """
    g = np.asarray(gains, dtype=float)
    n_seeds = g.shape[-1]
    zero = np.zeros(g.shape[:-1])
    seeds = g.var(axis=-1, ddof=1) / n_seeds if n_seeds > 1 else zero
    sets = [np.asarray(each, dtype=float) for each in differences]
    if not sets:
        return Sources(seeds, zero, zero, zero, np.full(zero.shape, n_seeds), zero + np.inf)
    parts = [_example_parts(each) for each in sets]
    own = np.stack([part[0] for part in parts])
    df = np.array([part[2] for part in parts]).reshape(-1, *(1,) * zero.ndim)
    examples = own.sum(axis=0)
    step = np.min([_step(each) for each in sets], axis=0) if n_seeds > 1 else zero
    return Sources(
        seeds=seeds,
        examples=examples,
        interaction=np.stack([part[1] for part in parts]).sum(axis=0),
        rounding=np.where(np.isfinite(step), step, 0.0) ** 2 / 12 / n_seeds,
        n_seeds=np.full(zero.shape, n_seeds),
        example_df=_satterthwaite(own, df),
    )


def _example_parts(difference: Array) -> tuple[Array, Array, int]:
    n_seeds, n_examples = difference.shape[-2:]
    nothing = np.full(difference.shape[:-2], np.nan)
    if n_examples < 2:
        return nothing, nothing, 1
    mean = difference.mean(axis=-2)
    examples = mean.var(axis=-1, ddof=1) / n_examples
    if n_seeds < 2:
        return examples, np.zeros_like(examples), n_examples - 1
    rest = difference - mean[..., None, :]
    rest -= rest.mean(axis=-1, keepdims=True)
    # One flat axis: its sum must not depend on how many cells are worked out at once.
    flat = rest.reshape(*difference.shape[:-2], -1)
    squares = (flat**2).sum(axis=-1) / ((n_seeds - 1) * (n_examples - 1))
    return examples, squares / (n_seeds * n_examples), n_examples - 1


def _step(difference: Array) -> Array:
    """The smallest change of a gain that another outcome of one example makes; inf if none."""
    one = difference[..., 0, :]
    apart = np.abs(one - one[..., :1])
    smallest = np.where(apart > _EQUAL, apart, np.inf).min(axis=-1, initial=np.inf)
    return np.asarray(smallest / difference.shape[-1])


def _satterthwaite(variances: Array, df: NDArray[np.int64]) -> Array:
    """Degrees of freedom of a sum of variances (Satterthwaite 1946); axis 0 is summed over."""
    spread = (variances**2 / df).sum(axis=0)
    total = variances.sum(axis=0) ** 2
    most = np.broadcast_to(df.sum(axis=0), total.shape).astype(float)
    return np.asarray(np.divide(total, spread, out=most, where=spread > 0))


def intervals(gain: ArrayLike, sources: Sources, level: float = 0.95) -> tuple[Array, Array, Array]:
    """Interval of each mean gain and the p-value of "no gain", from the same distribution.

    Half-width h with tail probability a, t_S and t_E being t quantiles with n_seeds - 1 and
    (n_examples - 1) degrees of freedom, and ``own = max(examples - interaction, 0)``:

        h^2 = t_S^2 * (seeds + rounding) + t_E^2 * own

    The p-value is the tail probability whose h reaches 0, so p < 0.05 if and only if the 95%
    interval excludes 0. With one seed h = t_E * sqrt(examples), which leaves out what another
    seed would give, and p is NaN: such an interval says less than it seems to.

    Each variance keeps its own quantile, so that a seed variance that comes out small by luck is
    not also judged by the small quantile of many examples (as one t with Welch-Satterthwaite
    degrees of freedom does, and a bootstrap of few seeds). The interaction is in ``seeds``
    already and counts once. docs/statistics.md compares the alternatives by simulation.

    Conservative where both sources are of like size: 98 to 99% coverage with 2 seeds, 96 to 97%
    with 5. Not covered: the choice of test set, task and settings; t quantiles assume nearly
    normal spread between seeds, which collapsed runs (a seed stuck at chance) do not have.

    Args:
        gain: mean gains in points, one per entry of ``sources``.
        sources: from ``sources_of``.
        level: coverage of the interval.

    Returns:
        low, high, p; NaN where nothing can be said. Without any spread at all the interval is
        the point itself, p is 1 for a gain of 0 and NaN for another (no spread to judge by).
    Source: Howe 1974, J. Am. Statist. Assoc. 69, 789-794 (sum of squared half-widths); Sheppard
        1898, Proc. London Math. Soc. 29, 353-380 (variance hidden by rounding).
    """
    mean = np.asarray(gain, dtype=float)
    half = np.sqrt(_squared_half_width(sources, np.full(mean.shape, (1 - level) / 2)))
    p = np.full(mean.shape, np.nan)
    known = np.asarray((sources.n_seeds > 1) & (half > 0))
    if known.any():
        p[known] = _p_value(mean[known], _only(sources, known))
    p[(sources.n_seeds > 1) & (half == 0) & (mean == 0)] = 1.0
    return mean - half, mean + half, p


def _squared_half_width(sources: Sources, tail: Array) -> Array:
    by_seed = stdtrit(np.maximum(sources.n_seeds - 1, 1), tail) ** 2
    by_example = stdtrit(np.where(np.isinf(sources.example_df), 1, sources.example_df), tail) ** 2
    own = np.maximum(sources.examples - sources.interaction, 0)
    # Without any spread there is nothing that rounding could have hidden.
    rounding = np.where(sources.seeds + sources.examples > 0, sources.rounding, 0)
    unknown = (sources.n_seeds < 2) & np.isinf(sources.example_df)
    return np.where(unknown, np.nan, by_seed * (sources.seeds + rounding) + by_example * own)


def _only(sources: Sources, where: NDArray[np.bool_]) -> Sources:
    return Sources(**{name: value[where] for name, value in vars(sources).items()})


def _p_value(mean: Array, sources: Sources) -> Array:
    """The two-sided p at which the half-width reaches the mean; one-dimensional, all known."""
    from scipy.optimize import elementwise  # Slow to import, and pages only read p-values.

    def beyond(log_p: Array, target: Array, *parts: Any) -> Array:
        return np.asarray(np.sqrt(_squared_half_width(Sources(*parts), 10**log_p / 2)) - target)

    arguments = (np.abs(mean), *vars(sources).values())
    low, high = np.full(mean.shape, LEAST_LOG_P), np.zeros(mean.shape)
    found = elementwise.find_root(beyond, (low, high), args=arguments, tolerances=_ROOT)
    beneath = beyond(low, *arguments) <= 0
    return np.asarray(10 ** np.where(beneath, low, np.where(mean == 0, high, found.x)))


@dataclass(frozen=True)
class GainInterval:
    """A mean gain with its 95% interval, in points; arrays of one shape, one entry per cell."""

    gain_points: Array
    sd_points: Array
    ci_low: Array
    ci_high: Array
    p_value: Array


def gain_interval(
    score: tuple[ArrayLike, ArrayLike], baseline: tuple[ArrayLike, ArrayLike]
) -> GainInterval:
    """Mean gain of one language over paired seeds, with its interval (see ``intervals``).

    Args:
        score: numerators and denominators per example, each (..., n_seeds, n_examples).
        baseline: the same for the baseline: same seeds and examples, in the same order.

    Returns:
        Arrays of the leading shape; ``sd_points`` (over seeds) and ``p_value`` are NaN for one
        seed.

    Raises:
        ShapeError: the shapes differ.
    """
    (top, bottom), (base_top, base_bottom) = (map(np.asarray, side) for side in (score, baseline))
    gains = paired_gain(top.sum(-1) / bottom.sum(-1), base_top.sum(-1) / base_bottom.sum(-1))
    if top.shape != base_top.shape:
        raise ShapeError(
            f"Expected the same examples on both sides; got {top.shape} and {base_top.shape}; "
            "evaluate both on the same test set."
        )
    sources = sources_of(gains, [influences(top, bottom) - influences(base_top, base_bottom)])
    mean = gains.mean(axis=-1)
    missing = np.full(mean.shape, np.nan)
    sd = gains.std(axis=-1, ddof=1) if gains.shape[-1] > 1 else missing
    return GainInterval(mean, np.asarray(sd), *intervals(mean, sources))
