"""mini-squad2: as mini-squad1, but a third of the questions has no answer. In English."""

from __future__ import annotations

import random

from xfer_core.domain.language import codes
from xfer_core.domain.task import Task, TaskKind
from xfer_core.mini import facts, passages
from xfer_core.mini.source import Generated

UNANSWERABLE = 1 / 3


def draw(rng: random.Random, split: str) -> passages.Reading:
    """Three events, and a question that one of them, or none, answers."""
    return passages.about_events(rng, split, answerable=rng.random() >= UNANSWERABLE)


MINI_SQUAD2 = Task(
    name="mini-squad2",
    title="mini SQuAD 2",
    kind=TaskKind.SPAN,
    catalog="mini",
    source=Generated("mini-squad2", draw, passages.render, train_split=facts.INTERMEDIATE),
    languages=codes("en"),
    columns=("context", "question", "answers"),
    metric="span_f1",
    train_examples=2400,
    steps=120,
    no_answer=True,
)
