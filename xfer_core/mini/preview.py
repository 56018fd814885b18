"""Prints sample sentences of chosen languages, for a reader who knows the language.

Run ``python -m xfer_core.mini.preview de tr``.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator

from xfer_core.mini import names, world
from xfer_core.mini.grammar import Grammar, Token
from xfer_core.mini.languages import grammars
from xfer_core.mini.world import (
    Event,
    Judgement,
    Kind,
    Knowledge,
    Mention,
    Month,
    Opposite,
    Sum,
    Weekday,
)


def samples(grammar: Grammar, rng: random.Random) -> Iterator[list[Token]]:
    """Yield one sentence of every kind, wording and lexicon entry that a grammar can say."""
    for noun in world.OBJECTS:
        event = Event(
            rng.choice(world.PEOPLE),
            rng.choice(world.VERBS),
            noun,
            rng.choice([None, *world.ADJECTIVES]),
            rng.choice([None, *world.PLACES]),
            rng.choice([None, *world.DAYS]),
            rng.random() < 0.4,
        )
        yield grammar.state(event, rng.randrange(2))
    for noun in (*world.PEOPLE, *world.ANIMALS):
        verb = rng.choice(world.ANIMAL_VERBS)
        thing = rng.choice(world.OBJECTS)
        event = Event(noun, verb, thing, rng.choice(world.ADJECTIVES), None, rng.choice(world.DAYS))
        yield grammar.state(event)
    for asked in world.EVENT_SLOTS:
        for variant in (0, 1):
            event = Event("nurse", rng.choice(world.VERBS), "shirt", "red", "garden", "sunday")
            yield grammar.ask_event(event, asked, variant)
    for adjective in (*world.GOOD, *world.BAD):
        subject, degree = rng.choice(world.JUDGED), rng.choice(world.DEGREES)
        holder = rng.choice([None, None, *world.PEOPLE[:4]])
        yield grammar.state(Judgement(subject, adjective, degree, rng.random() < 0.3, holder))
    for subject in world.JUDGED:
        yield grammar.state(Judgement(subject, "wonderful"))
    for code in ("JP", "EG"):
        for relation in world.RELATIONS:
            value = names.atlas()[code][relation]
            yield grammar.state(Knowledge(relation, code, value))
            yield grammar.ask_knowledge(relation, code)
            yield grammar.state(Mention(rng.choice(world.PEOPLE), relation, value))
        yield grammar.state(Mention(rng.choice(world.PEOPLE), "country", code))
    for name in world.GIVEN_NAMES:
        negated = rng.random() < 0.3
        yield grammar.state(
            Event(name, rng.choice(world.VERBS), "book", None, "hotel", None, negated)
        )
    for name in ("anna", "omar"):
        yield grammar.state(Judgement("meal", "perfect", holder=name))
        for category in ("country", "company"):
            concept = "EG" if category == "country" else rng.choice(world.COMPANIES)
            yield grammar.state(Mention(name, category, concept))
    for company in world.COMPANIES:
        yield grammar.state(Mention(rng.choice(world.PEOPLE), "company", company))
    for category in world.CATEGORIES:
        members = {**world.THINGS, **world.UNITS}.get(category)
        concept = rng.choice(members) if members else names.atlas()["TH"].get(category, "TH")
        yield grammar.state(Kind(category, concept))
        yield grammar.ask_kind(category)
        yield grammar.ask_kind(category, negated=True)
    for sum_ in (Sum(2, 3), Sum(17, 9, minus=True)):
        yield grammar.state(sum_)
        yield grammar.ask_sum(sum_)
    for step in world.CALENDAR:
        yield grammar.ask_calendar(step, 2)
        yield grammar.state(Weekday(step, 2))
    for step in world.MONTH_STEPS:
        yield grammar.ask_month(step, 4)
        yield grammar.state(Month(step, 4))
    for word, _ in world.OPPOSITES:
        yield grammar.ask_opposite(word)
        yield grammar.state(Opposite(word))


def main(codes: list[str]) -> None:
    """Print the samples, one sentence a line, then the option texts."""
    for code in codes:
        grammar = grammars()[code]
        for tokens in samples(grammar, random.Random(1)):
            print(grammar.text(tokens))
            print("     ", " ".join(f"{token.text}/{token.tag}" for token in tokens))
        print(", ".join(grammar.LABELS.values()))


if __name__ == "__main__":
    main(sys.argv[1:])
