"""mini-xquad: find the answer to a question in a short text, in every language."""

from __future__ import annotations

import random

from xfer_core.domain.language import MINI_LANGUAGES
from xfer_core.domain.task import Task, TaskKind
from xfer_core.mini import passages
from xfer_core.mini.source import Generated


def draw(rng: random.Random, split: str) -> passages.Reading:
    """Three events, and a question that one of them answers."""
    return passages.about_events(rng, split)


MINI_XQUAD = Task(
    name="mini-xquad",
    title="mini XQuAD",
    kind=TaskKind.SPAN,
    catalog="mini",
    source=Generated("mini-xquad", draw, passages.render),
    languages=MINI_LANGUAGES,
    columns=("context", "question", "answers"),
    metric="span_f1",
    train_examples=2400,
    steps=120,
)
