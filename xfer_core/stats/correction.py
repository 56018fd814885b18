"""Correction for looking at many cells at once; the views mark what stands after it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray


def benjamini_hochberg(
    p_values: ArrayLike | Sequence[float | None], level: float = 0.05
) -> NDArray[np.bool_]:
    """Which hypotheses stand when the share of false ones among them is kept to ``level``.

    Formula: with m values sorted, all up to the largest i with p(i) <= level * i / m. When no
    gain is real at all, the chance of any mark is at most ``level`` too.

    Args:
        p_values: the family as one list; None and NaN (no test was possible) do not count in m.
        level: the false discovery rate.

    Returns:
        One boolean per value, in the order given; False where there is no value.
    Source: Benjamini and Hochberg 1995, J. R. Statist. Soc. B 57, 289-300.
    """
    p = np.asarray(p_values, dtype=float)
    marks = np.zeros(p.shape, dtype=bool)
    ordered = np.sort(p[np.isfinite(p)])
    below = ordered <= level * np.arange(1, len(ordered) + 1) / max(len(ordered), 1)
    if below.any():
        marks = p <= ordered[np.flatnonzero(below)[-1]]
    return marks
