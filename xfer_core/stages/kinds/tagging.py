"""Tagging: one label per word, read off the word's first piece."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate, pairwise
from typing import Any

import torch
from torch import nn
from transformers import PreTrainedTokenizerBase

from xfer_core.domain.task import Row, Task
from xfer_core.stages import arrays
from xfer_core.stages.batches import Batch
from xfer_core.stages.kinds.base import PLAIN, AsPredicted, Reading, portions

NOTHING = -100
"""Label of pieces that are not the first of a word."""

Sentence = list[list[int]]
"""Token ids per word, at least one each."""


class Tagging(AsPredicted):
    """An example is a sentence.

    One that is longer than the model reads loses its last words, in prediction only; or it is
    read in several items, as XTREME does, if the settings say "split".
    """

    def encode(
        self,
        rows: list[Row],
        task: Task,
        tokenizer: PreTrainedTokenizerBase,
        max_length: int,
        reading: Reading = PLAIN,
    ) -> arrays.Encoded:
        """Items per sentence, labels per token."""
        numbers = {label: number for number, label in enumerate(task.labels)}
        items: list[list[int]] = []
        labels: list[int] = []
        sizes: list[int] = []
        for row, (front, words, back) in zip(rows, _sentences(rows, tokenizer), strict=True):
            room = max_length - len(front) - len(back)
            tags = iter([numbers[tag] for tag in row["tags"]])
            parts = [words]
            if reading.long_sentences == "split":
                parts = _split(words, room, _unknown(tokenizer))
            for part in parts:
                ids = [piece for word in part for piece in word][:room]
                marks = [
                    mark for word in part for mark in (next(tags), *[NOTHING] * (len(word) - 1))
                ]
                items.append([*front, *ids, *back])
                labels += [*[NOTHING] * len(front), *marks[:room], *[NOTHING] * len(back)]
            sizes.append(len(parts))
        return arrays.grouped(items, sizes, labels)

    def head(self, task: Task, width: int) -> nn.Module:
        """One linear layer, as XLM-R's token classification."""
        return nn.Linear(width, len(task.labels))

    def loss(self, head: nn.Module, hidden: torch.Tensor, batch: Batch) -> torch.Tensor:
        """Cross-entropy over the words."""
        wanted = batch.labels != NOTHING
        return nn.functional.cross_entropy(head(hidden[wanted]).float(), batch.labels[wanted])

    def predict(
        self,
        head: nn.Module,
        hidden: torch.Tensor,
        batch: Batch,
        task: Task,
        reading: Reading = PLAIN,
    ) -> list[Any]:
        """The tags of each sentence, its items joined."""
        best = head(hidden).argmax(-1)
        items = [
            [task.labels[number] for number in row[wanted].tolist()]
            for row, wanted in zip(best, batch.labels != NOTHING, strict=True)
        ]
        cuts = pairwise(accumulate(batch.options, initial=0))
        return [[tag for item in items[begin:stop] for tag in item] for begin, stop in cuts]

    def references(self, rows: list[Row], task: Task) -> list[Any]:
        """The gold tags of each sentence."""
        return [row["tags"] for row in rows]


def _sentences(
    rows: list[Row], tokenizer: PreTrainedTokenizerBase
) -> Iterator[tuple[list[int], Sentence, list[int]]]:
    """Special tokens before, token ids per word, special tokens behind.

    A word that the tokenizer makes nothing of (such as an odd blank) is the unknown token, or its
    tag would go to its neighbour.
    """
    for part in portions(rows):
        encoding = tokenizer(
            [row["tokens"] for row in part],
            is_split_into_words=True,
            verbose=False,  # it would warn of sentences over the limit, which are cut here
        )
        for index, row in enumerate(part):
            ids, owners = encoding["input_ids"][index], encoding.word_ids(index)
            words: Sentence = [[] for _ in row["tokens"]]
            for token, owner in zip(ids, owners, strict=True):
                if owner is not None:
                    words[owner].append(token)
            owned = [place for place, owner in enumerate(owners) if owner is not None] or [1, 0]
            front, back = ids[: owned[0]], ids[owned[-1] + 1 :]
            yield front, [word or [_unknown(tokenizer)] for word in words], back


def _unknown(tokenizer: PreTrainedTokenizerBase) -> int:
    """Id of the unknown token; byte-level vocabularies have none and never need it."""
    found = tokenizer.unk_token_id
    return int(found if found is not None else tokenizer.pad_token_id or 0)


def _split(words: Sentence, room: int, unknown: int) -> list[Sentence]:
    """Words in runs of at most ``room`` tokens; a word longer than that becomes unknown."""
    parts: list[Sentence] = [[]]
    used = 0
    for word in words:
        word = word if len(word) <= room else [unknown]
        if used + len(word) > room:
            parts.append([])
            used = 0
        parts[-1].append(word)
        used += len(word)
    return parts
