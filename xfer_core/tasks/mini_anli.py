"""mini-anli+: the union of three styles of natural language inference, in English.

One head serves all three: a sentence against a sentence (as SNLI), two sentences against one (as
MNLI), and two sentences against a hypothesis that mixes them up (as ANLI: every word of it is true
of something).
"""

from __future__ import annotations

import random

from xfer_core.domain.language import codes
from xfer_core.domain.task import Task, TaskKind
from xfer_core.mini import facts, inference
from xfer_core.mini.source import Generated

STYLES = (inference.one_sentence, inference.two_sentences, inference.mixed_up)


def draw(rng: random.Random, split: str) -> inference.Item:
    """Premise, hypothesis and label in a random style."""
    return rng.choice(STYLES)(rng, split)


MINI_ANLI = Task(
    name="mini-anli+",
    title="mini ANLI+",
    kind=TaskKind.CLASSIFICATION,
    catalog="mini",
    source=Generated("mini-anli+", draw, inference.render, train_split=facts.INTERMEDIATE),
    languages=codes("en"),
    columns=("premise", "hypothesis"),
    labels=inference.LABELS,
    head="nli",
    metric="accuracy",
    train_examples=2400,
    steps=60,
)
