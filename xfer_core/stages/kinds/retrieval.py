"""Retrieval: sentences as vectors; the translation should be the nearest neighbour."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn
from transformers import PreTrainedTokenizerBase

from xfer_core.domain.errors import UsageError
from xfer_core.domain.task import Row, Task
from xfer_core.stages import arrays
from xfer_core.stages.batches import Batch
from xfer_core.stages.kinds.base import AsPredicted, mean_pooled


class Retrieval(AsPredicted):
    """No training of its own: an example is two items, a sentence and its translation."""

    def encode(
        self, rows: list[Row], task: Task, tokenizer: PreTrainedTokenizerBase, max_length: int
    ) -> arrays.Encoded:
        """Two items per row: the English sentence, then its translation."""
        texts = [text for row in rows for text in (row["source"], row["target"])]
        ids = tokenizer(texts, truncation=True, max_length=max_length)["input_ids"]
        flat_ids, offsets = arrays.flat(ids)
        groups = np.arange(0, 2 * len(rows) + 1, 2, dtype=np.int64)
        return arrays.Encoded(flat_ids, offsets, groups, np.full(len(rows), -1, dtype=np.int64))

    def head(self, task: Task, width: int) -> nn.Module:
        """Nothing to learn."""
        return nn.Identity()

    def loss(self, head: nn.Module, hidden: torch.Tensor, batch: Batch) -> torch.Tensor:
        """Retrieval is not trained; the planner never asks for it."""
        raise UsageError("Expected a task that can be trained; retrieval has no training.")

    def predict(self, head: nn.Module, hidden: torch.Tensor, batch: Batch, task: Task) -> list[Any]:
        """(2, width) vectors per example: the mean over each item's tokens, specials included."""
        return list(mean_pooled(hidden, batch.attention).split(batch.options))

    def references(self, rows: list[Row], task: Task) -> list[Any]:
        """The index of each sentence's own translation."""
        return list(range(len(rows)))


def nearest(sources: torch.Tensor, targets: torch.Tensor) -> list[int]:
    """Index of the target with the largest cosine for each source; (n, width) both.

    As XTREME scores Tatoeba: the English sentence asks, the foreign ones answer.
    """
    sources = nn.functional.normalize(sources.float(), dim=-1)
    targets = nn.functional.normalize(targets.float(), dim=-1)
    return list((sources @ targets.T).argmax(-1).tolist())
