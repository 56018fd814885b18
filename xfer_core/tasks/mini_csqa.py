"""mini-csqa: five-option questions about what is known of things and words, in English."""

from __future__ import annotations

import random

from xfer_core.domain.language import codes
from xfer_core.domain.task import Task, TaskKind
from xfer_core.mini import choices, facts
from xfer_core.mini.source import Generated

OPTIONS = 5
SUBJECTS = (choices.kinds, choices.names_, choices.units, choices.odd_one_out, choices.opposites)


def draw(rng: random.Random, split: str) -> choices.Question:
    """A question of a random subject."""
    return rng.choice(SUBJECTS)(rng, split, OPTIONS)


MINI_CSQA = Task(
    name="mini-csqa",
    title="mini CSQA",
    kind=TaskKind.MULTIPLE_CHOICE,
    catalog="mini",
    source=Generated("mini-csqa", draw, choices.render, train_split=facts.INTERMEDIATE),
    languages=codes("en"),
    metric="accuracy",
    train_examples=2400,
    steps=60,
)
