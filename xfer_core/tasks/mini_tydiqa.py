"""mini-tydiqa: the question was asked by somebody who has not seen the text."""

from __future__ import annotations

import random

from xfer_core.domain.language import MINI_LANGUAGES
from xfer_core.domain.task import Task, TaskKind
from xfer_core.mini import passages
from xfer_core.mini.source import Generated


def draw(rng: random.Random, split: str) -> passages.Reading:
    """Four sentences, and a question that names little of what they say."""
    return passages.about_few_words(rng, split)


MINI_TYDIQA = Task(
    name="mini-tydiqa",
    title="mini TyDiQA",
    kind=TaskKind.SPAN,
    catalog="mini",
    source=Generated("mini-tydiqa", draw, passages.render),
    languages=MINI_LANGUAGES,
    columns=("context", "question", "answers"),
    metric="span_f1",
    train_examples=2400,
    steps=120,
)
