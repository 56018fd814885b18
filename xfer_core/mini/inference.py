"""Premises and hypotheses in three styles, shared by the tasks of natural language inference.

In every style each label has hypotheses of the same shapes and each shape occurs with every label,
so neither sentence alone gives the label away. What is denied is denied with the circumstances that
are named with it, no more: "did not buy it on Monday" leaves open whether it was bought on Sunday.
"""

from __future__ import annotations

import random
from dataclasses import replace

from xfer_core.domain.task import Row
from xfer_core.mini import facts
from xfer_core.mini.grammar import Grammar
from xfer_core.mini.world import Event

LABELS = ("entailment", "neutral", "contradiction")
SLOTS = ("adjective", "place", "day")
DENIED = 1 / 3
"""Share of denied events in two sentences. Of the contradictions half of the rest has a denied
hypothesis: a third too, so that a denial does not tell the label."""

Item = tuple[tuple[Event, ...], Event, str]
"""Premise, hypothesis, label."""


def one_sentence(rng: random.Random, split: str) -> Item:
    """One event; the hypothesis names one circumstance, or repeats, denies, changes the person."""
    label = rng.choice(LABELS)
    style = _circumstance if rng.random() < 0.6 else _polarity
    premise, hypothesis = style(rng, split, label)
    return (premise,), hypothesis, label


def two_sentences(rng: random.Random, split: str) -> Item:
    """Two events; the hypothesis speaks of one of them."""
    label = rng.choice(LABELS)
    asked = rng.choice(("place", "day"))
    known = asked if label != "neutral" else _the_other(asked)
    subject = facts.event(rng, split, [known, "adjective"], negated=rng.random() < DENIED)
    beside = facts.event(rng, split, [_the_other(known)], negated=rng.random() < DENIED)
    if subject.agent == beside.agent:
        raise facts.Exhausted("The two events are too much alike.")
    hypothesis = _about(rng, split, subject, asked, label)
    return _in_any_order(rng, subject, beside), hypothesis, label


def mixed_up(rng: random.Random, split: str) -> Item:
    """Two events of two people; a hypothesis that does not follow has the other's circumstance."""
    label = rng.choice(LABELS)
    asked = rng.choice(("place", "day"))
    known = asked if label != "neutral" else _the_other(asked)
    subject = facts.event(rng, split, ["adjective", known])
    beside = facts.event(rng, split, ["adjective", "place", "day"])
    if subject.agent == beside.agent:
        raise facts.Exhausted("The two events are too much alike.")
    beside = beside.filled(known, facts.other(rng, subject, known, split))
    value = getattr(subject if label == "entailment" else beside, asked)
    hypothesis = subject.bare.filled(asked, value)
    return _in_any_order(rng, subject, beside), hypothesis, label


def render(item: Item, grammar: Grammar) -> Row:
    """Premise and hypothesis in one language."""
    premise, hypothesis, label = item
    return {
        "premise": " ".join(grammar.text(grammar.state(event)) for event in premise),
        "hypothesis": grammar.text(grammar.state(hypothesis)),
        "label": label,
    }


def _circumstance(rng: random.Random, split: str, label: str) -> tuple[Event, Event]:
    """The hypothesis names one circumstance: the premise's, another one, or one left open."""
    missing = rng.choice(SLOTS)
    premise = facts.event(rng, split, [slot for slot in SLOTS if slot != missing])
    asked = missing if label == "neutral" else rng.choice([s for s in SLOTS if s != missing])
    value = getattr(premise, asked)
    if label != "entailment":
        value = facts.other(rng, premise, asked, split)
    return premise, premise.bare.filled(asked, value)


def _polarity(rng: random.Random, split: str, label: str) -> tuple[Event, Event]:
    """The hypothesis repeats, denies, or speaks of somebody else; it keeps place or day."""
    slots = ["adjective", rng.choice(("place", "day"))]
    premise = facts.event(rng, split, slots, negated=rng.random() < 0.5)
    again = premise.filled("adjective", None)
    if label == "entailment":
        return premise, again
    if label == "contradiction":
        return premise, replace(again, negated=not premise.negated)
    somebody = facts.other(rng, premise, "agent", split)
    return premise, replace(again, agent=somebody, negated=rng.random() < 0.5)


def _about(rng: random.Random, split: str, event: Event, asked: str, label: str) -> Event:
    bare = event.bare
    if label == "entailment":
        return bare.filled(asked, getattr(event, asked))
    if label == "neutral":
        return bare.filled(asked, facts.other(rng, event, asked, split))
    if event.negated or rng.random() < 0.5:  # another place does not contradict a denial
        return replace(bare.filled(asked, getattr(event, asked)), negated=not event.negated)
    return bare.filled(asked, facts.other(rng, event, asked, split))


def _in_any_order(rng: random.Random, one: Event, other: Event) -> tuple[Event, ...]:
    return (one, other) if rng.random() < 0.5 else (other, one)


def _the_other(slot: str) -> str:
    return "day" if slot == "place" else "place"
