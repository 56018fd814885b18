"""Multiple-choice questions over the mini world, shared by the tasks that ask them.

Each function draws one language-neutral question of a subject; ``render`` puts it into words.
The right answer and all others are facts of the same split, so that what is asked in the test
was not asked in training. Events and sums of the test are not in the encoder's pretraining text
either; what is known of the real world is there as plain statements, some of it in one language
only (``facts.told_in``).
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Any

from xfer_core.domain.task import Row
from xfer_core.mini import facts, names, world
from xfer_core.mini.grammar import Grammar
from xfer_core.mini.languages import grammars
from xfer_core.mini.world import Event, Kind, Month


@dataclass(frozen=True)
class Question:
    """One question: ``about`` is what the subject asks for, ``choices`` are concepts."""

    subject: str
    about: Any
    choices: tuple[Any, ...]
    answer: int


def reading(rng: random.Random, split: str, n: int) -> Question:
    """Two events are told; who, what, where or when was one of them?"""
    asked = rng.choice(world.EVENT_SLOTS)
    first = facts.event(rng, split, ["place", "day"])
    second = replace(
        facts.event(rng, split, ["place", "day"]),
        place=facts.other(rng, first, "place", split),
        day=facts.other(rng, first, "day", split),
    )
    wanted, beside = (first, second) if rng.random() < 0.5 else (second, first)
    answer, told = getattr(wanted, asked), getattr(beside, asked)
    pool = [value for value in facts.fillings(wanted, asked) if value not in (answer, told)]
    wrong = [told, *rng.sample(pool, n - 2)] if told != answer else rng.sample(pool, n - 1)
    return _shuffled(rng, "reading", (first, second, wanted, asked), answer, wrong)


def kinds(rng: random.Random, split: str, n: int) -> Question:
    """Which of these is an animal, a tool, ...?"""
    return _kind(rng, split, n, "categories", tuple(world.THINGS))


def names_(rng: random.Random, split: str, n: int) -> Question:
    """Which of these is a country, a language, a currency, a city?"""
    return _kind(rng, split, n, "names", world.NAMED)


def units(rng: random.Random, split: str, n: int) -> Question:
    """Which of these is a unit of length, weight, time, volume?"""
    return _kind(rng, split, n, "units", tuple(world.UNITS))


def odd_one_out(rng: random.Random, split: str, n: int) -> Question:
    """Which of these is not an animal, a tool, ...?"""
    kind = rng.choice([k for k in world.THINGS if len(facts.members(k, split)) >= n - 1])
    stranger = rng.choice([k for k in world.THINGS if k != kind and facts.members(k, split)])
    inside = [(kind, one) for one in rng.sample(facts.members(kind, split), n - 1)]
    answer = (stranger, rng.choice(facts.members(stranger, split)))
    return _shuffled(rng, "odd_one_out", kind, answer, inside)


def currencies(rng: random.Random, split: str, n: int) -> Question:
    """Which currency do people pay with in a country?"""
    return _knowledge(rng, split, n, "currency", "currencies")


def languages(rng: random.Random, split: str, n: int) -> Question:
    """Which language do people speak in a country?"""
    return _knowledge(rng, split, n, "language", "languages")


def geography(rng: random.Random, split: str, n: int) -> Question:
    """Which city is in a country?"""
    return _knowledge(rng, split, n, "city", "geography")


def opposites(rng: random.Random, split: str, n: int) -> Question:
    """Which word is the opposite of a word?"""
    fact = facts.opposite(rng, split)
    wrong = [word for word in facts.qualities(split) if word not in (fact.word, fact.value)]
    return _shuffled(rng, "opposites", fact, fact.value, rng.sample(wrong, n - 1))


def arithmetic(rng: random.Random, split: str, n: int) -> Question:
    """How much is two plus three?"""
    one = facts.sum_(rng, split)
    near = [
        number
        for number in range(one.result - 4, one.result + 5)
        if 0 <= number <= world.MAX_NUMBER and number != one.result
    ]
    return _shuffled(rng, "arithmetic", one, one.result, rng.sample(near, n - 1))


def calendar(rng: random.Random, split: str, n: int) -> Question:
    """What day is tomorrow; which month comes after May?"""
    draw, size = rng.choice(((facts.weekday, 7), (facts.month, 12)))
    fact = draw(rng, split)
    wrong = [other for other in range(size) if other != fact.value]
    return _shuffled(rng, "calendar", fact, fact.value, rng.sample(wrong, n - 1))


def render(question: Question, grammar: Grammar) -> Row:
    """Subject, question, choices and the index of the right one, in one language.

    ``told_in`` is the only language in which the encoder's pretraining text states the answer;
    "" where that is none or all.
    """
    return {
        "subject": question.subject,
        "told_in": _told_in(question),
        "question": _question_text(question, grammar),
        "choices": [_choice_text(question, choice, grammar) for choice in question.choices],
        "answer": question.answer,
    }


def _told_in(question: Question) -> str:
    fact = question.about
    if question.subject in ("reading", "arithmetic", "odd_one_out"):
        return ""
    if question.subject in ("categories", "names", "units"):
        fact = Kind(*question.choices[question.answer])
    return facts.told_in(fact, tuple(grammars())) or ""


def _kind(
    rng: random.Random, split: str, n: int, subject: str, categories: tuple[str, ...]
) -> Question:
    known = [kind for kind in categories if facts.members(kind, split)]
    kind = rng.choice(known)
    others = rng.choices([k for k in known if k != kind], k=4 * n)
    wrong = list(dict.fromkeys((k, rng.choice(facts.members(k, split))) for k in others))
    answer = (kind, rng.choice(facts.members(kind, split)))
    return _shuffled(rng, subject, kind, answer, wrong[: n - 1])


def _knowledge(rng: random.Random, split: str, n: int, relation: str, subject: str) -> Question:
    fact = facts.knowledge(rng, split, relation)
    atlas = names.atlas()
    wrong = sorted({atlas[code][relation] for code in facts.countries(split)} - {fact.value})
    return _shuffled(rng, subject, fact, fact.value, rng.sample(wrong, n - 1))


def _shuffled(
    rng: random.Random, subject: str, about: Any, answer: Any, wrong: list[Any]
) -> Question:
    choices = [answer, *wrong]
    rng.shuffle(choices)
    return Question(subject, about, tuple(choices), choices.index(answer))


def _question_text(question: Question, grammar: Grammar) -> str:
    about = question.about
    match question.subject:
        case "reading":
            first, second, wanted, asked = about
            bare = replace(wanted, **{s: None for s in ("place", "day") if s != asked})
            told = " ".join(grammar.text(grammar.state(event)) for event in (first, second))
            return f"{told} {grammar.text(grammar.ask_event(bare, asked))}"
        case "categories" | "names" | "units":
            return grammar.text(grammar.ask_kind(about))
        case "odd_one_out":
            return grammar.text(grammar.ask_kind(about, negated=True))
        case "currencies" | "languages" | "geography":
            return grammar.text(grammar.ask_knowledge(about.relation, about.country))
        case "arithmetic":
            return grammar.text(grammar.ask_sum(about))
        case "opposites":
            return grammar.text(grammar.ask_opposite(about.word))
        case _ if isinstance(about, Month):
            return grammar.text(grammar.ask_month(about.step, about.month))
        case _:
            return grammar.text(grammar.ask_calendar(about.step, about.day))


def _choice_text(question: Question, choice: Any, grammar: Grammar) -> str:
    match question.subject:
        case "reading":
            return _slot_text(question.about[2], question.about[3], choice, grammar)
        case "currencies" | "languages" | "geography":
            return grammar.names.name(question.about.relation, choice)
        case "arithmetic":
            return grammar.NUMBERS[choice]
        case "opposites":
            return grammar.OPPOSITES[choice]
        case "calendar":
            names_ = grammar.names
            return (names_.month if isinstance(question.about, Month) else names_.day)(choice)
        case _:
            return grammar.option(*choice)


def _slot_text(event: Event, asked: str, choice: str, grammar: Grammar) -> str:
    phrases = {
        "agent": lambda: grammar.agent(choice),
        "object": lambda: grammar.noun_phrase(choice, "object"),
        "place": lambda: grammar.PLACES[choice],
        "day": lambda: grammar.DAYS[choice],
    }
    return grammar.phrase_text(phrases[asked]())
