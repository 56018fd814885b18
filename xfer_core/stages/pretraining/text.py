"""Parallel pretraining text out of the mini world, without any fact of a dev or test split."""

from __future__ import annotations

import random

from xfer_core.mini import facts, sentences, world
from xfer_core.mini.grammar import Grammar
from xfer_core.mini.languages import grammars

Line = dict[str, str]
"""One utterance: language code -> its text."""


def parallel_lines(n: int, seed: int) -> list[Line]:
    """``n`` utterances in every language: statements, questions and word lists."""
    rng = random.Random(f"pretraining/{seed}")
    return [_line(rng) for _ in range(n)]


def _line(rng: random.Random) -> Line:
    draw = rng.choices((_utterance, _words, _kind_question, _calendar_question), (86, 8, 3, 3))[0]
    return draw(rng)


def _utterance(rng: random.Random) -> Line:
    utterance = sentences.draw(rng, rng.choice(facts.PRETRAINING))
    return {
        code: grammar.text(sentences.tokens(utterance, grammar))
        for code, grammar in grammars().items()
    }


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

    return {code: say(grammar) for code, grammar in grammars().items()}


def _kind_question(rng: random.Random) -> Line:
    kind, negated = rng.choice(world.CATEGORIES), rng.random() < 0.3
    return {
        code: grammar.text(grammar.ask_kind(kind, negated)) for code, grammar in grammars().items()
    }


def _calendar_question(rng: random.Random) -> Line:
    step, day = rng.choice(world.CALENDAR), rng.randrange(7)
    return {
        code: grammar.text(grammar.ask_calendar(step, day)) for code, grammar in grammars().items()
    }
