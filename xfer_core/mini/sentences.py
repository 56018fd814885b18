"""Single statements and questions of any sort, for tagging, retrieval and pretraining."""

from __future__ import annotations

import random
from dataclasses import dataclass

from xfer_core.mini import facts, world
from xfer_core.mini.grammar import Grammar, Token
from xfer_core.mini.languages import grammars
from xfer_core.mini.world import Event, Sentence


@dataclass(frozen=True)
class Utterance:
    """A statement, or the question for one slot of an event; ``variant`` is its wording."""

    content: Sentence
    variant: int = 0
    asked: str | None = None


def draw(rng: random.Random, split: str) -> Utterance:
    """A random utterance about facts of the split."""
    content = facts.sentence(rng, split)
    asks = isinstance(content, Event) and not content.negated and rng.random() < 0.25
    asked = rng.choice(world.EVENT_SLOTS) if asks else None
    if isinstance(content, Event) and not asks and rng.random() < 0.25:
        content = Event(**{**vars(content), "negated": True})
    return worded(content, rng.randrange(2), asked)


def worded(content: Sentence, variant: int, asked: str | None = None) -> Utterance:
    """The utterance in one of two wordings, if it has two: so equal texts are equal utterances."""
    two = isinstance(content, Event) and (content.day or asked == "day")
    return Utterance(content, variant if two else 0, asked)


def tokens(utterance: Utterance, grammar: Grammar) -> list[Token]:
    """The utterance in one language, with its gold tags."""
    if utterance.asked and isinstance(utterance.content, Event):
        return grammar.ask_event(utterance.content, utterance.asked, utterance.variant)
    return grammar.state(utterance.content, utterance.variant)


def english(utterance: Utterance) -> str:
    """The utterance as plain English text."""
    grammar = grammars()["en"]
    return grammar.text(tokens(utterance, grammar))
