"""The contract of a kind of task."""

from __future__ import annotations

from typing import Any, Protocol

import torch
from torch import nn
from transformers import PreTrainedTokenizerBase

from xfer_core.domain.task import Row, Task
from xfer_core.stages.arrays import Encoded
from xfer_core.stages.batches import Batch


class Kind(Protocol):
    """How tasks of one kind are learned. ``hidden`` is (items, tokens, width)."""

    def encode(
        self, rows: list[Row], task: Task, tokenizer: PreTrainedTokenizerBase, max_length: int
    ) -> Encoded:
        """Token ids and labels of all rows, in their order."""
        ...

    def head(self, task: Task, width: int) -> nn.Module:
        """A new head over the encoder's last layer."""
        ...

    def loss(self, head: nn.Module, hidden: torch.Tensor, batch: Batch) -> torch.Tensor:
        """Mean loss of a batch."""
        ...

    def predict(self, head: nn.Module, hidden: torch.Tensor, batch: Batch, task: Task) -> list[Any]:
        """One prediction per example of the batch; ``texts`` brings it into its last form."""
        ...

    def texts(
        self,
        predictions: list[Any],
        rows: list[Row],
        tokenizer: PreTrainedTokenizerBase,
        max_length: int,
    ) -> list[Any]:
        """Predictions in the form of ``references``, where that needs the rows' texts."""
        ...

    def references(self, rows: list[Row], task: Task) -> list[Any]:
        """What is right, one per row."""
        ...


class AsPredicted:
    """For kinds whose predictions need no text of the rows."""

    def texts(
        self,
        predictions: list[Any],
        rows: list[Row],
        tokenizer: PreTrainedTokenizerBase,
        max_length: int,
    ) -> list[Any]:
        """The predictions as they are."""
        return predictions


def pooled_head(width: int, outputs: int) -> nn.Module:
    """XLM-R's classification head: dense, tanh, projection; without dropout."""
    return nn.Sequential(nn.Linear(width, width), nn.Tanh(), nn.Linear(width, outputs))


def mean_pooled(hidden: torch.Tensor, attention: torch.Tensor) -> torch.Tensor:
    """(items, width) mean over the unmasked tokens."""
    weights = attention.unsqueeze(-1).to(hidden.dtype)
    return (hidden * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1.0)
