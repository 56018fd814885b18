"""mini-pawsx: do two texts with the very same words say the same?

Both texts tell of the same two events, one after the other, in other wordings. Where they differ in
meaning, two persons, things, places or days have changed sides, so that only word order tells. With
the events in another order as well, small encoders did not learn it even in English.
"""

from __future__ import annotations

import random

from xfer_core.domain.language import MINI_LANGUAGES
from xfer_core.domain.task import Row, Task, TaskKind
from xfer_core.mini import facts, world
from xfer_core.mini.grammar import Grammar
from xfer_core.mini.source import Generated
from xfer_core.mini.world import Event

LABELS = ("different", "paraphrase")
SWAPPED = ("agent", "object", "place", "day")
TRIES = 300

Wording = tuple[int, int]
WORDINGS: list[Wording] = [(0, 0), (0, 1), (1, 0), (1, 1)]
"""Of the first event and of the second."""
Item = tuple[Event, Event, str, str, Wording, Wording]


def draw(rng: random.Random, split: str) -> Item:
    """Two events, the label, what would change sides, and two wordings, never the same."""
    wordings = rng.sample(WORDINGS, 2)
    label, swapped = rng.choice(LABELS), rng.choice(SWAPPED)
    first, second = _pair(rng, split, swapped)
    return first, second, label, swapped, wordings[0], wordings[1]


def _pair(rng: random.Random, split: str, swapped: str) -> tuple[Event, Event]:
    """Two events that share nothing and can be told with that slot swapped."""
    for _ in range(TRIES):
        first, second = (facts.event(rng, split, ["place", "day"]) for _ in range(2))
        alike = any(getattr(first, slot) == getattr(second, slot) for slot in SWAPPED)
        again = _swap(first, second, swapped)
        if not alike and all(_can_be_told(split, event) for event in again):
            return first, second
    raise facts.Exhausted("No two events of the split can be told with that slot swapped.")


def _can_be_told(split: str, event: Event) -> bool:
    """Whether an event with a swapped slot gives away neither a fact nor, by oddness, itself."""
    odd = event.agent in world.ANIMALS and event.verb not in world.ANIMAL_VERBS
    return not odd and facts.may_stand_beside(split, event)


def render(item: Item, grammar: Grammar) -> Row:
    """The two texts."""
    first, second, label, swapped, wording, other_wording = item
    again = (first, second) if label == "paraphrase" else _swap(first, second, swapped)
    return {
        "sentence1": _text((first, second), wording, grammar),
        "sentence2": _text(again, other_wording, grammar),
        "label": label,
    }


def _swap(first: Event, second: Event, slot: str) -> tuple[Event, Event]:
    one, other = getattr(first, slot), getattr(second, slot)
    return first.filled(slot, other), second.filled(slot, one)


def _text(events: tuple[Event, Event], wording: Wording, grammar: Grammar) -> str:
    pairs = zip(events, wording, strict=True)
    return " ".join(grammar.text(grammar.state(event, variant)) for event, variant in pairs)


MINI_PAWSX = Task(
    name="mini-pawsx",
    title="mini PAWS-X",
    kind=TaskKind.CLASSIFICATION,
    catalog="mini",
    source=Generated("mini-pawsx", draw, render),
    languages=MINI_LANGUAGES,
    columns=("sentence1", "sentence2"),
    labels=LABELS,
    metric="accuracy",
    train_examples=2400,
    steps=120,
)
