"""Sentences as vectors, and which of them are translations: how retrieval and mining evaluate."""

from __future__ import annotations

from typing import Any

import torch

from xfer_core.domain.errors import StageFailed
from xfer_core.domain.task import Row, Task, TaskKind
from xfer_core.specification import EvaluationSettings
from xfer_core.stages.batches import Batch
from xfer_core.stages.kinds import KINDS
from xfer_core.stages.kinds.mining import accepted, mine_rows, threshold
from xfer_core.stages.kinds.retrieval import nearest, pooled
from xfer_core.stages.model import Model

Vectors = list[torch.Tensor]
"""(2, layers, width) per example: the sentence and its translation."""


def sentence_vectors(
    model: Model, batch: Batch, settings: EvaluationSettings, left_out: tuple[int, ...]
) -> Vectors:
    """Pooled hidden states of a batch, of all layers or of the declared one alone.

    Layer 0 is the embedding layer. ``left_out``: token ids that a mean does not count.
    """
    states = model.states(batch)
    if not settings.every_layer:
        states = (states[min(settings.retrieval_layer or 0, len(states) - 1)],)
    layers = [pooled(hidden, batch, settings.retrieval_pooling, left_out) for hidden in states]
    return list(torch.stack(layers, 1).split(batch.options))


def layers(settings: EvaluationSettings, n: int) -> tuple[int, list[int]]:
    """Place of the declared layer among n, and the layers that are scored one by one."""
    if not settings.every_layer:
        return 0, []
    return min(settings.retrieval_layer or 0, n - 1), list(range(n))


def matched(
    task: Task,
    settings: EvaluationSettings,
    layer: int,
    rows: list[Row],
    vectors: Vectors,
    dev_rows: list[Row],
    dev_vectors: Vectors,
) -> list[Any]:
    """The partner of each source sentence; in mining None where none is good enough.

    The threshold of mining is fitted on dev.

    Raises:
        StageFailed: there is no dev sentence to fit it on.
    """
    if not vectors:
        return []
    sources, targets = _sides(vectors, layer)
    if task.kind is TaskKind.RETRIEVAL:
        margin = settings.retrieval_similarity == "margin"
        return nearest(sources, targets, settings.margin_neighbours if margin else None)
    if not dev_vectors:
        raise StageFailed(
            f"Expected dev sentences of {task.name} to fit the threshold of mining on; there are "
            "none in this language. Add a dev split, or leave the language out."
        )
    how = (settings.margin_neighbours, settings.margin_candidates)
    gold = KINDS[task.kind].references(dev_rows, task)
    cut = threshold(mine_rows(dev_rows, *_sides(dev_vectors, layer), *how), gold)
    return accepted(mine_rows(rows, sources, targets, *how), cut, len(vectors))


def _sides(vectors: Vectors, layer: int) -> tuple[torch.Tensor, torch.Tensor]:
    """(n, width) of the sentences and of their translations."""
    sources, targets = torch.stack([pair[:, layer] for pair in vectors]).unbind(1)
    return sources, targets
