"""Labels of inference follow from the events by logic, and from no sentence alone."""

from __future__ import annotations

import random
from collections import Counter
from functools import cache

import pytest

from xfer_core.mini import facts, inference, world
from xfer_core.mini.world import Event

STYLES = {
    style.__name__: style
    for style in (inference.one_sentence, inference.two_sentences, inference.mixed_up)
}
N = 3000
LIKELY = 4
"""Standard deviations: what is farther off than that is not chance."""
CORE = ("agent", "verb", "object")
CIRCUMSTANCES = ("place", "day")

every_style = pytest.mark.parametrize("style", list(STYLES))


@cache
def drawn(style: str, split: str = facts.TRAIN) -> list[inference.Item]:
    rng, found = random.Random(style), []
    while len(found) < N:
        try:
            found.append(STYLES[style](rng, split))
        except facts.Exhausted:
            continue
    return found


def label(premise: tuple[Event, ...], hypothesis: Event) -> str:
    """By logic, in a world where each event happens once at most and "the chair" is one chair."""
    about = [one for one in premise if _core(one) == _core(hypothesis)]
    assert len(about) <= 1, "the premise says one thing of an event"
    if not about:
        return "neutral"
    known = about[0]
    if not known.negated:
        agrees = [_agrees(known, hypothesis, slot) for slot in ("adjective", *CIRCUMSTANCES)]
        if False in agrees:
            return "entailment" if hypothesis.negated else "contradiction"
        if None in agrees:
            return "neutral"
        return "contradiction" if hypothesis.negated else "entailment"
    # Denied is what is named: "not on Monday" covers "not on Monday at school", not "not at all".
    covered = all(_agrees(hypothesis, known, slot) for slot in CIRCUMSTANCES)
    if not covered:
        return "neutral"
    return "entailment" if hypothesis.negated else "contradiction"


def _core(event: Event) -> tuple[str, ...]:
    return event.agent, event.verb, event.object


def _agrees(known: Event, asked: Event, slot: str) -> bool | None:
    """Whether what is asked for is known to be so; None: it is not known."""
    value, wanted = getattr(known, slot), getattr(asked, slot)
    if wanted is None:
        return True
    return None if value is None else value == wanted


@pytest.mark.parametrize(
    ("premise", "hypothesis", "expected"),
    [
        ({"place": "garden"}, {"place": "garden"}, "entailment"),
        ({"place": "garden"}, {}, "entailment"),
        ({"place": "garden"}, {"place": "school"}, "contradiction"),
        ({"place": "garden"}, {"day": "monday"}, "neutral"),
        ({"place": "garden"}, {"place": "garden", "negated": True}, "contradiction"),
        ({"place": "garden", "negated": True}, {"place": "garden"}, "contradiction"),
        ({"place": "garden", "negated": True}, {"place": "school", "negated": True}, "neutral"),
        ({"place": "garden", "negated": True}, {"negated": True}, "neutral"),
        ({"place": "garden"}, {"agent": "king", "place": "garden"}, "neutral"),
    ],
)
def test_logic_by_hand(premise, hypothesis, expected):
    core = {"agent": "queen", "verb": "buy", "object": "chair"}
    assert label((Event(**{**core, **premise}),), Event(**{**core, **hypothesis})) == expected


@every_style
@pytest.mark.parametrize("split", [facts.TRAIN, facts.TEST])
def test_labels_follow_by_logic(style, split):
    for premise, hypothesis, given in drawn(style, split):
        assert label(premise, hypothesis) == given, (premise, hypothesis)


def shape(event: Event) -> tuple[object, ...]:
    """All of an event but its words."""
    named = tuple(slot for slot in inference.SLOTS if getattr(event, slot))
    return event.negated, named, event.agent in world.ANIMALS


PARTS = {
    "hypothesis": lambda item: shape(item[1]),
    "premise": lambda item: tuple(sorted(map(shape, item[0]))),
    "order": lambda item: tuple(map(shape, item[0])),
    "denials": lambda item: sum(event.negated for event in item[0]),
}


@every_style
@pytest.mark.parametrize("part", list(PARTS))
def test_no_label_has_a_shape_of_its_own(style, part):
    """Each shape of a sentence occurs with the labels as often as all sentences do."""
    items = drawn(style)
    labels = Counter(item[2] for item in items)
    shapes = Counter(PARTS[part](item) for item in items)
    both = Counter((PARTS[part](item), item[2]) for item in items)
    for found, n in shapes.items():
        for name, m in labels.items():
            expected = n * m / N
            off = LIKELY * (max(expected, 1) * (1 - m / N)) ** 0.5
            assert abs(both[found, name] - expected) <= off + 1, (found, name, n)


@every_style
def test_facts_are_of_the_split(style):
    for split in (facts.DEV, facts.TEST):
        for premise, hypothesis, _ in drawn(style, split):
            for event in (*premise, hypothesis):
                assert facts.split_of("event", *_core(event)) == split


def test_a_mixed_up_hypothesis_has_only_words_of_its_premise():
    for premise, hypothesis, _ in drawn("mixed_up"):
        words = {value for event in premise for value in vars(event).values()}
        assert {v for v in vars(hypothesis).values() if v is not None} <= words
