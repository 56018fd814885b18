"""mini-qqp: do two questions ask the same? In English, with high word overlap on both sides."""

from __future__ import annotations

import random

from xfer_core.domain.language import codes
from xfer_core.domain.task import Row, Task, TaskKind
from xfer_core.mini import facts, world
from xfer_core.mini.grammar import Grammar
from xfer_core.mini.source import Generated
from xfer_core.mini.world import Event

LABELS = ("different", "duplicate")

Item = tuple[Event, Event, str, str, bool, str]


def draw(rng: random.Random, split: str) -> Item:
    """Two events, the slot that each question asks for, who is polite, and the label."""
    label = rng.choice(LABELS)
    first = facts.event(rng, split, ["adjective", "place", "day"])
    asked = asked_second = rng.choice(world.EVENT_SLOTS)
    second = first
    if label == "different" and rng.random() < 0.3:
        asked_second = rng.choice([slot for slot in world.EVENT_SLOTS if slot != asked])
    elif label == "different":
        slot = rng.choice([s for s in ("agent", "verb", "object", "place", "day") if s != asked])
        second = first.filled(slot, facts.other(rng, first, slot, split))
    return first, second, asked, asked_second, rng.random() < 0.5, label


def render(item: Item, grammar: Grammar) -> Row:
    """The two questions, in two wordings."""
    first, second, asked, asked_second, polite, label = item
    one = grammar.ask_event(first, asked, 0)
    other = grammar.ask_event(second, asked_second, 1)
    return {
        "question1": grammar.text(grammar.politely(one) if polite else one),
        "question2": grammar.text(other),
        "label": label,
    }


MINI_QQP = Task(
    name="mini-qqp",
    title="mini QQP",
    kind=TaskKind.CLASSIFICATION,
    catalog="mini",
    source=Generated("mini-qqp", draw, render, train_split=facts.INTERMEDIATE),
    languages=codes("en"),
    columns=("question1", "question2"),
    labels=LABELS,
    metric="accuracy",
    train_examples=2400,
    steps=60,
)
