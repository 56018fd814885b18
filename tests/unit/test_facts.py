"""What is asked in the test was neither trained on nor stated in the pretraining text."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from xfer_core import catalog
from xfer_core.mini import choices, facts, names, sentences, world
from xfer_core.mini.languages import grammars
from xfer_core.mini.source import items
from xfer_core.mini.world import Event, Judgement, Knowledge, Mention, Sum
from xfer_core.stages.pretraining import text

HIDDEN = (facts.DEV, facts.TEST)
SPLITS = (facts.INTERMEDIATE, facts.TRAIN, *HIDDEN)


def said(value: Any) -> Iterator[tuple[object, ...]]:
    """All facts in an item: what a sentence says, apart from wording and circumstances."""
    match value:
        case Event():
            yield "event", value.agent, value.verb, value.object
        case Judgement():
            yield "judgement", value.subject, value.adjective
        case Mention():
            yield "mention", value.agent, value.category, value.name
        case Knowledge():
            yield "knowledge", value.relation, value.country
        case Sum():
            yield "sum", value.minus, *sorted((value.left, value.right))
        case sentences.Utterance():
            yield from said(value.content)
        case choices.Question():
            yield from said(value.about)
        case tuple():
            for part in value:
                yield from said(part)


def split(fact: tuple[object, ...]) -> str:
    """Where a fact belongs."""
    if fact[0] == "knowledge":
        return facts.small_split_of("country", fact[2])
    return facts.split_of(*fact)


@pytest.mark.parametrize("draw", ["event", "judgement", "mention", "knowledge", "sum_", "sentence"])
@pytest.mark.parametrize("name", SPLITS)
def test_a_drawn_fact_is_of_its_split(draw, name):
    rng = random.Random(f"{draw}/{name}")
    for _ in range(150):
        for fact in said(getattr(facts, draw)(rng, name)):
            assert (
                facts.belongs(name, split(fact))
                if fact[0] == "knowledge"
                else (split(fact) == name)
            )


def test_drawn_facts_of_different_splits_never_meet():
    drawn = {}
    for name in SPLITS:
        rng = random.Random(name)
        drawn[name] = {fact for _ in range(3000) for fact in said(facts.sentence(rng, name))}
        assert len(drawn[name]) > 300
    for one in HIDDEN:
        for other in set(SPLITS) - {one}:
            assert not drawn[one] & drawn[other]


def test_pretraining_text_states_no_hidden_fact(monkeypatch):
    """Including the sentences that are made by changing one word of another."""
    told: list[sentences.Utterance] = []
    real = sentences.tokens

    def noted(utterance, grammar):
        if grammar.code == "de":
            told.append(utterance)
        return real(utterance, grammar)

    monkeypatch.setattr(sentences, "tokens", noted)
    two = {code: grammar for code, grammar in grammars().items() if code in ("en", "de")}
    monkeypatch.setattr(text, "grammars", lambda: two)  # the words do not matter here
    assert len(text.parallel_lines(3000, seed=3)) == 3000
    stated = {fact for one in told for fact in said(one)}
    assert {fact[0] for fact in stated} == {"event", "judgement", "mention", "knowledge", "sum"}
    assert len(told) > 3000
    assert not {fact for fact in stated if split(fact) in HIDDEN}


@pytest.mark.parametrize("name", list(catalog.tasks()))
def test_test_items_are_about_facts_that_pretraining_never_states(name):
    source = catalog.task(name).source
    drawn = items(source, "test")
    first = [next(said(item), None) for item in drawn]  # a premise comes first
    assert all(split(fact) == facts.TEST for fact in first if fact)


def test_small_families_are_split_and_whole():
    for category in world.CATEGORIES:
        train, test = facts.members(category, facts.TRAIN), facts.members(category, facts.TEST)
        if category not in world.NAMED:  # two countries may share a language
            assert not set(train) & set(test)
        assert train and facts.members(category, facts.INTERMEDIATE) == train
    everything = [code for name in SPLITS[1:] for code in facts.countries(name)]
    assert sorted(everything) == sorted(names.atlas())


def test_other_fillings_change_the_event_and_nothing_else():
    rng, exhausted = random.Random(1), 0
    for _ in range(200):
        event = facts.event(rng, facts.TEST, ["adjective", "place", "day"])
        for slot in ("agent", "verb", "object", "adjective", "place", "day"):
            try:
                value = facts.other(rng, event, slot, facts.TEST)
            except facts.Exhausted:
                exhausted += 1
                continue
            changed = event.filled(slot, value)
            assert changed != event and value in facts.fillings(event, slot)
            core = changed.agent, changed.verb, changed.object
            assert facts.split_of("event", *core) == facts.TEST
    assert 0 < exhausted < 60  # of 1200: animals have few verbs


def test_sums_stay_within_the_numbers_that_have_words():
    rng = random.Random(1)
    for _ in range(300):
        one = facts.sum_(rng, facts.TRAIN)
        assert 0 <= one.result <= world.MAX_NUMBER
        assert min(one.left, one.right) >= 0 and max(one.left, one.right) <= world.MAX_NUMBER
