"""mini-mnli: natural language inference over two-sentence premises, in English.

Harder than mini-xnli: two events stand in the premise and the hypothesis speaks of one of them.
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
CIRCUMSTANCES = ("place", "day")

Item = tuple[tuple[Event, Event], Event, str]


def draw(rng: random.Random, split: str) -> Item:
    """Two events, a hypothesis and its label."""
    label = rng.choice(LABELS)
    asked = rng.choice(CIRCUMSTANCES)
    known = asked if label != "neutral" else _the_other(asked)
    subject = facts.event(rng, split, [known, "adjective"], negated=rng.random() < 0.3)
    beside = facts.event(rng, split, [_the_other(known)], negated=rng.random() < 0.3)
    premise = (subject, beside) if rng.random() < 0.5 else (beside, subject)
    return premise, _hypothesis(rng, split, subject, asked, label), label


def render(item: Item, grammar: Grammar) -> Row:
    """The two events as the premise, and the hypothesis."""
    premise, hypothesis, label = item
    return {
        "premise": " ".join(grammar.text(grammar.state(event)) for event in premise),
        "hypothesis": grammar.text(grammar.state(hypothesis)),
        "label": label,
    }


def _hypothesis(rng: random.Random, split: str, event: Event, asked: str, label: str) -> Event:
    bare = event.bare
    if label == "entailment":
        return bare.filled(asked, getattr(event, asked))
    if label == "neutral":
        return bare.filled(asked, facts.other(rng, event, asked, split))
    if rng.random() < 0.5:
        return replace(bare.filled(asked, getattr(event, asked)), negated=not event.negated)
    return bare.filled(asked, facts.other(rng, event, asked, split))


def _the_other(slot: str) -> str:
    return "day" if slot == "place" else "place"


MINI_MNLI = Task(
    name="mini-mnli",
    title="mini MNLI",
    kind=TaskKind.CLASSIFICATION,
    catalog="mini",
    source=Generated("mini-mnli", draw, render, train_split=facts.INTERMEDIATE),
    languages=codes("en"),
    columns=("premise", "hypothesis"),
    labels=LABELS,
    metric="accuracy",
    train_examples=2400,
    steps=60,
)
