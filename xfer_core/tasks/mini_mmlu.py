"""mini-mmlu: four-option questions in eleven subjects, the same in every language."""

from __future__ import annotations

import random

from xfer_core.domain.language import MINI_LANGUAGES
from xfer_core.domain.task import Task, TaskKind
from xfer_core.mini import choices
from xfer_core.mini.source import Generated

OPTIONS = 4
SUBJECTS = {
    choices.reading: 5,
    choices.kinds: 3,
    choices.names_: 2,
    choices.units: 2,
    choices.odd_one_out: 2,
    choices.geography: 3,
    choices.currencies: 3,
    choices.languages: 2,
    choices.arithmetic: 3,
    choices.calendar: 3,
    choices.opposites: 2,
}
"""Subject -> how often it is asked: some have few facts, reading has many."""


def draw(rng: random.Random, split: str) -> choices.Question:
    """A question of a random subject."""
    return rng.choices(list(SUBJECTS), list(SUBJECTS.values()))[0](rng, split, OPTIONS)


MINI_MMLU = Task(
    name="mini-mmlu",
    title="mini MMLU",
    kind=TaskKind.MULTIPLE_CHOICE,
    catalog="mini",
    source=Generated("mini-mmlu", draw, choices.render),
    languages=MINI_LANGUAGES,
    metric="accuracy",
    train_examples=2400,
    steps=90,
)
