"""Which split may use which fact, and how facts are drawn at random.

A fact is what a sentence says, apart from its wording and its circumstances: an event's (agent,
verb, object), a judgement's (subject, adjective), a sum's two numbers, a country's currency. A
hash of the fact decides its split, so the splits are disjoint in facts, in every language and in
every task, and the encoder's pretraining text (``PRETRAINING``) knows no fact of dev or test.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import cache
from hashlib import blake2b
from typing import TypeVar

from xfer_core.mini import names, world
from xfer_core.mini.world import Event, Judgement, Knowledge, Mention, Sentence, Sum

INTERMEDIATE, TRAIN, DEV, TEST = "intermediate", "train", "dev", "test"
PRETRAINING = (INTERMEDIATE, TRAIN)
"""The splits whose facts the encoder may have seen before any task."""

_SHARES = ((TEST, 25), (DEV, 35), (TRAIN, 65), (INTERMEDIATE, 100))
_SMALL_SHARES = ((TEST, 35), (DEV, 50), (TRAIN, 100))
"""Small families of facts (concepts, countries, weekdays) are too few for a fourth part: there
intermediate tasks use the facts of the training split."""

T = TypeVar("T")


class Exhausted(LookupError):
    """The split holds no fact of the shape that was asked for."""


@cache
def split_of(*fact: object) -> str:
    """Split of a fact out of a large family."""
    return _bucket(fact, _SHARES)


@cache
def small_split_of(*fact: object) -> str:
    """Split of a fact out of a small family; never INTERMEDIATE."""
    return _bucket(fact, _SMALL_SHARES)


def belongs(split: str, found: str) -> bool:
    """Whether a fact of the split ``found`` may be used where ``split`` is asked for."""
    return found == split or (split == INTERMEDIATE and found == TRAIN)


def event(
    rng: random.Random, split: str, slots: Sequence[str] | None = None, negated: bool = False
) -> Event:
    """A random event whose core fact is in the split.

    ``slots`` are the circumstances it has, of adjective, place and day; None draws them.
    """
    if slots is None:
        slots = [slot for slot in ("adjective", "place", "day") if rng.random() < 0.5]
    agent, verb, object_ = _until(
        lambda: _event_core(rng), lambda core: split_of("event", *core) == split
    )
    return Event(
        agent,
        verb,
        object_,
        rng.choice(world.ADJECTIVES) if "adjective" in slots else None,
        rng.choice(world.PLACES) if "place" in slots else None,
        rng.choice(world.DAYS) if "day" in slots else None,
        negated,
    )


def other(rng: random.Random, event: Event, slot: str, split: str) -> str:
    """Another filling of a slot, such that the changed event is still a fact of the split.

    Raises:
        Exhausted: nothing else that fits the slot is a fact of the split; draw another event.
    """
    pool = fillings(event, slot)
    core = {"agent": event.agent, "verb": event.verb, "object": event.object}
    choices = [
        value
        for value in pool
        if value != getattr(event, slot)
        and (slot not in core or split_of("event", *{**core, slot: value}.values()) == split)
    ]
    if not choices:
        raise Exhausted(f"Nothing else fits the {slot} of {event} in the split {split!r}.")
    return rng.choice(choices)


def fillings(event: Event, slot: str) -> list[str]:
    """All that can stand in a slot of an event: people among people, animals among animals."""
    pools = {
        "agent": world.PEOPLE if event.agent in world.PEOPLE else world.ANIMALS,
        "verb": world.VERBS if event.agent in world.PEOPLE else world.ANIMAL_VERBS,
        "object": world.OBJECTS,
        "adjective": world.ADJECTIVES,
        "place": world.PLACES,
        "day": world.DAYS,
    }
    return pools[slot]


def judgement(rng: random.Random, split: str, positive: bool | None = None) -> Judgement:
    """A random judgement whose (subject, adjective) is in the split."""
    negated = rng.random() < 0.4
    good = (rng.random() < 0.5 if positive is None else positive) != negated
    subject, adjective = _until(
        lambda: (rng.choice(world.JUDGED), rng.choice(world.GOOD if good else world.BAD)),
        lambda core: split_of("judgement", *core) == split,
    )
    holder = rng.choice(world.PEOPLE) if rng.random() < 0.4 else None
    return Judgement(subject, adjective, rng.choice(world.DEGREES), negated, holder)


def mention(rng: random.Random, split: str) -> Mention:
    """A random mention of a name; the (agent, name) pair is in the split."""
    agent, category, name = _until(
        lambda: _mention_core(rng), lambda core: split_of("mention", *core) == split
    )
    return Mention(agent, category, name)


def knowledge(rng: random.Random, split: str, relation: str | None = None) -> Knowledge:
    """A random real fact about a country of the split."""
    code = rng.choice(countries(split))
    relation = relation or rng.choice(world.RELATIONS)
    return Knowledge(relation, code, names.atlas()[code][relation])


def sum_(rng: random.Random, split: str) -> Sum:
    """A random sum or difference of the split, with a result from 0 to 20."""
    return _until(
        lambda: _sum(rng),
        lambda one: split_of("sum", one.minus, *sorted((one.left, one.right))) == split,
    )


def sentence(rng: random.Random, split: str) -> Sentence:
    """A random statement of any sort, events above all."""
    draw = rng.choices((event, judgement, mention, knowledge, sum_), (50, 15, 20, 8, 7))[0]
    return draw(rng, split)


@cache
def countries(split: str) -> tuple[str, ...]:
    """Territory codes of the split."""
    return tuple(code for code in names.atlas() if belongs(split, small_split_of("country", code)))


@cache
def members(category: str, split: str) -> tuple[str, ...]:
    """Concepts of a category whose membership is a fact of the split."""
    if category in world.NAMED:
        found = [
            code if category == "country" else names.atlas()[code][category]
            for code in countries(split)
        ]
        return tuple(dict.fromkeys(found))
    return tuple(
        noun
        for noun in world.THINGS[category]
        if belongs(split, small_split_of("kind", category, noun))
    )


def _event_core(rng: random.Random) -> tuple[str, str, str]:
    agent = rng.choice(world.AGENTS if rng.random() < 0.35 else world.PEOPLE)
    verbs = world.VERBS if agent in world.PEOPLE else world.ANIMAL_VERBS
    return agent, rng.choice(verbs), rng.choice(world.OBJECTS)


def _mention_core(rng: random.Random) -> tuple[str, str, str]:
    category = rng.choice(world.NAMED)
    code = rng.choice(tuple(names.atlas()))
    name = code if category == "country" else names.atlas()[code][category]
    return rng.choice(world.PEOPLE), category, name


def _sum(rng: random.Random) -> Sum:
    if rng.random() < 0.5:
        left = rng.randint(0, world.MAX_NUMBER)
        return Sum(left, rng.randint(0, world.MAX_NUMBER - left))
    left = rng.randint(1, world.MAX_NUMBER)
    return Sum(left, rng.randint(0, left), minus=True)


def _until(draw: Callable[[], T], accept: Callable[[T], bool]) -> T:
    while True:
        drawn = draw()
        if accept(drawn):
            return drawn


def _bucket(fact: tuple[object, ...], shares: tuple[tuple[str, int], ...]) -> str:
    text = "/".join(map(str, fact)).encode()
    number = int.from_bytes(blake2b(text, digest_size=8).digest(), "big") % 100
    return next(split for split, below in shares if number < below)
