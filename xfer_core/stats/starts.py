"""What another start of the same program changes, which one process alone cannot know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from xfer_core.domain.errors import ShapeError


@dataclass(frozen=True)
class Starts:
    """How far measurements of the same thing by different processes lie apart.

    ``sd`` is the standard deviation of their logarithms between processes, beyond what their own
    intervals explain (0.04 is about 4%); ``df`` the number of repeated starts it was learned from.
    """

    sd: float
    df: int

    def widened(
        self, low: ArrayLike, middle: ArrayLike, high: ArrayLike, level: float = 0.95
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Bounds of positive values that hold for another start too; any shape, NaN stays NaN.

        Formula: on the logarithms, each side's half width h becomes sqrt(h^2 + (t(df) sd)^2): the
        two sources of error are independent.

        Args:
            low: lower bounds within one process.
            middle: the values.
            high: upper bounds within one process.
            level: coverage.
        """
        logs = [np.log(np.asarray(each, dtype=float)) for each in (low, middle, high)]
        more = float(stdtrit(max(self.df, 1), (1 + level) / 2)) * self.sd
        down, up = (np.hypot(one, more) for one in (logs[1] - logs[0], logs[2] - logs[1]))
        return np.exp(logs[1] - down), np.exp(logs[1] + up)


def starts(
    values: Sequence[ArrayLike], errors: Sequence[ArrayLike], df: int | None = None
) -> Starts | None:
    """The spread between starts, from things that were measured by two processes or more.

    Formula: with k_i measurements x_ij of thing i, standard error s_ij each,
    sd^2 = (sum_ij (x_ij - mean_i)^2 - sum_i (1 - 1/k_i) sum_j s_ij^2) / sum_i (k_i - 1), at
    least 0: the one-way analysis of variance with known errors.

    Args:
        values: per thing the logarithms of its measurements.
        errors: their standard errors, likewise.
        df: how many repeated starts these are; several things measured by one process are one.
            None counts each thing alone.

    Returns:
        None if nothing was measured twice.

    Raises:
        ShapeError: values and errors are not of one shape.
    Source: method of moments, DerSimonian & Laird 1986, Controlled Clinical Trials 7, with equal
        weights.
    """
    pairs = [(np.asarray(x, float), np.asarray(s, float)) for x, s in _same(values, errors)]
    pairs = [(x, s) for x, s in pairs if x.size > 1]
    if not pairs:
        return None
    free = sum(x.size - 1 for x, _ in pairs)
    seen = sum(float(((x - x.mean()) ** 2).sum()) for x, _ in pairs)
    explained = sum((1 - 1 / x.size) * float((s**2).sum()) for x, s in pairs)
    return Starts(max(0.0, (seen - explained) / free) ** 0.5, free if df is None else df)


def _same(
    values: Sequence[ArrayLike], errors: Sequence[ArrayLike]
) -> list[tuple[ArrayLike, ArrayLike]]:
    shapes = [[np.shape(each) for each in side] for side in (values, errors)]
    if shapes[0] != shapes[1]:
        raise ShapeError(
            f"Expected one standard error per measurement; got {shapes[0]} and {shapes[1]}."
        )
    return list(zip(values, errors, strict=True))
