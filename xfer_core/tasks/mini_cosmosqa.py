"""mini-cosmosqa: multiple-choice reading, four options, in English."""

from __future__ import annotations

import random

from xfer_core.domain.language import codes
from xfer_core.domain.task import Task, TaskKind
from xfer_core.mini import choices, facts
from xfer_core.mini.source import Generated

OPTIONS = 4


def draw(rng: random.Random, split: str) -> choices.Question:
    """Two events are told; who, what, where or when was one of them?"""
    return choices.reading(rng, split, OPTIONS)


MINI_COSMOSQA = Task(
    name="mini-cosmosqa",
    title="mini Cosmos QA",
    kind=TaskKind.MULTIPLE_CHOICE,
    catalog="mini",
    source=Generated("mini-cosmosqa", draw, choices.render, train_split=facts.INTERMEDIATE),
    languages=codes("en"),
    metric="accuracy",
    train_examples=2400,
    steps=60,
)
