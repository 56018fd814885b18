"""Parallel pretraining text out of the mini world, without any fact of a dev or test split."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from xfer_core.mini import facts, sentences, world
from xfer_core.mini.grammar import Grammar
from xfer_core.mini.languages import grammars
from xfer_core.mini.world import Event, Judgement

Texts = dict[str, str]
"""One utterance: language code -> its text."""


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
    draw = rng.choices((_utterance, _words, _kind_question, _calendar_question), (86, 8, 3, 3))[0]
    return draw(rng)


def _utterance(rng: random.Random) -> Line:
    split = rng.choice(facts.PRETRAINING)
    utterance = sentences.draw(rng, split)
    try:
        altered = _altered(rng, utterance, split)
    except facts.Exhausted:
        altered = None
    return Line(_texts(utterance), _texts(altered) if altered else None)


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
        if facts.split_of("judgement", judgement.subject, adjective) == split
    ]
    return replace(judgement, adjective=rng.choice(known))


_SLOTS = ("agent", "verb", "object", "adjective", "place", "day")


def _words(rng: random.Random) -> Line:
    """A list of unrelated words: how a word stands alone, with no fact about it."""
    nouns = rng.sample(world.COMMON_NOUNS, 3)
    numbers = rng.sample(range(world.MAX_NUMBER + 1), 3)
    days = rng.sample(range(7), 3)
    kind = rng.randrange(3)

    def say(grammar: Grammar) -> str:
        choices = (
            [grammar.LABELS[noun] for noun in nouns],
            [grammar.NUMBERS[number] for number in numbers],
            [grammar.names.day(day) for day in days],
        )
        return ", ".join(choices[kind])

    return Line({code: say(grammar) for code, grammar in grammars().items()})


def _kind_question(rng: random.Random) -> Line:
    kind, negated = rng.choice(world.CATEGORIES), rng.random() < 0.3
    return Line({c: g.text(g.ask_kind(kind, negated)) for c, g in grammars().items()})


def _calendar_question(rng: random.Random) -> Line:
    step, day = rng.choice(world.CALENDAR), rng.randrange(7)
    return Line({c: g.text(g.ask_calendar(step, day)) for c, g in grammars().items()})
