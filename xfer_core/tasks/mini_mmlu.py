"""mini-mmlu: four-option questions in seven subjects, the same in every language."""

from __future__ import annotations

import random

from xfer_core.domain.language import codes
from xfer_core.domain.task import Task, TaskKind
from xfer_core.mini import choices
from xfer_core.mini.source import Generated

OPTIONS = 4
SUBJECTS = (
    choices.reading,
    choices.kinds,
    choices.names_,
    choices.currencies,
    choices.languages,
    choices.arithmetic,
    choices.calendar,
)
WEIGHTS = (6, 3, 3, 3, 2, 3, 1)
"""Calendar and languages have few facts; reading has many."""


def draw(rng: random.Random, split: str) -> choices.Question:
    """A question of a random subject."""
    return rng.choices(SUBJECTS, WEIGHTS)[0](rng, split, OPTIONS)


MINI_MMLU = Task(
    name="mini-mmlu",
    title="mini MMLU",
    kind=TaskKind.MULTIPLE_CHOICE,
    catalog="mini",
    source=Generated("mini-mmlu", draw, choices.render),
    languages=codes("en de es fr ru tr ar zh"),
    metric="accuracy",
    train_examples=2400,
    steps=60,
)
