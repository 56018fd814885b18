"""Span extraction: the answer is a stretch of the context, read off start and end scores.

A long context is read in windows, as the scripts of SQuAD and XTREME do: each window has the whole
question, a start counts in the window that shows most around it, and the best answer of all
windows is taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
import torch
from torch import nn
from transformers import PreTrainedTokenizerBase

from xfer_core.domain.task import Row, Task
from xfer_core.stages import arrays
from xfer_core.stages.batches import Batch
from xfer_core.stages.kinds.base import PLAIN, Reading, portions

START, END = 1, 2
"""Bits of a token's label: the answer starts, ends there. 0: part of the context."""
ELSEWHERE = 4
"""Bit of a token that another window shows with more around it: no predicted answer starts here."""
OUTSIDE = -100
"""Label of a token that no answer may contain: question, separators, padding."""
LONGEST = PLAIN.longest_answer
"""Tokens of the longest answer that is predicted, unless the settings say otherwise."""
LONGEST_QUESTION = 64
"""Tokens that are read of a question, as in SQuAD's scripts."""

Spans = list[tuple[int, int]]


@dataclass(frozen=True)
class Window:
    """A question with a stretch of its context; one entry per token."""

    ids: list[int]
    spans: Spans
    """Characters of the context, or of the question."""
    told: range
    """Which tokens of the whole context are shown."""
    first: int
    """Where they begin."""
    elsewhere: list[bool]
    """Per token of ``told``: whether another window shows more around it."""


class Span:
    """An example is all windows of a question, one item each.

    Without a stride there is one window, and a context that is too long loses its end.
    """

    def encode(
        self,
        rows: list[Row],
        task: Task,
        tokenizer: PreTrainedTokenizerBase,
        max_length: int,
        reading: Reading = PLAIN,
    ) -> arrays.Encoded:
        """Pairs (question, window); labels mark the answer, or the first token for none."""
        items: list[list[int]] = []
        labels: list[int] = []
        sizes: list[int] = []
        questions = _questions(rows, tokenizer, max_length, reading.stride)
        for row, (windows, told) in zip(rows, questions, strict=True):
            answer = _found(told, row["answers"])
            for window in windows:
                items.append(window.ids)
                labels += _marks(window, row, answer, task.no_answer, reading.stride is not None)
            sizes.append(len(windows))
        return arrays.grouped(items, sizes, labels)

    def head(self, task: Task, width: int) -> nn.Module:
        """One linear layer with a start and an end score per token, as XLM-R's for SQuAD."""
        return nn.Linear(width, 2)

    def loss(self, head: nn.Module, hidden: torch.Tensor, batch: Batch) -> torch.Tensor:
        """Mean cross-entropy of start and end over the tokens that may be answers."""
        start, end = _scores(head, hidden, batch)
        # An answer that was cut off teaches nothing.
        found = ((batch.labels != OUTSIDE) & ((batch.labels & START) > 0)).any(-1)
        if not found.any():
            return start[start.isfinite()].sum() * 0.0
        wanted = batch.labels[found].masked_fill(batch.labels[found] == OUTSIDE, 0)
        first = ((wanted & START) > 0).int().argmax(-1)
        last = ((wanted & END) > 0).int().argmax(-1)
        entropy = nn.functional.cross_entropy
        return (entropy(start[found], first) + entropy(end[found], last)) / 2

    def predict(
        self,
        head: nn.Module,
        hidden: torch.Tensor,
        batch: Batch,
        task: Task,
        reading: Reading = PLAIN,
    ) -> list[Any]:
        """(first, last) token of the best answer of each question, (0, 0) for none.

        Tokens are counted over all windows of the question, without padding.
        """
        start, end = _scores(head, hidden, batch)
        nothing = (start[:, 0] + end[:, 0]).tolist()
        values, firsts, lasts = (one.tolist() for one in _best(start, end, batch, reading))
        lengths = batch.attention.sum(-1).tolist()
        found = []
        for begin, stop in pairwise(accumulate(batch.options, initial=0)):
            best = max(range(begin, stop), key=values.__getitem__)
            behind = sum(lengths[begin:best])
            # SQuAD 2.0: the window that is least sure of "no answer" speaks for all.
            less = task.no_answer and min(nothing[begin:stop]) - values[best]
            none = values[best] == float("-inf") or (less and less > reading.null_threshold)
            found.append((0, 0) if none else (behind + firsts[best], behind + lasts[best]))
        return found

    def texts(
        self,
        predictions: list[Any],
        rows: list[Row],
        tokenizer: PreTrainedTokenizerBase,
        max_length: int,
        reading: Reading = PLAIN,
    ) -> list[Any]:
        """The words of each answer; "" for the first token, which stands for no answer."""
        questions = _questions(rows, tokenizer, max_length, reading.stride)
        found = []
        for (first, last), row, (windows, _) in zip(predictions, rows, questions, strict=True):
            spans = [span for window in windows for span in window.spans]
            # Some tokenizers count the blank before a word to its first token.
            found.append(row["context"][spans[first][0] : spans[last][1]].strip() if first else "")
        return found

    def references(self, rows: list[Row], task: Task) -> list[Any]:
        """All right answers of each question; an empty list if it has none."""
        return [row["answers"]["text"] for row in rows]


def _questions(
    rows: list[Row], tokenizer: PreTrainedTokenizerBase, max_length: int, stride: int | None
) -> Iterator[tuple[list[Window], Spans]]:
    """Each row's windows, and the characters of every token of its context."""
    for part in portions(rows):
        encoding = tokenizer(
            [row["question"] for row in part],
            [row["context"] for row in part],
            return_offsets_mapping=True,
            verbose=False,  # it would warn of texts over the limit, which are cut below
        )
        for index in range(len(part)):
            ids, spans = encoding["input_ids"][index], encoding["offset_mapping"][index]
            yield _windows(ids, spans, encoding.sequence_ids(index), max_length, stride)


def _windows(
    ids: list[int],
    spans: Spans,
    pieces: list[int | None],
    max_length: int,
    stride: int | None,
) -> tuple[list[Window], Spans]:
    asked = [place for place, piece in enumerate(pieces) if piece == 0]
    told = [place for place, piece in enumerate(pieces) if piece == 1]
    room = max_length - (len(ids) - len(asked) - len(told))
    # A context gets at least half of the room, and a question what a short context leaves.
    kept = min(len(asked), LONGEST_QUESTION, max(room // 2, room - len(told)))
    width = room - kept
    dropped = {*asked[kept:], *told}
    begin = told[0] if told else len(ids)
    before = [place for place in range(begin) if place not in dropped]
    behind = [place for place in range(begin, len(ids)) if place not in dropped]
    shown = _stretches(len(told), width, stride)
    windows = []
    for stretch, elsewhere in zip(shown, _shown_better(shown, len(told)), strict=True):
        places = [*before, *told[stretch.start : stretch.stop], *behind]
        windows.append(
            Window(
                [ids[place] for place in places],
                [spans[place] for place in places],
                stretch,
                len(before),
                elsewhere,
            )
        )
    return windows, [spans[place] for place in told]


def _stretches(tokens: int, width: int, stride: int | None) -> list[range]:
    """The tokens that each window shows; every token is in one, if there is a stride."""
    shown = [range(min(tokens, width))]
    while stride is not None and shown[-1].stop < tokens:
        start = shown[-1].start + min(stride, width)
        shown.append(range(start, min(start + width, tokens)))
    return shown


def _shown_better(shown: list[range], tokens: int) -> list[list[bool]]:
    """Per window and token of it, whether another window has more around the token.

    As SQuAD's scripts: what counts is the smaller of both sides; the longer window wins ties.
    """
    if len(shown) == 1:
        return [[False] * len(shown[0])]
    around = np.full((len(shown), tokens), -1.0)
    for number, stretch in enumerate(shown):
        here = np.arange(len(stretch))
        around[number, stretch.start : stretch.stop] = np.minimum(here, here[::-1]) + 0.01 * len(
            stretch
        )
    best = around.argmax(0)
    return [
        list(map(bool, best[stretch.start : stretch.stop] != number))
        for number, stretch in enumerate(shown)
    ]


def _found(told: Spans, answers: dict[str, Any]) -> range | None:
    """Tokens of the context that hold the first answer; None if it is not in the text."""
    if not answers["text"]:
        return None
    start = answers["answer_start"][0]
    stop = start + len(answers["text"][0])
    inside = [place for place, (first, last) in enumerate(told) if first < stop and last > start]
    return range(inside[0], inside[-1] + 1) if inside else None


def _marks(
    window: Window, row: Row, answer: range | None, no_answer: bool, strided: bool
) -> list[int]:
    """A label per token of a window."""
    marks = [OUTSIDE] * len(window.ids)
    for place, elsewhere in enumerate(window.elsewhere, start=window.first):
        marks[place] = ELSEWHERE if elsewhere else 0
    if no_answer or strided:
        marks[0] = 0
    if not row["answers"]["text"]:
        marks[0] = START | END
    elif answer is not None:
        told = window.told
        if told.start <= answer.start and answer.stop <= told.stop:
            marks[window.first + answer.start - told.start] |= START
            marks[window.first + answer.stop - 1 - told.start] |= END
        elif strided:  # another window has it: this one learns to say that it has not
            marks[0] = START | END
    return marks


def _scores(
    head: nn.Module, hidden: torch.Tensor, batch: Batch
) -> tuple[torch.Tensor, torch.Tensor]:
    """Start and end scores (items, tokens), -inf where no answer may be."""
    scores = (
        head(hidden).float().masked_fill((batch.labels == OUTSIDE).unsqueeze(-1), float("-inf"))
    )
    start, end = scores.unbind(-1)
    return start, end


def _best(
    start: torch.Tensor, end: torch.Tensor, batch: Batch, reading: Reading
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Score, first and last token of the best answer of each item; the first token is none."""
    longest = min(reading.longest_answer, start.shape[1])
    elsewhere = (batch.labels != OUTSIDE) & ((batch.labels & ELSEWHERE) > 0)
    start = start.masked_fill(elsewhere, float("-inf"))
    start[:, 0] = float("-inf")
    # (items, tokens, longest): only the ends near each start, not tokens x tokens.
    ends = nn.functional.pad(end, (0, longest - 1), value=float("-inf")).unfold(1, longest, 1)
    values, places = (start.unsqueeze(2) + ends).flatten(1).max(-1)
    return values, places // longest, places // longest + places % longest
