"""Mining: which sentences of two lists translate each other, and which have no translation?

As XTREME does BUCC: ratio margin over the k nearest neighbours (Artetxe & Schwenk 2019,
https://aclanthology.org/P19-1309), one partner per sentence, and a threshold fitted on dev.
"""

from __future__ import annotations

from typing import Any

import torch

from xfer_core.domain.task import Row, Task
from xfer_core.stages.kinds import search
from xfer_core.stages.kinds.retrieval import Retrieval

NEIGHBOURS = 4

Mined = list[tuple[float, int, int]]
"""(margin, source, target), best first."""


class Mining(Retrieval):
    """Encoded as retrieval; an example is a line of each list."""

    def references(self, rows: list[Row], task: Task) -> list[Any]:
        """The place of each source's translation, None if it has none."""
        return [place if row["parallel"] else None for place, row in enumerate(rows)]


def mine(
    sources: torch.Tensor,
    targets: torch.Tensor,
    neighbours: int = NEIGHBOURS,
    candidates: str = "all",
) -> Mined:
    """The best candidates, each sentence at most once; (n, width) and (m, width) vectors.

    Candidates are each sentence's best partner by margin, in both directions: among all, or (as
    XTREME) among its ``nearest`` by cosine alone.
    """
    sources, targets = search.unit(sources), search.unit(targets)
    near = search.nearest_both(sources, targets, min(neighbours, len(sources), len(targets)))
    find = _among_nearest if candidates == "nearest" else _among_all
    forward, backward = find(sources, targets, *near)
    pairs = {(i, j): value for i, (value, j) in enumerate(_plain(forward))}
    pairs.update({(i, j): value for j, (value, i) in enumerate(_plain(backward))})
    ranked = sorted(((value, i, j) for (i, j), value in pairs.items()), key=_rank)
    mined: Mined = []
    used: tuple[set[int], set[int]] = (set(), set())
    for margin, i, j in ranked:
        if i not in used[0] and j not in used[1]:
            mined.append((margin, i, j))
            used[0].add(i)
            used[1].add(j)
    return mined


def mine_rows(
    rows: list[Row],
    sources: torch.Tensor,
    targets: torch.Tensor,
    neighbours: int = NEIGHBOURS,
    candidates: str = "all",
) -> Mined:
    """As ``mine``, for rows as they come: sentences may be missing, or be there twice.

    Lists need not be equally long: a line without a sentence on one side is no partner there. As in
    XTREME, equal sentences are searched as one, and then left out: which of them was meant cannot
    be told.

    Args:
        rows: n lines with ``source`` and ``target``, either may be empty.
        sources: (n, width) vectors, one per row.
        targets: (n, width) vectors, one per row.
        neighbours: Neighbours that the margin looks at on each side.
        candidates: As in ``mine``.

    Returns:
        (margin, row of the source, row of the target), best first.
    """
    here, twice = zip(*(_sentences(rows, side) for side in ("source", "target")), strict=True)
    if not all(here):
        return []
    mined = mine(sources[here[0]], targets[here[1]], neighbours, candidates)
    found = ((margin, here[0][i], here[1][j]) for margin, i, j in mined)
    return [one for one in found if one[1] not in twice[0] and one[2] not in twice[1]]


def _sentences(rows: list[Row], side: str) -> tuple[list[int], set[int]]:
    """Places of the different sentences, and which of them are there more than once."""
    places: dict[str, int] = {}
    twice = set()
    for place, row in enumerate(rows):
        if row[side] and places.setdefault(row[side], place) != place:
            twice.add(places[row[side]])
    return list(places.values()), twice


def threshold(mined: Mined, references: list[int | None]) -> float:
    """The margin above which F1 on these pairs is largest: midway between two candidates."""
    gold = sum(reference is not None for reference in references)
    best, right, cut = 0.0, 0, float("inf")
    for number, (margin, i, j) in enumerate(mined, start=1):
        right += references[i] == j
        last = number == len(mined)
        if not last and mined[number][0] == margin:  # no cut parts the two
            continue
        f1 = 2 * right / (number + gold)
        if f1 > best:
            best, cut = f1, margin if last else (margin + mined[number][0]) / 2
    return cut


def accepted(mined: Mined, above: float, n: int) -> list[int | None]:
    """The target of each of the n sources, None where no candidate is good enough."""
    found: list[int | None] = [None] * n
    for margin, i, j in mined:
        if margin >= above:
            found[i] = j
    return found


def _among_all(
    sources: torch.Tensor, targets: torch.Tensor, forward: search.Near, backward: search.Near
) -> tuple[search.Best, search.Best]:
    return search.best_by_margin(sources, targets, forward.density, backward.density)


def _among_nearest(
    sources: torch.Tensor, targets: torch.Tensor, forward: search.Near, backward: search.Near
) -> tuple[search.Best, search.Best]:
    return _best(forward, backward.density), _best(backward, forward.density)


def _best(near: search.Near, density: torch.Tensor) -> search.Best:
    """The best of each one's neighbours; ``density`` is that of the other side."""
    margins = near.cosines / ((near.density[:, None] + density[near.places]) / 2)
    found = margins.max(1)
    return search.Best(found.values, near.places.gather(1, found.indices[:, None]).squeeze(1))


def _plain(best: search.Best) -> list[tuple[float, int]]:
    return list(zip(best.values.tolist(), best.places.tolist(), strict=True))


def _rank(pair: tuple[float, int, int]) -> tuple[float, int, int]:
    return -pair[0], pair[1], pair[2]
