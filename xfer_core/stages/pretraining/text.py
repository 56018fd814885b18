"""Parallel pretraining text out of the mini world.

Events, opinions and sums are those of the training splits alone. What is known of the real world
(countries, kinds of things, opposites, the calendar) is told for all splits, as plain statements
and never as a question, some of it in one language only (``facts.told_in``): mini-mmlu and
mini-csqa ask for it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

from xfer_core.mini import facts, sentences, world
from xfer_core.mini.grammar import Grammar, Token
from xfer_core.mini.languages import grammars
from xfer_core.mini.world import Event, Judgement, Knowledge, Sentence

Texts = dict[str, str]
"""One utterance: language code -> its text; one code alone if it is told in no other language."""


@dataclass(frozen=True)
class Line:
    """An utterance in every language and, if it can be, with one thing in it changed."""

    texts: Texts
    altered: Texts | None = None


def parallel_lines(n: int, seed: int) -> list[Line]:
    """``n`` utterances in every language: statements, questions and word lists."""
    rng = random.Random(f"pretraining/{seed}")
    return [_line(rng) for _ in range(n)]


def _line(rng: random.Random) -> Line:
    draw = rng.choices((_utterance, _knowledge, _words, _question), (70, 18, 6, 6))[0]
    return draw(rng)


def _utterance(rng: random.Random) -> Line:
    split = rng.choice(facts.PRETRAINING)
    utterance = sentences.draw(rng, split)
    if isinstance(utterance.content, Knowledge):
        return _knowledge(rng)
    try:
        altered = _altered(rng, utterance, split)
    except facts.Exhausted:
        altered = None
    texts = _texts(utterance)
    changed = _texts(altered) if altered else texts
    if any(changed[code] == told for code, told in texts.items()):  # a question may not show it
        return Line(texts)
    return Line(texts, changed)


def _knowledge(rng: random.Random) -> Line:
    """A plain statement about the real world, of any split."""
    split = rng.choice((facts.TRAIN, facts.DEV, facts.TEST))
    draw = rng.choices(
        (facts.knowledge, facts.kind, facts.opposite, facts.month, facts.weekday),
        (35, 35, 12, 10, 8),
    )[0]
    content: Sentence = draw(rng, split)
    only = facts.told_in(content, tuple(grammars()))
    if only is not None:
        grammar = grammars()[only]
        return Line({only: grammar.text(grammar.state(content))})
    return Line(_texts(sentences.Utterance(content, 0)))


def _texts(utterance: sentences.Utterance) -> Texts:
    return {
        code: grammar.text(sentences.tokens(utterance, grammar))
        for code, grammar in grammars().items()
    }


def _altered(
    rng: random.Random, utterance: sentences.Utterance, split: str
) -> sentences.Utterance | None:
    """The same utterance about another fact of the same split, one word away."""
    content = utterance.content
    if isinstance(content, Event):
        slots = [slot for slot in _SLOTS if getattr(content, slot) and slot != utterance.asked]
        slot = rng.choice(slots)
        changed = content.filled(slot, facts.other(rng, content, slot, split))
        return replace(utterance, content=changed)
    if isinstance(content, Judgement):
        return replace(utterance, content=_other_judgement(rng, content, split))
    return None


def _other_judgement(rng: random.Random, judgement: Judgement, split: str) -> Judgement:
    known = [
        adjective
        for adjective in (*world.GOOD, *world.BAD)
        if adjective != judgement.adjective
        and facts.split_of("judgement", judgement.subject, adjective) == split
    ]
    if not known:
        raise facts.Exhausted(f"No other opinion of the {judgement.subject} is in {split!r}.")
    return replace(judgement, adjective=rng.choice(known))


_SLOTS = ("agent", "verb", "object", "adjective", "place", "day")


def _words(rng: random.Random) -> Line:
    """A list of unrelated words: how a word stands alone, with no fact about it."""
    words = [_word(rng) for _ in range(3)]
    return Line({c: ", ".join(say(g) for say in words) for c, g in grammars().items()})


def _word(rng: random.Random) -> Callable[[Grammar], str]:
    category, concept = rng.choice(_members())
    other = rng.choice(
        (
            lambda grammar: grammar.option(category, concept),
            partial(_listed, "OPPOSITES", rng.choice(world.QUALITIES)),
            partial(_listed, "GIVEN_NAMES", rng.choice(world.GIVEN_NAMES)),
            partial(_listed, "COMPANIES", rng.choice(world.COMPANIES)),
            partial(_listed, "NUMBERS", rng.randrange(world.MAX_NUMBER + 1)),
            partial(_day_or_month, rng.randrange(19)),
        )
    )
    return rng.choice((lambda grammar: grammar.option(category, concept), other))


def _listed(table: str, key: Any, grammar: Grammar) -> str:
    return str(getattr(grammar, table)[key])


def _day_or_month(number: int, grammar: Grammar) -> str:
    return grammar.names.day(number) if number < 7 else grammar.names.month(number - 7)


@cache
def _members() -> tuple[tuple[str, str], ...]:
    """Every (category, concept) of the world."""
    splits = (facts.TRAIN, facts.DEV, facts.TEST)
    found = [(c, m) for c in world.CATEGORIES for s in splits for m in facts.members(c, s)]
    return tuple(dict.fromkeys(found))


def _question(rng: random.Random) -> Line:
    """A question without its answer, about facts of training: how questions are worded."""
    kind, negated = rng.choice(world.CATEGORIES), rng.random() < 0.3
    fact = facts.knowledge(rng, facts.TRAIN)
    word, month = facts.opposite(rng, facts.TRAIN).word, facts.month(rng, facts.TRAIN)
    day, sum_ = facts.weekday(rng, facts.TRAIN), facts.sum_(rng, facts.TRAIN)
    number, polite = rng.randrange(6), rng.random() < 0.3

    def ask(grammar: Grammar) -> list[Token]:
        match number:
            case 0:
                return grammar.ask_kind(kind, negated)
            case 1:
                return grammar.ask_knowledge(fact.relation, fact.country)
            case 2:
                return grammar.ask_opposite(word)
            case 3:
                return grammar.ask_month(month.step, month.month)
            case 4:
                return grammar.ask_calendar(day.step, day.day)
            case _:
                return grammar.ask_sum(sum_)

    def said(grammar: Grammar) -> str:
        asked = ask(grammar)
        return grammar.text(grammar.politely(asked) if polite else asked)

    return Line({code: said(grammar) for code, grammar in grammars().items()})
