"""The accuracy-latency frontier: what is not beaten on both axes at once, and how surely."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray


def pareto_frontier(latency: ArrayLike, score: ArrayLike) -> NDArray[np.bool_]:
    """Which points no other point beats.

    A point is beaten by one with lower or equal latency and higher or equal score, one of the
    two strictly; so equal points stand or fall together.

    Args:
        latency: lower is better.
        score: higher is better, same order.

    Returns:
        One boolean per point; False where latency or score is NaN.
    Source: Pareto dominance; ties kept as in shared/quality/ux.md, P3.
    """
    x, y = np.asarray(latency, dtype=float), np.asarray(score, dtype=float)
    known = np.isfinite(x) & np.isfinite(y)
    no_worse = (x[:, None] <= x[None, :]) & (y[:, None] >= y[None, :])
    better = (x[:, None] < x[None, :]) | (y[:, None] > y[None, :])
    beaten = (no_worse & better & known[:, None]).any(axis=0)
    return np.asarray(known & ~beaten)


class Standing(StrEnum):
    """What a point is, with the uncertainty of both axes."""

    ON = "on"
    """On the frontier; nothing that scores higher can be told to be no slower."""
    BY_LATENCY = "by latency"
    """On the frontier only by a lead in latency that lies within the intervals."""
    NEAR = "near"
    """Below the frontier, but not distinguishable from it."""
    ONE_SEED = "one seed"
    """Below the frontier; without an interval of the score nothing can be told."""
    DOMINATED = "dominated"
    """A point that is no slower has a score interval wholly above."""
    UNKNOWN = "unknown"
    """Latency or score is missing."""


def standings(
    latency: tuple[ArrayLike, ArrayLike, ArrayLike], score: tuple[ArrayLike, ArrayLike, ArrayLike]
) -> list[Standing]:
    """What each point is, against all the others.

    Rules, in this order: a point on the frontier of the means is ``BY_LATENCY`` if a higher
    scoring point's latency interval reaches below the upper end of its own, else ``ON``. Below the
    frontier a point is ``DOMINATED`` if a frontier point with lower or equal mean latency has its
    score interval wholly above, ``ONE_SEED`` if its own score or all those points' lack an
    interval, else ``NEAR``.

    Args:
        latency: mean, low and high of each point; low and high may be NaN (then the mean).
        score: the same; NaN bounds for one seed.
    """
    x, x_low, x_high = (np.asarray(each, dtype=float) for each in latency)
    y, y_low, y_high = (np.asarray(each, dtype=float) for each in score)
    x_low, x_high = np.where(np.isnan(x_low), x, x_low), np.where(np.isnan(x_high), x, x_high)
    front = pareto_frontier(x, y)
    found = []
    for at in range(len(x)):
        if not (np.isfinite(x[at]) and np.isfinite(y[at])):
            found.append(Standing.UNKNOWN)
        elif front[at]:
            rival = (y > y[at]) & (x_low <= x_high[at])
            found.append(Standing.BY_LATENCY if rival.any() else Standing.ON)
        else:
            rival = front & (x <= x[at])
            found.append(_below(y_low[rival], y_high[at]))
    return found


def _below(rivals_low: NDArray[np.float64], high: float) -> Standing:
    if np.isnan(high) or np.isnan(rivals_low).all():
        return Standing.ONE_SEED
    return Standing.DOMINATED if (rivals_low > high).any() else Standing.NEAR
