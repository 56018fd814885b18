"""Exact nearest neighbours of many vectors, in blocks: no table of all pairs is ever held.

40,000 x 40,000 cosines are 6.4 GB; a block of them is 64 MiB. Vectors are compared on the device
that holds them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

BLOCK = 4096
"""Vectors a side of a block."""


@dataclass(frozen=True)
class Near:
    """The k nearest of each of n vectors by cosine, nearest first; both (n, k)."""

    cosines: torch.Tensor
    places: torch.Tensor

    @property
    def density(self) -> torch.Tensor:
        """(n,) mean cosine to the k nearest."""
        return self.cosines.mean(1)


def unit(vectors: torch.Tensor) -> torch.Tensor:
    """(n, width) vectors of length 1, fp32."""
    return torch.nn.functional.normalize(vectors.float(), dim=-1)


def nearest_both(one: torch.Tensor, other: torch.Tensor, k: int) -> tuple[Near, Near]:
    """The k nearest of ``other`` for each of ``one``, and the other way round; unit vectors."""
    rows: dict[int, Near] = {}
    columns: dict[int, Near] = {}
    for i, j, cosines in _blocks(one, other):
        rows[i] = _nearer(rows.get(i), cosines, j, k)
        columns[j] = _nearer(columns.get(j), cosines.T, i, k)
    return _whole(rows), _whole(columns)


def best_by_cosine(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """(n,) place of the nearest of ``other`` for each of ``one``; of equals the first."""
    best: dict[int, Best] = {}
    for i, j, cosines in _blocks(one, other):
        best[i] = _better(best.get(i), cosines, j)
    return _first_of_equal(other)[torch.cat([found.places for found in best.values()])]


def best_by_margin(
    one: torch.Tensor, other: torch.Tensor, near_one: torch.Tensor, near_other: torch.Tensor
) -> tuple[Best, Best]:
    """The best partner of each by ratio margin, in both directions; of equals the first.

    The margin is the cosine over the mean of both sides' densities (Artetxe & Schwenk 2019,
    https://aclanthology.org/P19-1309).
    """
    rows: dict[int, Best] = {}
    columns: dict[int, Best] = {}
    for i, j, cosines in _blocks(one, other):
        around = near_one[i : i + len(cosines), None] + near_other[None, j : j + cosines.shape[1]]
        margins = cosines / (around / 2)
        rows[i] = _better(rows.get(i), margins, j)
        columns[j] = _better(columns.get(j), margins.T, i)
    return _joined(rows, other), _joined(columns, one)


@dataclass(frozen=True)
class Best:
    """(n,) each: the largest value, and where."""

    values: torch.Tensor
    places: torch.Tensor


def _blocks(one: torch.Tensor, other: torch.Tensor) -> Iterator[tuple[int, int, torch.Tensor]]:
    """(first row, first column, cosines) of every block, row by row."""
    for i in range(0, len(one), BLOCK):
        for j in range(0, len(other), BLOCK):
            yield i, j, one[i : i + BLOCK] @ other[j : j + BLOCK].T


def _nearer(before: Near | None, cosines: torch.Tensor, start: int, k: int) -> Near:
    found = cosines.topk(min(k, cosines.shape[1]), dim=1)
    near = Near(found.values, found.indices + start)
    if before is None:
        return near
    values = torch.cat([before.cosines, near.cosines], 1)
    places = torch.cat([before.places, near.places], 1)
    found = values.topk(min(k, values.shape[1]), dim=1)
    return Near(found.values, places.gather(1, found.indices))


def _better(before: Best | None, values: torch.Tensor, start: int) -> Best:
    found = values.max(1)
    best = Best(found.values, found.indices + start)
    if before is None:
        return best
    later = best.values > before.values  # an equal one before stays
    return Best(
        torch.where(later, best.values, before.values),
        torch.where(later, best.places, before.places),
    )


def _whole(parts: dict[int, Near]) -> Near:
    return Near(
        torch.cat([part.cosines for part in parts.values()]),
        torch.cat([part.places for part in parts.values()]),
    )


def _joined(parts: dict[int, Best], among: torch.Tensor) -> Best:
    places = torch.cat([part.places for part in parts.values()])
    return Best(torch.cat([part.values for part in parts.values()]), _first_of_equal(among)[places])


def _first_of_equal(vectors: torch.Tensor) -> torch.Tensor:
    """(n,) place of the first vector with the same numbers, often its own.

    Their cosines may still differ in the last bit: a matrix product may add up the columns at its
    edge in another order, and which these are depends on the processor.
    """
    table = np.ascontiguousarray(vectors.cpu().numpy())
    bytes_ = table.view(np.dtype((np.void, table.itemsize * table.shape[1]))).ravel()
    _, first, same = np.unique(bytes_, return_index=True, return_inverse=True)
    return torch.from_numpy(first[same]).to(vectors.device)
