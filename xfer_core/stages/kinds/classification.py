"""Classification of a sentence or a pair of sentences, from the first token."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from transformers import PreTrainedTokenizerBase

from xfer_core.domain.task import Row, Task
from xfer_core.stages import arrays
from xfer_core.stages.batches import Batch
from xfer_core.stages.kinds.base import PLAIN, AsPredicted, Reading, pooled_head, portions


class Classification(AsPredicted):
    """One label per example; scored by the task's metric over label names."""

    def encode(
        self,
        rows: list[Row],
        task: Task,
        tokenizer: PreTrainedTokenizerBase,
        max_length: int,
        reading: Reading = PLAIN,
    ) -> arrays.Encoded:
        """One item per row: the sentence, or the pair with separators between."""
        ids = (
            item
            for part in portions(rows)
            for item in tokenizer(
                *[[row[column] for row in part] for column in task.columns],
                truncation=True,
                max_length=max_length,
            )["input_ids"]
        )
        return arrays.single(ids, [task.labels.index(row["label"]) for row in rows])

    def head(self, task: Task, width: int) -> nn.Module:
        """Dense, tanh, one output per label."""
        return pooled_head(width, len(task.labels))

    def loss(self, head: nn.Module, hidden: torch.Tensor, batch: Batch) -> torch.Tensor:
        """Cross-entropy over the labels."""
        return nn.functional.cross_entropy(head(hidden[:, 0]).float(), batch.labels)

    def predict(
        self,
        head: nn.Module,
        hidden: torch.Tensor,
        batch: Batch,
        task: Task,
        reading: Reading = PLAIN,
    ) -> list[Any]:
        """The name of the most probable label."""
        return [task.labels[number] for number in head(hidden[:, 0]).argmax(-1).tolist()]

    def references(self, rows: list[Row], task: Task) -> list[Any]:
        """Label names."""
        return [row["label"] for row in rows]
