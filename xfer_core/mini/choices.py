"""Multiple-choice questions over the mini world, shared by the tasks that ask them.

Each function draws one language-neutral question of a subject; ``render`` puts it into words.
The right answer and all others are facts of the same split, so that what is asked in the test
was not asked in training. Events and sums of the test are not in the encoder's pretraining text
either; what is known of the real world is there as plain statements, some of it in one language
only (``facts.told_in``).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from xfer_core.domain.task import Row
from xfer_core.mini import facts, names, world
from xfer_core.mini.grammar import Grammar
from xfer_core.mini.languages import grammars
from xfer_core.mini.world import Event, Kind, Knowledge, Month, Opposite, Sentence, Weekday

_Members = Callable[[str, str], tuple[str, ...]]


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
    shared = [getattr(first, s) == getattr(second, s) for s in ("agent", "verb", "object")]
    if answer == told or sum(shared) > 1:
        raise facts.Exhausted("The two events are too much alike to ask for one of them.")
    wrong = [told]
    for event in (wanted, beside) * n:  # animals and people as often beside either
        if len(wrong) < n - 1:
            pool = facts.fillings(event, asked)
            wrong.append(rng.choice([v for v in pool if v not in (answer, *wrong)]))
    return _shuffled(rng, "reading", (first, second, wanted, asked), answer, wrong)


def kinds(rng: random.Random, split: str, n: int) -> Question:
    """Which of these is an animal, a tool, ...?"""
    return _kind(rng, split, n, "categories", tuple(world.THINGS))


def names_(rng: random.Random, split: str, n: int) -> Question:
    """Which of these is a country, a language, a currency, a city?"""
    return _kind(rng, split, n, "names", world.NAMED)


def units(rng: random.Random, split: str, n: int) -> Question:
    """Which of these is a unit of length, weight, time, volume?"""
    return _kind(rng, split, n, "units", tuple(world.UNITS), _units)


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
    below = range(max(0, one.result - 6), one.result)
    above = range(one.result + 1, min(world.MAX_NUMBER, one.result + 6) + 1)
    # The result is as often the smallest option as a middle one, where there is room below it.
    fitting = [rank for rank in range(n) if rank <= len(below) and n - 1 - rank <= len(above)]
    rank = rng.choice(fitting)
    wrong = rng.sample(below, rank) + rng.sample(above, n - 1 - rank)
    return _shuffled(rng, "arithmetic", one, one.result, wrong)


def calendar(rng: random.Random, split: str, n: int) -> Question:
    """What day is tomorrow; which month comes after May?"""
    draw, size = rng.choice(((facts.weekday, 7), (facts.month, 12)))
    fact = draw(rng, split)
    wrong = [other for other in range(size) if other != fact.value]
    return _shuffled(rng, "calendar", fact, fact.value, rng.sample(wrong, n - 1))


def render(question: Question, grammar: Grammar) -> Row:
    """Subject, question, choices and the index of the right one, in one language.

    ``told_in`` is the only language in which the encoder's pretraining text states the answer;
    "" where that is none or all, or where it is told all the same by a statement the other way
    round (small is the opposite of big), or by mentions ("the city Paris").
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
    if question.subject in ("reading", "arithmetic", "odd_one_out", "names"):
        return ""
    if question.subject in ("categories", "units"):
        fact = Kind(*question.choices[question.answer])
    told = {facts.told_in(one, tuple(grammars())) for one in (_the_other_way(fact), fact)}
    return "" if None in told else facts.told_in(fact, tuple(grammars())) or ""


def _the_other_way(fact: Sentence) -> Sentence:
    """The same fact seen from the other side; itself if it has only one."""
    match fact:
        case Opposite():
            return Opposite(fact.value)
        case Month():
            return Month("before" if fact.step == "after" else "after", fact.value)
        case Weekday():
            steps = {step: name for name, step in world.CALENDAR_STEPS.items()}
            return Weekday(steps[-world.CALENDAR_STEPS[fact.step]], fact.value)
        case _:
            return fact


def _units(kind: str, split: str) -> tuple[str, ...]:
    """Units that the split asks for, in turns: so few that a hash leaves a split without some."""
    turns = (facts.TRAIN, facts.TEST, facts.DEV)
    units = enumerate(world.UNITS[kind])
    return tuple(unit for place, unit in units if facts.belongs(split, turns[place % 3]))


def _kind(
    rng: random.Random,
    split: str,
    n: int,
    subject: str,
    categories: tuple[str, ...],
    members: _Members = facts.members,
) -> Question:
    known = [kind for kind in categories if members(kind, split)]
    kind = rng.choice(known)
    others = rng.choices([k for k in known if k != kind], k=4 * n)
    wrong = list(dict.fromkeys((k, rng.choice(members(k, split))) for k in others))
    if len(wrong) < n - 1:
        raise facts.Exhausted(f"Too few other {subject} in the split {split!r}.")
    answer = (kind, rng.choice(members(kind, split)))
    return _shuffled(rng, subject, kind, answer, wrong[: n - 1])


def _knowledge(rng: random.Random, split: str, n: int, relation: str, subject: str) -> Question:
    """Every value is right as often as another, though many countries share a language."""
    atlas = names.atlas()
    by_value: dict[str, list[str]] = {}
    for code in facts.countries(split):
        by_value.setdefault(atlas[code][relation], []).append(code)
    value = rng.choice(sorted(by_value))
    fact = Knowledge(relation, rng.choice(by_value[value]), value)
    wrong = sorted(set(by_value) - {value} - names.also_true(relation, fact.country))
    return _shuffled(rng, subject, fact, value, rng.sample(wrong, n - 1))


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
