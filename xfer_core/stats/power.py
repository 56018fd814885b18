"""What a number of seeds can show, and how many more a cell needs."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaincinv, ndtr, ndtri, stdtrit

from xfer_core.domain.errors import UsageError

Array = NDArray[np.float64]

GRID = 2000
"""Points at which the distribution of a seed variance is looked at."""
MOST_SEEDS = 100
_BISECTIONS = 60


def pooled_sd(sd_points: ArrayLike, n_seeds: ArrayLike) -> float:
    """One spread over seeds from several cells, in points: the root of the mean variance.

    Formula: sqrt(sum((n - 1) * sd^2) / sum(n - 1)). The spread of a single cell with 2 or 3 seeds
    is itself little more than a guess; cells of one target tend to have a common one.

    Args:
        sd_points: one per cell; NaN (one seed) does not count.
        n_seeds: likewise.

    Returns:
        NaN when no cell has two seeds.
    """
    sd, n = np.asarray(sd_points, dtype=float), np.asarray(n_seeds, dtype=float)
    known = np.isfinite(sd) & (n > 1)
    freedom = float((n[known] - 1).sum())
    total = float(((n[known] - 1) * sd[known] ** 2).sum())
    return float(np.sqrt(total / freedom)) if freedom else float("nan")


def example_variance(half_width: ArrayLike, sd_points: ArrayLike, n_seeds: ArrayLike) -> Array:
    """What the test examples add to the variance of a mean gain, read off a cell's 95% interval.

    Formula: (h^2 - t^2 * sd^2 / n) / z^2, the half-width of ``stats.intervals`` solved for its
    second part (z for many examples); with one seed h^2 / z^2. Never below 0.

    Args:
        half_width: (ci_high - ci_low) / 2 in points.
        sd_points: of the gain over seeds; NaN with one seed.
        n_seeds: of the cell.

    Returns:
        Squared points, for ``example_variance`` of the functions below; NaN without an interval.
    """
    h, n = np.asarray(half_width, dtype=float), np.asarray(n_seeds, dtype=float)
    sd = np.where(n > 1, np.asarray(sd_points, dtype=float), 0.0)
    t, z = stdtrit(np.maximum(n - 1, 1), 0.975), ndtri(0.975)
    return np.asarray(np.maximum(h**2 - t**2 * sd**2 / n, 0) / z**2)


def power(
    gain_points: float,
    sd_points: float,
    n_seeds: int,
    *,
    example_variance: float = 0.0,
    level: float = 0.05,
) -> float:
    """How likely the interval of a cell excludes 0 when the true gain is as given.

    The mean gain is normal with variance sd^2 / n + example_variance, the seed variance found is
    sd^2 * chi2(n - 1) / (n - 1) and independent of it; the cell is told from 0 when the mean is
    beyond the half-width of ``stats.intervals``. Without an example variance that is the power
    of the one-sample t test.

    Args:
        gain_points: the true gain.
        sd_points: the true spread of a gain over seeds.
        n_seeds: at least 2; with one seed nothing is ever marked, and the power is 0.
        example_variance: ``examples - interaction`` of ``stats.Sources``, in squared points; more
            seeds do not make it smaller.
        level: of the test. In a heatmap of m cells take 0.05 / m for a gain that has to stand out
            alone.
    """
    if n_seeds < 2:
        return 0.0
    freedom = n_seeds - 1
    quantiles = (np.arange(GRID) + 0.5) / GRID
    seed_variance = sd_points**2 / n_seeds * 2 * gammaincinv(freedom / 2, quantiles) / freedom
    t, z = stdtrit(freedom, 1 - level / 2), ndtri(1 - level / 2)
    half = np.sqrt(t**2 * seed_variance + z**2 * example_variance)
    spread = np.sqrt(sd_points**2 / n_seeds + example_variance)
    if spread == 0:
        return float(gain_points != 0)
    both = ndtr((gain_points - half) / spread) + ndtr((-gain_points - half) / spread)
    return float(both.mean())


def detectable_gain(
    sd_points: float,
    n_seeds: int,
    *,
    example_variance: float = 0.0,
    level: float = 0.05,
    wanted: float = 0.8,
) -> float:
    """The smallest gain in points that so many seeds show with the wanted power; inf for one seed.

    "With 3 seeds you can see gains above x points here." Arguments as for ``power``.

    Raises:
        UsageError: the wanted power is not between the level and 1.
    """
    _checked(level, wanted)
    if n_seeds < 2:
        return float("inf")
    low, high = 0.0, max(np.sqrt(sd_points**2 + example_variance), 1e-9)

    def found(gain: float) -> float:
        return power(gain, sd_points, n_seeds, example_variance=example_variance, level=level)

    while found(high) < wanted:
        high *= 2
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if found(middle) < wanted else (low, middle)
    return float(high)


def seeds_needed(
    gain_points: float,
    sd_points: float,
    *,
    example_variance: float = 0.0,
    level: float = 0.05,
    wanted: float = 0.8,
    most: int = MOST_SEEDS,
) -> int | None:
    """The smallest number of seeds that shows such a gain with the wanted power.

    Subtract the seeds that a cell has to get how many more it needs. A gain that was picked
    because it looked large is smaller in truth, and needs more.

    Returns:
        None when ``most`` seeds are not enough: the gain is too small for this test set, and
        more examples or another target would be needed rather than more seeds.

    Raises:
        UsageError: the wanted power is not between the level and 1.
    """
    _checked(level, wanted)
    low, high = 1, most

    def enough(n_seeds: int) -> bool:
        found = power(
            gain_points, sd_points, n_seeds, example_variance=example_variance, level=level
        )
        return found >= wanted

    if not enough(most):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _checked(level: float, wanted: float) -> None:
    if not 0 < level < wanted < 1:
        raise UsageError(
            f"Expected a power between the level {level} and 1; got {wanted}; 0.8 is usual."
        )
