"""Tagging: one label per word, read off the word's first piece."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from transformers import PreTrainedTokenizerBase

from xfer_core.domain.task import Row, Task
from xfer_core.stages import arrays
from xfer_core.stages.batches import Batch
from xfer_core.stages.kinds.base import AsPredicted

NOTHING = -100
"""Label of pieces that are not the first of a word."""


class Tagging(AsPredicted):
    """A sentence that is longer than the model reads loses its last words, in prediction only."""

    def encode(
        self, rows: list[Row], task: Task, tokenizer: PreTrainedTokenizerBase, max_length: int
    ) -> arrays.Encoded:
        """One item per sentence, labels per token."""
        encoding = tokenizer(
            [row["tokens"] for row in rows],
            is_split_into_words=True,
            truncation=True,
            max_length=max_length,
        )
        numbers = {label: number for number, label in enumerate(task.labels)}
        labels: list[int] = []
        for index, row in enumerate(rows):
            labels += _first_pieces(encoding.word_ids(index), [numbers[tag] for tag in row["tags"]])
        return arrays.single(encoding["input_ids"], labels)

    def head(self, task: Task, width: int) -> nn.Module:
        """One linear layer, as XLM-R's token classification."""
        return nn.Linear(width, len(task.labels))

    def loss(self, head: nn.Module, hidden: torch.Tensor, batch: Batch) -> torch.Tensor:
        """Cross-entropy over the words."""
        wanted = batch.labels != NOTHING
        return nn.functional.cross_entropy(head(hidden[wanted]).float(), batch.labels[wanted])

    def predict(self, head: nn.Module, hidden: torch.Tensor, batch: Batch, task: Task) -> list[Any]:
        """The tags of each sentence."""
        best = head(hidden).argmax(-1)
        return [
            [task.labels[number] for number in row[wanted].tolist()]
            for row, wanted in zip(best, batch.labels != NOTHING, strict=True)
        ]

    def references(self, rows: list[Row], task: Task) -> list[Any]:
        """The gold tags of each sentence."""
        return [row["tags"] for row in rows]


def _first_pieces(word_ids: list[int | None], tags: list[int]) -> list[int]:
    labels, before = [], None
    for word in word_ids:
        labels.append(NOTHING if word is None or word == before else tags[word])
        before = word
    return labels
