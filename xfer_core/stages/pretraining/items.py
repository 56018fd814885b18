"""What a pretraining batch is made of: sentences, translation pairs, altered translations.

Batch k depends on (seed, k) alone, so a resumed run reads on where the killed one stopped.
"""

from __future__ import annotations

import random
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TypeVar

import numpy as np
import torch
from transformers import PreTrainedTokenizerBase

from xfer_core.stages.pretraining.text import Line

BOS, PAD, EOS = 0, 1, 2
NOT_ASKED = -100
PAIR_SHARE = 0.7
"""Share of masked items that are translation pairs; the rest is in one language."""
SENTENCES = (1, 1, 1, 1, 1, 1, 2, 3)
"""Sentences of an item. Few are long: a small encoder learns to compare from short ones, and needs
the long ones only to know the later positions."""
SAME_LANGUAGE_SHARE = 0.4
UNCHANGED_SHARE = 0.2
POOL = 4096
"""Items that are sorted by length together."""

Sentence = Sequence[int]
T = TypeVar("T")


@dataclass(frozen=True)
class Tokens:
    """A line as token ids, one entry per language it is told in; ``altered`` in the same order.

    ``tokenized`` makes arrays: a hundred thousand lines take a tenth of the memory of lists.
    """

    texts: list[Sentence]
    altered: list[Sentence] | None = None


@dataclass(frozen=True)
class MaskedBatch:
    """(items, tokens) ids and attention mask."""

    ids: torch.Tensor
    attention: torch.Tensor


@dataclass(frozen=True)
class DetectionBatch(MaskedBatch):
    """``changed``: 1 for changed words of the second sentence, 0 for others, else NOT_ASKED.

    The first token says whether anything was changed.
    """

    changed: torch.Tensor


@dataclass(frozen=True)
class PairBatch:
    """Row i of ``one`` translates row i of ``other``."""

    one: MaskedBatch
    other: MaskedBatch


def tokenized(text: list[Line], tokenizer: PreTrainedTokenizerBase) -> list[Tokens]:
    """All lines as token ids, without special tokens."""
    flat = [one for line in text for told in _told(line) for one in told.values()]
    ids = iter(tokenizer(flat, add_special_tokens=False)["input_ids"])
    found = []
    for line in text:
        sides: list[list[Sentence]] = [[array("i", next(ids)) for _ in t] for t in _told(line)]
        texts, *altered = sides
        found.append(Tokens(texts, altered[0] if altered else None))
    return found


def masked_batches(
    lines: list[Tokens], seed: int, tokens: int, longest: int, paired: bool
) -> Iterator[MaskedBatch]:
    """Endless batches of about ``tokens`` tokens, padding included."""

    def draw(rng: random.Random) -> Sentence:
        return _item(lines, rng, longest, paired)

    for part in _cut_by_length(draw, len, f"{seed}/masked", tokens):
        yield _masked(part)


def detection_batches(
    lines: list[Tokens], seed: int, tokens: int, longest: int
) -> Iterator[DetectionBatch]:
    """Endless batches for finding the words that were changed."""
    comparable = [line for line in lines if line.altered]

    def draw(rng: random.Random) -> tuple[Sentence, Sentence]:
        return _altered_pair(comparable, rng, longest)

    for part in _cut_by_length(draw, lambda pair: len(pair[0]), f"{seed}/detection", tokens):
        batch = _masked([ids for ids, _ in part])
        changed = _padded([marks for _, marks in part], NOT_ASKED)
        yield DetectionBatch(batch.ids, batch.attention, changed)


def pair_batches(lines: list[Tokens], seed: int, tokens: int, longest: int) -> Iterator[PairBatch]:
    """Endless batches of translations, each side by itself."""
    told_in_all = [line for line in lines if len(line.texts) > 1]

    def draw(rng: random.Random) -> tuple[Sentence, Sentence]:
        one, other = rng.sample(rng.choice(told_in_all).texts, 2)
        return _closed(one, longest), _closed(other, longest)

    sizes = _cut_by_length(draw, lambda pair: len(pair[0]) + len(pair[1]), f"{seed}/pairs", tokens)
    for part in sizes:
        yield PairBatch(_masked([one for one, _ in part]), _masked([other for _, other in part]))


def _told(line: Line) -> list[dict[str, str]]:
    return [line.texts, line.altered] if line.altered else [line.texts]


def _item(lines: list[Tokens], rng: random.Random, longest: int, paired: bool) -> Sentence:
    """One to three sentences in one language, or in one and then in another."""
    chosen = [rng.choice(lines) for _ in range(rng.choice(SENTENCES))]
    told = min(len(line.texts) for line in chosen)
    if told == 1:
        return _closed(rng.choice(chosen[0].texts), longest)
    one, other = rng.sample(range(told), 2)
    first = [token for line in chosen for token in line.texts[one]]
    if not paired or rng.random() >= PAIR_SHARE:
        return _closed(first, longest)
    second = [token for line in chosen for token in line.texts[other]]
    half = (longest - 4) // 2
    return [BOS, *first[:half], EOS, EOS, *second[:half], EOS]


def _altered_pair(
    lines: list[Tokens], rng: random.Random, longest: int
) -> tuple[Sentence, Sentence]:
    """One or two sentences and their translation, or themselves again, with a word changed."""
    chosen = [rng.choice(lines) for _ in range(rng.choice(SENTENCES[1:-1]))]
    one, other = rng.sample(range(len(chosen[0].texts)), 2)
    other = one if rng.random() < SAME_LANGUAGE_SHARE else other
    first = [token for line in chosen for token in line.texts[one]]
    second: list[int] = []
    marks: list[int] = []
    for line in rng.sample(chosen, len(chosen)):
        right = line.texts[other]
        told = right if rng.random() < UNCHANGED_SHARE else (line.altered or line.texts)[other]
        second += told
        marks += _changes(right, told)
    half = (longest - 4) // 2
    ids = [BOS, *first[:half], EOS, EOS, *second[:half], EOS]
    before = len(ids) - len(second[:half]) - 1
    differs = int(any(marks[:half]))
    return ids, [differs] + [NOT_ASKED] * (before - 1) + marks[:half] + [NOT_ASKED]


def _changes(right: Sentence, told: Sentence) -> list[int]:
    marks = [0] * len(told)
    for kind, _, _, start, stop in SequenceMatcher(a=right, b=told, autojunk=False).get_opcodes():
        if kind != "equal":
            marks[start:stop] = [1] * (stop - start)
    return marks


def _cut_by_length(
    draw: Callable[[random.Random], T], size: Callable[[T], int], seed: str, tokens: int
) -> Iterator[list[T]]:
    """Endless runs of drawn items, of similar size within a run, in random order."""
    pool = 0
    while True:
        rng = random.Random(f"{seed}/{pool}")
        items = sorted((draw(rng) for _ in range(POOL)), key=size)
        cuts, start = [], 0
        for stop in range(1, POOL + 1):
            if stop == POOL or (stop + 1 - start) * size(items[stop]) > tokens:
                cuts.append(items[start:stop])
                start = stop
        rng.shuffle(cuts)
        yield from cuts
        pool += 1


def _closed(sentence: Sentence, longest: int) -> Sentence:
    return [BOS, *sentence[: longest - 2], EOS]


def _masked(items: list[Sentence]) -> MaskedBatch:
    ids = _padded(items, PAD)
    return MaskedBatch(ids, (ids != PAD).long())


def _padded(items: list[Sentence], pad: int) -> torch.Tensor:
    table = np.full((len(items), max(map(len, items))), pad, dtype=np.int64)
    for row, item in zip(table, items, strict=True):
        row[: len(item)] = item
    return torch.from_numpy(table)
