"""mini-hellaswag: which sentence goes on with a short story? In English.

What people of the mini world do next follows from what they did: who lost something finds it,
who bought something carries it. The wrong endings have the wrong person, deed or thing.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from xfer_core.domain.language import codes
from xfer_core.domain.task import Row, Task, TaskKind
from xfer_core.mini import facts, world
from xfer_core.mini.grammar import Grammar
from xfer_core.mini.source import Generated
from xfer_core.mini.world import Event

SEQUELS = {
    "buy": "carry",
    "carry": "clean",
    "clean": "hide",
    "hide": "forget",
    "forget": "lose",
    "lose": "find",
    "find": "take",
    "take": "bring",
    "bring": "sell",
    "sell": "see",
    "see": "steal",
    "steal": "buy",
}
"""Deed -> what the same person does next with the same thing."""


@dataclass(frozen=True)
class Story:
    """Two events, and four endings of which one goes on with one of them."""

    told: tuple[Event, Event]
    endings: tuple[Event, ...]
    answer: int


def draw(rng: random.Random, split: str) -> Story:
    """Two people do something; one of them goes on.

    Raises:
        Exhausted: the right ending is not a fact of the split, or the two are too much alike.
    """
    first, second = (facts.event(rng, split, ["place"]) for _ in range(2))
    alike = [getattr(first, slot) == getattr(second, slot) for slot in ("agent", "verb", "object")]
    if any(alike) or {first.agent, second.agent} & set(world.ANIMALS):
        raise facts.Exhausted("The two events are too much alike.")
    right = Event(first.agent, SEQUELS[first.verb], first.object)
    if facts.split_of("event", right.agent, right.verb, right.object) != split:
        raise facts.Exhausted("What comes next is a fact of another split.")
    endings = [
        right,
        right.filled("agent", second.agent),
        right.filled("verb", SEQUELS[second.verb]),
        right.filled("object", second.object),
    ]
    rng.shuffle(endings)
    told = (first, second) if rng.random() < 0.5 else (second, first)
    return Story(told, tuple(endings), endings.index(right))


def render(item: Story, grammar: Grammar) -> Row:
    """The story as the question, the endings as the choices."""
    return {
        "subject": "continuation",
        "question": " ".join(grammar.text(grammar.state(event)) for event in item.told),
        "choices": [grammar.text(grammar.state(event)) for event in item.endings],
        "answer": item.answer,
    }


MINI_HELLASWAG = Task(
    name="mini-hellaswag",
    title="mini HellaSwag",
    kind=TaskKind.MULTIPLE_CHOICE,
    catalog="mini",
    source=Generated("mini-hellaswag", draw, render, train_split=facts.INTERMEDIATE),
    languages=codes("en"),
    metric="accuracy",
    train_examples=2400,
    steps=60,
)
