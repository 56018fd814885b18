"""Multiple choice: each option is read together with the question and gets one number."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn
from transformers import PreTrainedTokenizerBase

from xfer_core.domain.task import Row, Task
from xfer_core.stages import arrays
from xfer_core.stages.batches import Batch
from xfer_core.stages.kinds.base import AsPredicted, pooled_head


class MultipleChoice(AsPredicted):
    """Any number of options; an example is all options of one question."""

    def encode(
        self, rows: list[Row], task: Task, tokenizer: PreTrainedTokenizerBase, max_length: int
    ) -> arrays.Encoded:
        """One item per option: the pair (question, option)."""
        questions = [row["question"] for row in rows for _ in row["choices"]]
        options = [choice for row in rows for choice in row["choices"]]
        ids = tokenizer(questions, options, truncation=True, max_length=max_length)["input_ids"]
        flat_ids, offsets = arrays.flat(ids)
        groups = np.cumsum([0, *(len(row["choices"]) for row in rows)], dtype=np.int64)
        answers = np.asarray([row["answer"] for row in rows], dtype=np.int64)
        return arrays.Encoded(flat_ids, offsets, groups, answers)

    def head(self, task: Task, width: int) -> nn.Module:
        """Dense, tanh, one output."""
        return pooled_head(width, 1)

    def loss(self, head: nn.Module, hidden: torch.Tensor, batch: Batch) -> torch.Tensor:
        """Cross-entropy over the options of each question."""
        return nn.functional.cross_entropy(self._scores(head, hidden, batch), batch.labels)

    def predict(self, head: nn.Module, hidden: torch.Tensor, batch: Batch, task: Task) -> list[Any]:
        """Index of the best option."""
        return list(self._scores(head, hidden, batch).argmax(-1).tolist())

    def references(self, rows: list[Row], task: Task) -> list[Any]:
        """Index of the right option."""
        return [row["answer"] for row in rows]

    def _scores(self, head: nn.Module, hidden: torch.Tensor, batch: Batch) -> torch.Tensor:
        """(questions, most options); -inf where a question has fewer options."""
        parts = head(hidden[:, 0]).squeeze(-1).float().split(batch.options)
        return nn.utils.rnn.pad_sequence(list(parts), batch_first=True, padding_value=float("-inf"))
