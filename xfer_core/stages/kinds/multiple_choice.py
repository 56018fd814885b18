"""Multiple choice: each option is read together with the question and gets one number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import nn
from transformers import PreTrainedTokenizerBase

from xfer_core.domain.task import Row, Task
from xfer_core.stages import arrays
from xfer_core.stages.batches import Batch
from xfer_core.stages.kinds.base import PLAIN, AsPredicted, Reading, pooled_head, portions


class MultipleChoice(AsPredicted):
    """Any number of options, not the same for all; an example is all options of one question.

    What is too long loses the beginning of its context, then that of its question, for a question
    asks at its end; only an option that does not fit by itself loses its own end.
    """

    def encode(
        self,
        rows: list[Row],
        task: Task,
        tokenizer: PreTrainedTokenizerBase,
        max_length: int,
        reading: Reading = PLAIN,
    ) -> arrays.Encoded:
        """One item per option: (question, option), or (context, question and option)."""
        pairs = [pair for row in rows for pair in _pairs(row)]
        return arrays.grouped(
            _items(pairs, tokenizer, max_length),
            [len(row["choices"]) for row in rows],
            [row["answer"] for row in rows],
        )

    def head(self, task: Task, width: int) -> nn.Module:
        """Dense, tanh, one output."""
        return pooled_head(width, 1)

    def loss(self, head: nn.Module, hidden: torch.Tensor, batch: Batch) -> torch.Tensor:
        """Cross-entropy over the options of each question."""
        return nn.functional.cross_entropy(self._scores(head, hidden, batch), batch.labels)

    def predict(
        self,
        head: nn.Module,
        hidden: torch.Tensor,
        batch: Batch,
        task: Task,
        reading: Reading = PLAIN,
    ) -> list[Any]:
        """Index of the best option."""
        return list(self._scores(head, hidden, batch).argmax(-1).tolist())

    def references(self, rows: list[Row], task: Task) -> list[Any]:
        """Index of the right option."""
        return [row["answer"] for row in rows]

    def _scores(self, head: nn.Module, hidden: torch.Tensor, batch: Batch) -> torch.Tensor:
        """(questions, most options); -inf where a question has fewer options."""
        parts = head(hidden[:, 0]).squeeze(-1).float().split(batch.options)
        return nn.utils.rnn.pad_sequence(list(parts), batch_first=True, padding_value=float("-inf"))


Pair = tuple[str, str, int]
"""What is read before the separator and behind it, and where in the latter the option starts."""


def _pairs(row: Row) -> Iterator[Pair]:
    context, question = row.get("context", ""), row["question"]
    for option in row["choices"]:
        if not context:
            yield question, option, 0
        else:
            asked = f"{question} " if question else ""
            yield context, asked + option, len(asked)


def _items(
    pairs: list[Pair], tokenizer: PreTrainedTokenizerBase, max_length: int
) -> Iterator[list[int]]:
    for part in portions(pairs):
        encoding = tokenizer(
            [first for first, _, _ in part],
            [second for _, second, _ in part],
            return_offsets_mapping=True,
            verbose=False,  # it would warn of texts over the limit, which are cut below
        )
        for index, (_, _, option) in enumerate(part):
            ids = encoding["input_ids"][index]
            if len(ids) > max_length:
                spans, pieces = encoding["offset_mapping"][index], encoding.sequence_ids(index)
                dropped = _dropped(spans, pieces, option, len(ids) - max_length)
                ids = [token for place, token in enumerate(ids) if place not in dropped]
            yield ids


def _dropped(
    spans: list[tuple[int, int]], pieces: list[int | None], option: int, excess: int
) -> set[int]:
    """Places of the tokens that are left out."""
    before = [place for place, piece in enumerate(pieces) if piece == 0]
    behind = [place for place, piece in enumerate(pieces) if piece == 1]
    asked = [place for place in behind if spans[place][1] <= option]
    told = [place for place in behind if spans[place][1] > option]
    return set([*before, *asked, *told[::-1]][:excess])
