"""The contract of a kind of task."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import torch
from torch import nn
from transformers import PreTrainedTokenizerBase

from xfer_core.domain.task import Row, Task
from xfer_core.specification import EvaluationSettings, TrainingSettings
from xfer_core.stages.arrays import Encoded
from xfer_core.stages.batches import Batch

AT_ONCE = 1000
"""Rows that are tokenized together: what a tokenizer returns takes far more room than its ids."""


@dataclass(frozen=True)
class Reading:
    """How texts over the limit are read and answers chosen; each kind takes what concerns it."""

    stride: int | None = None
    long_sentences: str = "truncate"
    longest_answer: int = 24
    null_threshold: float = 0.0

    @classmethod
    def of(cls, settings: TrainingSettings | EvaluationSettings) -> Reading:
        """As the settings of a stage say; training has no rules for choosing answers."""
        if isinstance(settings, TrainingSettings):
            return cls(settings.stride, settings.long_sentences)
        return cls(
            settings.stride,
            settings.long_sentences,
            settings.longest_answer,
            settings.null_threshold,
        )

    @property
    def cuts(self) -> tuple[object, ...]:
        """What the token ids depend on."""
        return (self.stride, self.long_sentences)


PLAIN = Reading()


class Kind(Protocol):
    """How tasks of one kind are learned. ``hidden`` is (items, tokens, width)."""

    def encode(
        self,
        rows: list[Row],
        task: Task,
        tokenizer: PreTrainedTokenizerBase,
        max_length: int,
        reading: Reading = PLAIN,
    ) -> Encoded:
        """Token ids and labels of all rows, in their order."""
        ...

    def head(self, task: Task, width: int) -> nn.Module:
        """A new head over the encoder's last layer."""
        ...

    def loss(self, head: nn.Module, hidden: torch.Tensor, batch: Batch) -> torch.Tensor:
        """Mean loss of a batch."""
        ...

    def predict(
        self,
        head: nn.Module,
        hidden: torch.Tensor,
        batch: Batch,
        task: Task,
        reading: Reading = PLAIN,
    ) -> list[Any]:
        """One prediction per example of the batch; ``texts`` brings it into its last form."""
        ...

    def texts(
        self,
        predictions: list[Any],
        rows: list[Row],
        tokenizer: PreTrainedTokenizerBase,
        max_length: int,
        reading: Reading = PLAIN,
    ) -> list[Any]:
        """Predictions in the form of ``references``, where that needs the rows' texts.

        ``reading`` is the one that the rows were encoded with.
        """
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
        reading: Reading = PLAIN,
    ) -> list[Any]:
        """The predictions as they are."""
        return predictions


T = TypeVar("T")


def portions(values: list[T]) -> Iterator[list[T]]:
    """The values in lists of at most ``AT_ONCE``."""
    for start in range(0, len(values), AT_ONCE):
        yield values[start : start + AT_ONCE]


def pooled_head(width: int, outputs: int) -> nn.Module:
    """XLM-R's classification head: dense, tanh, projection; without dropout.

    Its weights start as small as transformers starts them: PyTorch's wider start saturates the
    tanh and costs the first tens of steps, of which mini trainings have a hundred.
    """
    head = nn.Sequential(nn.Linear(width, width), nn.Tanh(), nn.Linear(width, outputs))
    for layer in head:
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, 0.0, 0.02)
            nn.init.zeros_(layer.bias)
    return head


def mean_pooled(hidden: torch.Tensor, attention: torch.Tensor) -> torch.Tensor:
    """(items, width) mean over the unmasked tokens."""
    weights = attention.unsqueeze(-1).to(hidden.dtype)
    return (hidden * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1.0)
