"""Which intermediate task is the best, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from xfer_core.domain.errors import ShapeError

Array = NDArray[np.float64]
Parts = tuple[Array, Array]


@dataclass(frozen=True)
class Ranking:
    """How likely each task is the best; arrays with one entry per task.

    ``probability_best`` and ``probability_none`` (no task helps at all) add up to 1. Rank 1 is
    the largest gain; ``rank_low`` to ``rank_high`` holds the rank with the given level.
    ``seeds_known`` is False with one seed: then the doubt about another training is left out and
    the probabilities are too sure.
    """

    gain_points: Array
    probability_best: Array
    probability_none: float
    rank_low: NDArray[np.int64]
    rank_high: NDArray[np.int64]
    seeds_known: bool


def ranking(
    gains: ArrayLike,
    differences: Sequence[ArrayLike],
    *,
    seed: int,
    draws: int = 10_000,
    level: float = 0.95,
) -> Ranking:
    """Ranks of several tasks for one target, from draws of what their true gains may be.

    A draw moves all gains together, since they share the seeds, the baseline and the examples:

        gain + sqrt((S - 1) / chi2(S - 1)) * sum_s z_s (gain_s - gain) / sqrt(S (S - 1)) + e

    with z standard normal, so that one task alone gets the t distribution of its interval, and e
    normal with the covariance of the examples less that of the interaction, which the seeds
    contain already. Before looking, every gain is taken to be equally plausible; where the true
    gains lie closer together than their noise, the leader's probability is too high.

    Args:
        gains: (n_tasks, n_seeds) in points, of seeds that all the tasks and the baseline share.
        differences: per independent set of examples an array (n_tasks, n_seeds, n_examples), as
            for ``sources_of``; empty when none were kept.
        seed: of the draws.
        draws: how many.
        level: of the interval of ranks.

    Raises:
        ShapeError: there is no task, or the sets do not fit the gains.
    Source: parametric form of the multi-bootstrap (Sellam et al. 2022, arXiv:2106.16163); ranks by
        resampling as in Goldstein and Spiegelhalter 1996, J. R. Statist. Soc. A 159, 385-443.
    """
    g = np.asarray(gains, dtype=float)
    sets = [np.asarray(each, dtype=float) for each in differences]
    if g.ndim != 2 or not g.size or any(each.shape[:2] != g.shape for each in sets):
        raise ShapeError(
            f"Expected gains (n_tasks, n_seeds) and examples of the same; got {g.shape} and "
            f"{[each.shape for each in sets]}; keep only seeds that all tasks have."
        )
    mean = g.mean(axis=1)
    rng = np.random.default_rng(seed)
    drawn = mean + _seed_errors(g, draws, rng) + _example_errors(sets, draws, len(g), rng)
    best = drawn.argmax(axis=1)
    none = drawn.max(axis=1) <= 0
    ranks = 1 + (-drawn).argsort(axis=1).argsort(axis=1)
    tails = [(1 - level) / 2, (1 + level) / 2]
    low = np.quantile(ranks, tails[0], axis=0, method="lower").astype(np.int64)
    high = np.quantile(ranks, tails[1], axis=0, method="higher").astype(np.int64)
    won = np.bincount(best[~none], minlength=len(g)) / draws
    return Ranking(mean, won, float(none.mean()), low, high, g.shape[1] > 1)


def _seed_errors(gains: Array, draws: int, rng: np.random.Generator) -> Array:
    """(draws, n_tasks): how far the mean over these seeds may be from that over all."""
    n_seeds = gains.shape[1]
    if n_seeds < 2:
        return np.zeros((draws, len(gains)))
    apart = (gains - gains.mean(axis=1, keepdims=True)) / np.sqrt(n_seeds * (n_seeds - 1))
    spread = np.sqrt((n_seeds - 1) / rng.chisquare(n_seeds - 1, size=(draws, 1)))
    return np.asarray(spread * (rng.standard_normal((draws, n_seeds)) @ apart.T))


def _example_errors(
    sets: Sequence[Array], draws: int, n_tasks: int, rng: np.random.Generator
) -> Array:
    """(draws, n_tasks): how far these examples may be from all, apart from the seeds' share."""
    covariance = np.zeros((n_tasks, n_tasks))
    for each in sets:
        covariance += _own_covariance(each)
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(
        rng.standard_normal((draws, n_tasks)) * np.sqrt(np.maximum(values, 0)) @ vectors.T
    )


def _own_covariance(difference: Array) -> Array:
    """Covariance of the tasks' mean gains over examples, without the interaction with seeds."""
    n_tasks, n_seeds, n_examples = difference.shape
    if n_examples < 2:
        return np.full((n_tasks, n_tasks), np.nan)
    mean = difference.mean(axis=1)
    own = np.atleast_2d(np.cov(mean)) / n_examples
    if n_seeds < 2:
        return np.asarray(own)
    rest = difference - mean[:, None]
    rest -= rest.mean(axis=-1, keepdims=True)
    flat = rest.reshape(n_tasks, -1)
    shared = flat @ flat.T / ((n_seeds - 1) * (n_examples - 1) * n_seeds * n_examples)
    return np.asarray(own - shared)
