"""mini-mlqa: the text is in one language, half of the questions are in another."""

from __future__ import annotations

import random

from xfer_core.domain.language import MINI_LANGUAGES
from xfer_core.domain.task import Row, Task, TaskKind
from xfer_core.mini import facts, passages
from xfer_core.mini.grammar import Grammar
from xfer_core.mini.languages import grammars
from xfer_core.mini.source import Generated

Item = tuple[passages.Reading, int]


def draw(rng: random.Random, split: str) -> Item:
    """A passage with its question, and how many languages further on the question is asked."""
    away = (
        0 if split == facts.TRAIN or rng.random() < 0.5 else rng.randrange(1, len(MINI_LANGUAGES))
    )
    return passages.about_events(rng, split), away


def render(item: Item, grammar: Grammar) -> Row:
    """SQuAD's columns and the language of the question."""
    reading, away = item
    place = MINI_LANGUAGES.index(grammar.code) + away
    asking = MINI_LANGUAGES[place % len(MINI_LANGUAGES)]
    row = passages.render(reading, grammar, grammars()[asking])
    return {**row, "question_language": asking}


MINI_MLQA = Task(
    name="mini-mlqa",
    title="mini MLQA",
    kind=TaskKind.SPAN,
    catalog="mini",
    source=Generated("mini-mlqa", draw, render),
    languages=MINI_LANGUAGES,
    columns=("context", "question", "answers"),
    metric="span_f1",
    train_examples=2400,
    steps=120,
)
