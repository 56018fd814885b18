"""mini-hellaswag: which sentence goes on with a short story? In English.

What people of the mini world do next follows from what they did: who lost something finds it,
who bought something carries it. A wrong ending mixes the two stories up: of person, deed and thing
two are the other's. So each of them is in two of the four endings, and the endings alone say
nothing.
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
CORE = ("agent", "verb", "object")
TRIES = 300


@dataclass(frozen=True)
class Story:
    """Two events, and four endings of which one goes on with one of them."""

    told: tuple[Event, Event]
    endings: tuple[Event, ...]
    answer: int


def draw(rng: random.Random, split: str) -> Story:
    """Two people do something; one of them goes on.

    Raises:
        Exhausted: no other event goes with the first one.
    """
    first = facts.event(rng, split, ["place"])
    right = _next(first)
    if first.agent in world.ANIMALS or not facts.may_stand_beside(split, right):
        raise facts.Exhausted("Animals do little, or what comes next must not be told.")
    for _ in range(TRIES):
        second = facts.event(rng, split, ["place"])
        wrong = _mixed_up(right, _next(second))
        if _differ(first, second) and all(facts.may_stand_beside(split, one) for one in wrong):
            endings = rng.sample([right, *wrong], 4)
            told = (first, second) if rng.random() < 0.5 else (second, first)
            return Story(told, tuple(endings), endings.index(right))
    raise facts.Exhausted("No other event goes with the first one.")


def _next(event: Event) -> Event:
    return Event(event.agent, SEQUELS[event.verb], event.object)


def _mixed_up(one: Event, other: Event) -> list[Event]:
    """The first with two of its three parts from the other."""
    return [Event(**{**vars(other), slot: getattr(one, slot)}) for slot in CORE]


def _differ(first: Event, second: Event) -> bool:
    alike = any(getattr(first, slot) == getattr(second, slot) for slot in CORE)
    return not alike and second.agent not in world.ANIMALS


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
