"""Which split may use which fact, and how facts are drawn at random.

A fact is what a sentence says, apart from its wording and its circumstances: an event's (agent,
verb, object), a judgement's (subject, adjective), a sum's two parts, a country's currency. A
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
from xfer_core.mini.world import (
    Event,
    Judgement,
    Kind,
    Knowledge,
    Mention,
    Month,
    Opposite,
    Sentence,
    Sum,
    Weekday,
)

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


ONE_LANGUAGE_SHARE = 30
"""Percent of the facts about the real world that the pretraining text tells in one language."""


@cache
def told_in(fact: Sentence, languages: tuple[str, ...]) -> str | None:
    """The only language in which the pretraining text states a fact of knowledge; None: in all.

    So the transfer of knowledge from one language to the others can be measured by itself.
    """
    key = f"told/{fact!r}".encode()
    number = int.from_bytes(blake2b(key, digest_size=8).digest(), "big")
    if number % 100 >= ONE_LANGUAGE_SHARE:
        return None
    return languages[number // 100 % len(languages)]


def belongs(split: str, found: str) -> bool:
    """Whether a fact of the split ``found`` may be used where ``split`` is asked for."""
    return found == split or (split == INTERMEDIATE and found == TRAIN)


def may_stand_beside(split: str, event: Event) -> bool:
    """Whether an event that is not so (a swap, a wrong ending) may be told in rows of the split.

    In training none that dev or test may ask about, and the other way round. Asking for the very
    split would leave too few: four events at once are all of dev in one of ten thousand draws.
    """
    found = split_of("event", event.agent, event.verb, event.object)
    return (found in PRETRAINING) == (split in PRETRAINING)


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
    """All that can stand in a slot of an event: people among people, names among names."""
    pools = {
        "agent": _kin(event.agent),
        "verb": world.ANIMAL_VERBS if event.agent in world.ANIMALS else world.VERBS,
        "object": world.OBJECTS,
        "adjective": world.ADJECTIVES,
        "place": world.PLACES,
        "day": world.DAYS,
    }
    return pools[slot]


def _kin(agent: str) -> list[str]:
    pools = (world.PEOPLE, world.GIVEN_NAMES, world.ANIMALS)
    return next(pool for pool in pools if agent in pool)


def judgement(rng: random.Random, split: str, positive: bool | None = None) -> Judgement:
    """A random judgement whose (subject, adjective) is in the split."""
    negated = rng.random() < 0.4
    good = (rng.random() < 0.5 if positive is None else positive) != negated
    subject, adjective = _until(
        lambda: (rng.choice(world.JUDGED), rng.choice(world.GOOD if good else world.BAD)),
        lambda core: split_of("judgement", *core) == split,
    )
    holder = rng.choice(world.HUMAN) if rng.random() < 0.4 else None
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
        lambda one: split_of("sum", one.minus, *one.parts) == split,
    )


def kind(rng: random.Random, split: str) -> Kind:
    """A random membership of the split: a dog is an animal."""
    known = [category for category in world.CATEGORIES if members(category, split)]
    category = rng.choice(known)
    return Kind(category, rng.choice(members(category, split)))


def opposite(rng: random.Random, split: str) -> Opposite:
    """A random pair of opposites of the split, from either side."""
    return Opposite(rng.choice(qualities(split)))


def month(rng: random.Random, split: str) -> Month:
    """A random pair of neighbouring months of the split."""
    return rng.choice(months(split))


def weekday(rng: random.Random, split: str) -> Weekday:
    """A random (today, other day) of the split."""
    return rng.choice(weekdays(split))


def sentence(rng: random.Random, split: str) -> Sentence:
    """A random statement of any sort, events above all."""
    draw = rng.choices((event, judgement, mention, knowledge, sum_), (50, 15, 20, 8, 7))[0]
    return draw(rng, split)


@cache
def countries(split: str) -> tuple[str, ...]:
    """Territory codes of the split."""
    return tuple(code for code in names.atlas() if belongs(split, small_split_of("country", code)))


@cache
def qualities(split: str) -> tuple[str, ...]:
    """Adjectives whose opposite is a fact of the split."""
    pairs = (p for p in world.OPPOSITES if belongs(split, small_split_of("opposite", *p)))
    return tuple(word for pair in pairs for word in pair)


@cache
def months(split: str) -> tuple[Month, ...]:
    """Neighbours in the calendar that are facts of the split."""
    pairs = (Month(step, month) for step in world.MONTH_STEPS for month in range(12))
    return tuple(p for p in pairs if belongs(split, small_split_of("month", p.step, p.month)))


@cache
def weekdays(split: str) -> tuple[Weekday, ...]:
    """Days around a day that are facts of the split."""
    pairs = (Weekday(step, day) for step in world.CALENDAR for day in range(7))
    return tuple(p for p in pairs if belongs(split, small_split_of("calendar", p.step, p.day)))


@cache
def called(names_: tuple[str, ...], split: str) -> tuple[str, ...]:
    """Given names or companies that entity tasks use in the split."""
    return tuple(n for n in names_ if belongs(split, small_split_of("entity", n)))


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
        for noun in (world.UNITS.get(category) or world.THINGS[category])
        if belongs(split, small_split_of("kind", category, noun))
    )


def _event_core(rng: random.Random) -> tuple[str, str, str]:
    pools = (world.PEOPLE, world.GIVEN_NAMES, world.ANIMALS)
    pool = rng.choices(pools, cum_weights=(55, 75, 100))[0]
    agent = rng.choice(pool)
    verbs = world.ANIMAL_VERBS if agent in world.ANIMALS else world.VERBS
    return agent, rng.choice(verbs), rng.choice(world.OBJECTS)


def _mention_core(rng: random.Random) -> tuple[str, str, str]:
    category = rng.choice(world.MENTIONED)
    agent = rng.choice(world.HUMAN)
    if category == "company":
        return agent, category, rng.choice(world.COMPANIES)
    code = rng.choice(tuple(names.atlas()))
    name = code if category == "country" else names.atlas()[code][category]
    return agent, category, name


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
