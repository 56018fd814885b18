"""Do both sides reach the same result? Only then is being faster worth something."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

STANDARD_ERRORS = 2.0
"""A difference beyond so many is not noise; equals are called different about once in twenty."""


def same_score(ours: Sequence[float], theirs: Sequence[float], n_examples: int) -> bool:
    """Whether the mean of paired scores differs by no more than noise.

    Noise is the larger of two standard errors: that of the paired differences over their
    spread, and that of two proportions measured on ``n_examples`` test examples each.

    Args:
        ours: scores in [0, 1], one per seed or cell.
        theirs: same order.
        n_examples: test examples behind each score.
    """
    a, b = np.asarray(ours, dtype=float), np.asarray(theirs, dtype=float)
    p = float(np.concatenate([a, b]).mean())
    sampled = np.sqrt(2 * p * (1 - p) / n_examples / len(a))
    scattered = (a - b).std(ddof=1) / np.sqrt(len(a)) if len(a) > 1 else 0.0
    return bool(abs((a - b).mean()) <= STANDARD_ERRORS * max(sampled, scattered))


def equal_scores(ours: Sequence[float], theirs: Sequence[float], tolerance: float) -> bool:
    """Whether every pair of scores agrees within ``tolerance``: for the very same weights."""
    return bool(np.allclose(ours, theirs, rtol=0, atol=tolerance))
