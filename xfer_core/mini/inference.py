"""Premises and hypotheses in three styles, shared by the tasks of natural language inference.

In every style each label has hypotheses of the same shapes and each shape occurs with every label,
so neither sentence alone gives the label away.
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
    subject = facts.event(rng, split, [known, "adjective"], negated=rng.random() < 0.3)
    beside = facts.event(rng, split, [_the_other(known)], negated=rng.random() < 0.3)
    hypothesis = _about(rng, split, subject, asked, label)
    return _in_any_order(rng, subject, beside), hypothesis, label


def mixed_up(rng: random.Random, split: str) -> Item:
    """Two events of two people; a false hypothesis takes a circumstance from the other one."""
    label = rng.choice(LABELS)
    asked = rng.choice(("place", "day"))
    subject = facts.event(rng, split, ["adjective", "place", "day"])
    beside = facts.event(rng, split, ["adjective", "place", "day"])
    if getattr(subject, asked) == getattr(beside, asked) or subject.agent == beside.agent:
        raise facts.Exhausted("The two events are too much alike.")
    value = getattr(beside if label == "contradiction" else subject, asked)
    if label == "neutral":
        subject = subject.filled(asked, None)
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
    """The hypothesis repeats, denies, or speaks of somebody else."""
    premise = facts.event(rng, split, rng.sample(SLOTS, 2), negated=rng.random() < 0.5)
    bare = premise.bare
    if label == "entailment":
        return premise, bare
    if label == "contradiction":
        return premise, replace(bare, negated=not premise.negated)
    somebody = facts.other(rng, premise, "agent", split)
    return premise, replace(bare, agent=somebody, negated=rng.random() < 0.5)


def _about(rng: random.Random, split: str, event: Event, asked: str, label: str) -> Event:
    bare = event.bare
    if label == "entailment":
        return bare.filled(asked, getattr(event, asked))
    if label == "neutral":
        return bare.filled(asked, facts.other(rng, event, asked, split))
    if rng.random() < 0.5:
        return replace(bare.filled(asked, getattr(event, asked)), negated=not event.negated)
    return bare.filled(asked, facts.other(rng, event, asked, split))


def _in_any_order(rng: random.Random, one: Event, other: Event) -> tuple[Event, ...]:
    return (one, other) if rng.random() < 0.5 else (other, one)


def _the_other(slot: str) -> str:
    return "day" if slot == "place" else "place"
