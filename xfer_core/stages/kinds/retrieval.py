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
from xfer_core.stages.kinds import search
from xfer_core.stages.kinds.base import PLAIN, AsPredicted, Reading, mean_pooled, portions


class Retrieval(AsPredicted):
    """No training of its own: an example is two items, a sentence and its translation."""

    def encode(
        self,
        rows: list[Row],
        task: Task,
        tokenizer: PreTrainedTokenizerBase,
        max_length: int,
        reading: Reading = PLAIN,
    ) -> arrays.Encoded:
        """Two items per row: the English sentence, then its translation; "" for a missing one."""
        ids = (
            item
            for part in portions(rows)
            for item in tokenizer(
                [row[side] or "" for row in part for side in ("source", "target")],
                truncation=True,
                max_length=max_length,
            )["input_ids"]
        )
        return arrays.grouped(ids, [2] * len(rows), np.full(len(rows), -1, dtype=np.int64))

    def head(self, task: Task, width: int) -> nn.Module:
        """Nothing to learn."""
        return nn.Identity()

    def loss(self, head: nn.Module, hidden: torch.Tensor, batch: Batch) -> torch.Tensor:
        """Retrieval is not trained; the planner never asks for it."""
        raise UsageError("Expected a task that can be trained; retrieval has no training.")

    def predict(
        self,
        head: nn.Module,
        hidden: torch.Tensor,
        batch: Batch,
        task: Task,
        reading: Reading = PLAIN,
    ) -> list[Any]:
        """(2, width) vectors per example: the mean over each item's tokens, specials included."""
        return list(mean_pooled(hidden, batch.attention).split(batch.options))

    def references(self, rows: list[Row], task: Task) -> list[Any]:
        """The index of each sentence's own translation."""
        return list(range(len(rows)))


def special_ids(tokenizer: PreTrainedTokenizerBase) -> tuple[int, ...]:
    """Ids of the tokens that stand for no text; an unknown word is text."""
    return tuple(sorted(set(tokenizer.all_special_ids) - {tokenizer.unk_token_id}))


def pooled(
    hidden: torch.Tensor, batch: Batch, pooling: str = "mean", left_out: tuple[int, ...] = ()
) -> torch.Tensor:
    """(items, width) vectors of sentences out of one layer.

    Args:
        hidden: (items, tokens, width) states of the layer.
        batch: Its ids and mask.
        pooling: "cls" takes the first token, "mean" the mean over all unmasked ones.
        left_out: Ids that the mean does not count, such as ``special_ids``; an item of nothing
            else keeps them.
    """
    if pooling == "cls":
        return hidden[:, 0]
    if not left_out:
        return mean_pooled(hidden, batch.attention)
    special = torch.isin(batch.ids, torch.tensor(left_out, device=batch.ids.device))
    counted = batch.attention * ~special
    nothing = counted.sum(1, keepdim=True) == 0
    return mean_pooled(hidden, torch.where(nothing, batch.attention, counted))


def nearest(
    sources: torch.Tensor, targets: torch.Tensor, margin_neighbours: int | None = None
) -> list[int]:
    """Index of the nearest target of each source; (n, width) and (m, width) vectors.

    Nearest by cosine, or by ratio margin over so many neighbours. As XTREME scores Tatoeba (by
    cosine): the English sentence asks, the foreign ones answer.
    """
    sources, targets = search.unit(sources), search.unit(targets)
    if margin_neighbours is None:
        return list(search.best_by_cosine(sources, targets).tolist())
    k = min(margin_neighbours, len(sources), len(targets))
    forward, backward = search.nearest_both(sources, targets, k)
    best, _ = search.best_by_margin(sources, targets, forward.density, backward.density)
    return list(best.places.tolist())
