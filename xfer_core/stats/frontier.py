"""The accuracy-latency frontier: what is not beaten on both axes at once."""

from __future__ import annotations

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
