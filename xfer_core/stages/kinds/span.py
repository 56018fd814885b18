"""Span extraction: the answer is a stretch of the context, read off start and end scores."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn
from transformers import PreTrainedTokenizerBase

from xfer_core.domain.task import Row, Task
from xfer_core.stages import arrays
from xfer_core.stages.batches import Batch

START, END = 1, 2
"""Bits of a token's label: the answer starts, ends there. 0: part of the context."""
OUTSIDE = -100
"""Label of a token that no answer may contain: question, separators, padding."""
LONGEST = 24
"""Tokens of the longest answer that is predicted."""

Spans = list[tuple[int, int]]


class Span:
    """One item per question; a context that is too long loses its end, and maybe its answer."""

    def encode(
        self, rows: list[Row], task: Task, tokenizer: PreTrainedTokenizerBase, max_length: int
    ) -> arrays.Encoded:
        """The pair (question, context); labels mark the answer, or the first token for none."""
        encoding = _tokenized(rows, tokenizer, max_length)
        labels: list[int] = []
        for index, row in enumerate(rows):
            spans, pieces = encoding["offset_mapping"][index], encoding.sequence_ids(index)
            labels += _marks(spans, pieces, row["answers"], task.no_answer)
        return arrays.single(encoding["input_ids"], labels)

    def head(self, task: Task, width: int) -> nn.Module:
        """One linear layer with a start and an end score per token, as XLM-R's for SQuAD."""
        return nn.Linear(width, 2)

    def loss(self, head: nn.Module, hidden: torch.Tensor, batch: Batch) -> torch.Tensor:
        """Mean cross-entropy of start and end over the tokens that may be answers."""
        start, end = _scores(head, hidden, batch)
        found = (batch.labels > 0).any(-1)  # an answer that was cut off teaches nothing
        if not found.any():
            return start[start.isfinite()].sum() * 0.0
        wanted = batch.labels[found]
        first = ((wanted & START) > 0).int().argmax(-1)
        last = ((wanted & END) > 0).int().argmax(-1)
        entropy = nn.functional.cross_entropy
        return (entropy(start[found], first) + entropy(end[found], last)) / 2

    def predict(self, head: nn.Module, hidden: torch.Tensor, batch: Batch, task: Task) -> list[Any]:
        """(first, last) token of the best span of each item."""
        start, end = _scores(head, hidden, batch)
        tokens = start.shape[1]
        pairs = start.unsqueeze(2) + end.unsqueeze(1)
        offsets = torch.arange(tokens, device=start.device)
        length = offsets.unsqueeze(0) - offsets.unsqueeze(1)
        allowed = (length >= 0) & (length < LONGEST)
        if task.no_answer:  # the first token stands for "no answer" and for nothing longer
            allowed[0, 1:] = False
        best = pairs.masked_fill(~allowed, float("-inf")).flatten(1).argmax(-1)
        return [(int(one) // tokens, int(one) % tokens) for one in best]

    def texts(
        self,
        predictions: list[Any],
        rows: list[Row],
        tokenizer: PreTrainedTokenizerBase,
        max_length: int,
    ) -> list[Any]:
        """The words of each span; "" for the first token, which stands for no answer."""
        encoding = _tokenized(rows, tokenizer, max_length)
        found = []
        for index, (first, last) in enumerate(predictions):
            spans, context = encoding["offset_mapping"][index], rows[index]["context"]
            found.append(context[spans[first][0] : spans[last][1]] if first else "")
        return found

    def references(self, rows: list[Row], task: Task) -> list[Any]:
        """All right answers of each question; an empty list if it has none."""
        return [row["answers"]["text"] for row in rows]


def _tokenized(rows: list[Row], tokenizer: PreTrainedTokenizerBase, max_length: int) -> Any:
    return tokenizer(
        [row["question"] for row in rows],
        [row["context"] for row in rows],
        # The longer of the two is cut: "only_second" fails for a question over max_length.
        truncation="longest_first",
        max_length=max_length,
        return_offsets_mapping=True,
    )


def _marks(
    spans: Spans, pieces: list[int | None], answers: dict[str, Any], no_answer: bool
) -> list[int]:
    """A label per token; ``pieces`` says which tokens are of the context (1)."""
    marks = np.array([0 if piece == 1 else OUTSIDE for piece in pieces])
    if no_answer:
        marks[0] = 0
    if not answers["text"]:
        marks[0] = START | END
        return list(map(int, marks))
    start = answers["answer_start"][0]
    stop = start + len(answers["text"][0])
    inside = [
        place
        for place, (first, last) in enumerate(spans)
        if pieces[place] == 1 and first < stop and last > start
    ]
    if inside and spans[inside[-1]][1] >= stop:
        marks[inside[0]] |= START
        marks[inside[-1]] |= END
    return list(map(int, marks))


def _scores(
    head: nn.Module, hidden: torch.Tensor, batch: Batch
) -> tuple[torch.Tensor, torch.Tensor]:
    """Start and end scores (items, tokens), -inf where no answer may be."""
    scores = (
        head(hidden).float().masked_fill((batch.labels == OUTSIDE).unsqueeze(-1), float("-inf"))
    )
    start, end = scores.unbind(-1)
    return start, end
