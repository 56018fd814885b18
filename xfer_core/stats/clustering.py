"""An order in which rows that behave alike stand side by side."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

METHOD = "average linkage of root mean squared differences, optimal leaf order"


def clustered(values: ArrayLike) -> list[int]:
    """Places of the rows in an order that puts similar rows beside each other.

    Two rows differ by the root mean square of their differences over the columns that both have;
    rows without a common column are as far apart as the farthest that have one.

    Args:
        values: (n_rows, n_columns), NaN where nothing is known.

    Returns:
        Each place once; the end with the higher mean comes first, rows without a number last.

    Source: Bar-Joseph, Gifford and Jaakkola 2001 (optimal leaf order), as scipy computes it.
    """
    table = np.atleast_2d(np.asarray(values, dtype=float))
    known = [int(row) for row in np.flatnonzero(np.isfinite(table).any(axis=1))]
    rest = [row for row in range(len(table)) if row not in known]
    if len(known) > 2:
        # Slow to import, and only this order needs it.
        from scipy.cluster.hierarchy import leaves_list, linkage

        tree = linkage(_distances(table[known]), "average", optimal_ordering=True)
        known = [known[leaf] for leaf in leaves_list(tree)]
    half = len(known) // 2
    if half and np.nanmean(table[known[:half]]) < np.nanmean(table[known[-half:]]):
        known.reverse()
    return known + rest


def _distances(table: np.ndarray) -> np.ndarray:
    """Differences of all pairs of rows, in the order that scipy expects."""
    first, second = np.triu_indices(len(table), 1)
    squares = (table[first] - table[second]) ** 2
    counts = np.isfinite(squares).sum(axis=1)
    found = np.sqrt(np.nansum(squares, axis=1) / np.maximum(counts, 1))
    return np.where(counts > 0, found, found.max(initial=0.0))
