"""Tagging of sentences over the limit: in pieces as XTREME, written anew, or cut off."""

from __future__ import annotations

import random
from functools import cache

import numpy as np
import pytest
import torch
from torch import nn
from transformers import PreTrainedTokenizerBase

from xfer_core import catalog
from xfer_core.domain.task import Row
from xfer_core.stages import arrays, checkpoints
from xfer_core.stages.batches import ordered_batches
from xfer_core.stages.kinds.base import PLAIN, Reading
from xfer_core.stages.kinds.tagging import NOTHING, Tagging

TAGGING = Tagging()
TASK = catalog.task("mini-pos")
SPLIT = Reading(long_sentences="split")
BEGIN, PAD, STOP = 0, 1, 2
BLANK = "\u2028"
"""A word that is nothing but a blank to the tokenizer."""


@cache
def tokenizer() -> PreTrainedTokenizerBase:
    return checkpoints.load_tokenizer("mini-s")


@cache
def rows(language: str = "en", n: int = 30) -> list[Row]:
    """Sentences of one to six of the task's, joined."""
    rng = random.Random(f"{language} {n}")
    found = TASK.source.rows("dev", language)
    picked = [rng.sample(found, 1 + number % 6) for number in range(n)]
    return [
        {
            "id": number,
            "tokens": [token for one in some for token in one["tokens"]],
            "tags": [tag for one in some for tag in one["tags"]],
        }
        for number, some in enumerate(picked)
    ]


def items(encoded: arrays.Encoded, values: np.ndarray) -> list[list[list[int]]]:
    """Ids or labels per item, by sentence."""
    cuts, groups = encoded.offsets, encoded.groups
    single = [values[cuts[i] : cuts[i + 1]].tolist() for i in range(len(cuts) - 1)]
    return [single[groups[e] : groups[e + 1]] for e in range(encoded.n_examples)]


def pieces(word: str) -> list[int]:
    return tokenizer()(word, add_special_tokens=False)["input_ids"]


def xtreme(row: Row, limit: int) -> list[list[tuple[list[int], str]]]:
    """Lines of XTREME's split file, by piece: (token ids of a word, its tag)."""
    unknown, room = tokenizer().unk_token_id, limit - 2
    lines: list[list[tuple[list[int], str]]] = [[]]
    counter = 0
    for token, label in zip(row["tokens"], row["tags"], strict=True):
        ids = pieces(token)
        if len(ids) == 0 or len(ids) > room:
            ids = [unknown]
        if counter + len(ids) > room:
            lines.append([])
            counter = 0
        lines[-1].append((ids, label))
        counter += len(ids)
    return lines


def marks(line: list[tuple[list[int], str]]) -> list[int]:
    labels = [
        mark for ids, tag in line for mark in (TASK.labels.index(tag), *[NOTHING] * (len(ids) - 1))
    ]
    return [NOTHING, *labels, NOTHING]


@torch.no_grad()
def predicted(encoded: arrays.Encoded, budget: int) -> list[list[str]]:
    """Tags, through batches, by a head that reads the token's label off the hidden state."""
    found: list = [None] * encoded.n_examples
    for batch in ordered_batches(encoded, budget, PAD):
        hidden = nn.functional.one_hot(batch.labels.clamp(min=0), len(TASK.labels)).float()
        answers = TAGGING.predict(nn.Identity(), hidden, batch, TASK, SPLIT)
        for example, one in zip(batch.examples, answers, strict=True):
            found[int(example)] = one
    return found


@pytest.mark.parametrize("limit", [8, 13, 24, 64])
@pytest.mark.parametrize("language", ["en", "tr", "ja"])
def test_pieces_are_those_of_xtreme(limit, language):
    found = rows(language)
    encoded = TAGGING.encode(found, TASK, tokenizer(), limit, SPLIT)
    wanted = [xtreme(row, limit) for row in found]
    assert items(encoded, encoded.ids) == [
        [[BEGIN, *(piece for ids, _ in line for piece in ids), STOP] for line in lines]
        for lines in wanted
    ]
    assert items(encoded, encoded.labels) == [[marks(line) for line in lines] for lines in wanted]
    assert encoded.lengths().max() <= limit
    if limit < 64:
        assert max(map(len, wanted)) > 2


@pytest.mark.parametrize("budget", [100, 100_000])
def test_the_tags_of_all_pieces_are_joined(budget):
    found = rows()
    encoded = TAGGING.encode(found, TASK, tokenizer(), 16, SPLIT)
    assert len(encoded.offsets) - 1 > 2 * len(found)
    assert predicted(encoded, budget) == TAGGING.references(found, TASK)


def test_cut_off_sentences_lose_their_last_words_alone():
    found = rows()
    encoded = TAGGING.encode(found, TASK, tokenizer(), 16)
    assert np.diff(encoded.groups).tolist() == [1] * len(found)
    lost = 0
    for row, tags in zip(found, predicted(encoded, 9999), strict=True):
        assert tags == row["tags"][: len(tags)] and tags
        lost += len(row["tags"]) - len(tags)
    assert lost > len(found)
    wanted = tokenizer()(
        [row["tokens"] for row in found], is_split_into_words=True, truncation=True, max_length=16
    )
    assert [one for (one,) in items(encoded, encoded.ids)] == wanted["input_ids"]


@pytest.mark.parametrize("reading", [PLAIN, SPLIT], ids=["truncate", "split"])
def test_a_word_that_gives_no_piece_keeps_its_tag(reading):
    assert pieces(BLANK) == []
    row = {
        "id": 0,
        "tokens": [BLANK, "Anna", BLANK, BLANK, "sleeps", ".", BLANK],
        "tags": ["X", "PROPN", "SYM", "ADV", "VERB", "PUNCT", "NUM"],
    }
    tags = [tag if tag in TASK.labels else TASK.labels[n] for n, tag in enumerate(row["tags"])]
    row["tags"] = tags
    encoded = TAGGING.encode([row], TASK, tokenizer(), 64, reading)
    assert predicted(encoded, 999) == [tags]
    unknown = tokenizer().unk_token_id
    assert encoded.ids.tolist() == [
        BEGIN, unknown, *pieces("Anna"), unknown, unknown, *pieces("sleeps"), *pieces("."),
        unknown, STOP,
    ]  # fmt: skip


@pytest.mark.parametrize("reading", [PLAIN, SPLIT], ids=["truncate", "split"])
def test_sentences_of_nothing_that_can_be_read(reading):
    label = TASK.labels[0]
    empty: Row = {"id": 0, "tokens": [], "tags": []}
    odd: Row = {"id": 1, "tokens": [BLANK], "tags": [label]}
    encoded = TAGGING.encode([empty, odd], TASK, tokenizer(), 16, reading)
    unknown = tokenizer().unk_token_id
    assert items(encoded, encoded.ids) == [[[BEGIN, STOP]], [[BEGIN, unknown, STOP]]]
    assert predicted(encoded, 999) == [[], [label]]


def test_a_word_longer_than_the_limit_is_unknown_in_pieces():
    label, other = TASK.labels[:2]
    row = {"id": 0, "tokens": ["Anna", "x1" * 60, "sleeps"], "tags": [label, other, label]}
    encoded = TAGGING.encode([row], TASK, tokenizer(), 12, SPLIT)
    assert tokenizer().unk_token_id in encoded.ids
    assert predicted(encoded, 999) == [[label, other, label]]


def test_what_is_learned_is_the_same_in_pieces():
    # The loss is a mean over words, wherever they are.
    found = rows()[:4]
    head, losses = nn.Linear(8, len(TASK.labels)), []
    states = torch.randn(9000, 8, generator=torch.Generator().manual_seed(1))
    for limit in (500, 20):
        encoded = TAGGING.encode(found, TASK, tokenizer(), limit, SPLIT)
        (batch,) = ordered_batches(encoded, 99_999, PAD)
        losses.append(TAGGING.loss(head, states[batch.ids], batch).item())
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)
