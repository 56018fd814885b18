"""What a model answers to many examples at once, and how good that is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from xfer_core.domain.score import Counts, Metric
from xfer_core.domain.task import Row, Task, TaskKind
from xfer_core.stages import arrays
from xfer_core.stages.batches import Batch, ordered_batches
from xfer_core.stages.kinds import KINDS
from xfer_core.stages.model import Model, padding

Answer = Callable[[Batch], list[Any]]
"""One answer per example of a batch."""


@torch.inference_mode()
def predictions(
    model: Model,
    sets: dict[str, arrays.Encoded],
    answer: Answer,
    batch_tokens: int,
    observe: Callable[[int, int], None] = lambda done, of: None,
) -> dict[str, list[Any]]:
    """Answers to every example, by the name of its set; batches mix the sets.

    ``observe`` hears after each batch how many examples are done, of how many.
    """
    if not sets:
        return {}
    joined = arrays.join(list(sets.values()))
    found: list[Any] = [None] * joined.n_examples
    done = 0
    for batch in ordered_batches(joined, batch_tokens, padding(model.encoder)):
        outputs = answer(batch.to(model.device))
        for example, output in zip(batch.examples, outputs, strict=True):
            found[int(example)] = output
        done += len(outputs)
        observe(done, len(found))
    stops = np.cumsum([one.n_examples for one in sets.values()])
    parts = [found[stop - one.n_examples : stop] for one, stop in zip(sets.values(), stops)]  # noqa: B905
    return dict(zip(sets, parts, strict=True))


def counts(
    metric: Metric, task: Task, predicted: list[Any], rows: list[Row], language: str
) -> Counts:
    """Numerators and denominators of a metric, one per example of a language."""
    references = KINDS[task.kind].references(rows, task)
    return metric.counts(whole(predicted, task, rows), references, language)


def whole(predicted: list[Any], task: Task, rows: list[Row]) -> list[Any]:
    """Tags as many as their references: words cut off count as wrong ("O")."""
    if task.kind is not TaskKind.TAGGING:
        return predicted
    return [
        [*found, *["O"] * (len(row["tags"]) - len(found))]
        for found, row in zip(predicted, rows, strict=True)
    ]
