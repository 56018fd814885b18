"""mini-xnli: does a sentence about an event follow from, contradict or go beyond another?

Every label has hypotheses of the same shapes and every shape occurs with every label, so neither
sentence alone gives the label away.
"""

from __future__ import annotations

import random
from dataclasses import replace

from xfer_core.domain.language import codes
from xfer_core.domain.task import Row, Task, TaskKind
from xfer_core.mini import facts
from xfer_core.mini.grammar import Grammar
from xfer_core.mini.source import Generated
from xfer_core.mini.world import Event

LABELS = ("entailment", "neutral", "contradiction")
SLOTS = ("adjective", "place", "day")

Item = tuple[Event, Event, str]


def draw(rng: random.Random, split: str) -> Item:
    """Premise, hypothesis and label."""
    label = rng.choice(LABELS)
    style = _circumstance if rng.random() < 0.6 else _polarity
    return *style(rng, split, label), label


def render(item: Item, grammar: Grammar) -> Row:
    """The two sentences in one language."""
    premise, hypothesis, label = item
    return {
        "premise": grammar.text(grammar.state(premise)),
        "hypothesis": grammar.text(grammar.state(hypothesis)),
        "label": label,
    }


def _circumstance(rng: random.Random, split: str, label: str) -> tuple[Event, Event]:
    """The hypothesis names one circumstance: the premise's, another one, or one left open."""
    missing = rng.choice(SLOTS)
    premise = facts.event(rng, split, [slot for slot in SLOTS if slot != missing])
    asked = missing if label == "neutral" else rng.choice([s for s in SLOTS if s != missing])
    value = getattr(premise, asked)
    if label != "entailment":
        value = facts.other(rng, premise, asked, split)
    return premise, premise.bare.filled(asked, value)


def _polarity(rng: random.Random, split: str, label: str) -> tuple[Event, Event]:
    """The hypothesis repeats, denies, or speaks of somebody else."""
    premise = facts.event(rng, split, rng.sample(SLOTS, 2), negated=rng.random() < 0.5)
    bare = premise.bare
    if label == "entailment":
        return premise, bare
    if label == "contradiction":
        return premise, replace(bare, negated=not premise.negated)
    somebody = facts.other(rng, premise, "agent", split)
    return premise, replace(bare, agent=somebody, negated=rng.random() < 0.5)


MINI_XNLI = Task(
    name="mini-xnli",
    title="mini XNLI",
    kind=TaskKind.CLASSIFICATION,
    catalog="mini",
    source=Generated("mini-xnli", draw, render),
    languages=codes("en de es fr ru tr ar zh"),
    columns=("premise", "hypothesis"),
    labels=LABELS,
    metric="accuracy",
    train_examples=2400,
    steps=60,
)
