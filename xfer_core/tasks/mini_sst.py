"""mini-sst: does a sentence praise or blame? With negation, degrees and reported opinions."""

from __future__ import annotations

import random

from xfer_core.domain.language import MINI_LANGUAGES
from xfer_core.domain.task import Row, Task, TaskKind
from xfer_core.mini import facts
from xfer_core.mini.grammar import Grammar
from xfer_core.mini.source import Generated
from xfer_core.mini.world import Judgement

LABELS = ("negative", "positive")


def draw(rng: random.Random, split: str) -> Judgement:
    """A judgement, as often praise as blame."""
    return facts.judgement(rng, split, positive=rng.random() < 0.5)


def render(item: Judgement, grammar: Grammar) -> Row:
    """The sentence and its polarity."""
    return {
        "sentence": grammar.text(grammar.state(item)),
        "label": "positive" if item.positive else "negative",
    }


MINI_SST = Task(
    name="mini-sst",
    title="mini SST",
    kind=TaskKind.CLASSIFICATION,
    catalog="mini",
    source=Generated("mini-sst", draw, render, train_split=facts.INTERMEDIATE),
    languages=MINI_LANGUAGES,
    columns=("sentence",),
    labels=LABELS,
    metric="accuracy",
    train_examples=2400,
    steps=30,
)
