"""mini-squad1: find the answer to a question in a short text, in English."""

from __future__ import annotations

import random

from xfer_core.domain.language import codes
from xfer_core.domain.task import Task, TaskKind
from xfer_core.mini import facts, passages
from xfer_core.mini.source import Generated


def draw(rng: random.Random, split: str) -> passages.Reading:
    """Three events, and a question that one of them answers."""
    return passages.about_events(rng, split)


MINI_SQUAD1 = Task(
    name="mini-squad1",
    title="mini SQuAD 1",
    kind=TaskKind.SPAN,
    catalog="mini",
    source=Generated("mini-squad1", draw, passages.render, train_split=facts.INTERMEDIATE),
    languages=codes("en"),
    columns=("context", "question", "answers"),
    metric="span_f1",
    train_examples=2400,
    steps=120,
)
