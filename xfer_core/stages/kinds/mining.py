"""Mining: which sentences of two lists translate each other, and which have no translation?

As XTREME does BUCC: ratio margin over the k nearest neighbours (Artetxe & Schwenk 2019,
https://aclanthology.org/P19-1309), one partner per sentence, and a threshold fitted on dev.
"""

from __future__ import annotations

from typing import Any

import torch

from xfer_core.domain.task import Row, Task
from xfer_core.stages.kinds.retrieval import Retrieval

NEIGHBOURS = 4

Mined = list[tuple[float, int, int]]
"""(margin, source, target), best first."""


class Mining(Retrieval):
    """Encoded as retrieval; an example is a line of each list."""

    def references(self, rows: list[Row], task: Task) -> list[Any]:
        """The place of each source's translation, None if it has none."""
        return [place if row["parallel"] else None for place, row in enumerate(rows)]


def mine(sources: torch.Tensor, targets: torch.Tensor) -> Mined:
    """The best candidates, each sentence at most once; (n, width) and (m, width) vectors.

    Candidates are each sentence's nearest neighbour by margin, in both directions.
    """
    sources = torch.nn.functional.normalize(sources.float(), dim=-1)
    targets = torch.nn.functional.normalize(targets.float(), dim=-1)
    cosines = sources @ targets.T
    margins = cosines / _neighbourhoods(cosines)
    forward, backward = margins.argmax(1), margins.argmax(0)
    pairs = {(i, int(j)) for i, j in enumerate(forward)} | {
        (int(i), j) for j, i in enumerate(backward)
    }
    ranked = sorted(((float(margins[i, j]), i, j) for i, j in pairs), key=lambda m: (-m[0], m[1:]))
    mined: Mined = []
    used: tuple[set[int], set[int]] = (set(), set())
    for margin, i, j in ranked:
        if i not in used[0] and j not in used[1]:
            mined.append((margin, i, j))
            used[0].add(i)
            used[1].add(j)
    return mined


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


def _neighbourhoods(cosines: torch.Tensor) -> torch.Tensor:
    """(n, m) mean of the two sentences' mean cosines to their k nearest neighbours."""
    k = min(NEIGHBOURS, *cosines.shape)
    rows = cosines.topk(k, dim=1).values.mean(1, keepdim=True)
    columns = cosines.topk(k, dim=0).values.mean(0, keepdim=True)
    return (rows + columns) / 2
