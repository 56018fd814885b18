"""What is asked in the test was neither trained on nor stated in the pretraining text."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import is_dataclass
from typing import Any

import pytest

from xfer_core import catalog
from xfer_core.domain.task import Task
from xfer_core.mini import facts, names, world
from xfer_core.mini.source import items
from xfer_core.mini.world import Event, Judgement, Kind, Knowledge, Mention, Sum
from xfer_core.tasks import mini_pawsx

HIDDEN = (facts.DEV, facts.TEST)
SPLITS = (facts.INTERMEDIATE, facts.TRAIN, *HIDDEN)
TASKS = {name: task for name, task in catalog.tasks().items() if task.catalog == "mini"}

NO_FACTS = ("mini-csqa",)
"""Tasks that ask for kinds and opposites alone."""

every_task = pytest.mark.parametrize("task", TASKS.values(), ids=list(TASKS))


def said(value: Any) -> Iterator[tuple[object, ...]]:
    """All facts in an item: what its sentences say, apart from wording and circumstances."""
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
            parts = (value.right, value.left - value.right if value.minus else value.left)
            yield "sum", value.minus, *sorted(parts)
        case tuple():
            for part in value:
                yield from said(part)
        case _ if is_dataclass(value):
            yield from said(tuple(vars(value).values()))


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
            if fact[0] == "knowledge":
                assert facts.belongs(name, split(fact))
            else:
                assert split(fact) == name


def test_drawn_facts_of_different_splits_never_meet():
    drawn = {}
    for name in SPLITS:
        rng = random.Random(name)
        drawn[name] = {fact for _ in range(2000) for fact in said(facts.sentence(rng, name))}
        assert len(drawn[name]) > 300
    for one in HIDDEN:
        for other in set(SPLITS) - {one}:
            assert not drawn[one] & drawn[other]


def test_every_split_has_its_share_of_the_events():
    shares = Counter(
        facts.split_of("event", agent, verb, "book")
        for agent in world.AGENTS
        for verb in world.VERBS
    )
    n = shares.total()
    for name, share in {"test": 0.25, "dev": 0.1, "train": 0.3, "intermediate": 0.35}.items():
        assert abs(shares[name] / n - share) < 4 * (share * (1 - share) / n) ** 0.5


@every_task
def test_test_items_are_about_facts_that_pretraining_never_states(task):
    first = [next(said(item), None) for item in items(task.source, "test")]  # a premise comes first
    told = [fact for fact in first if fact]
    assert len(told) > 0.2 * len(first) or task.name in NO_FACTS
    assert all(split(fact) == facts.TEST for fact in told)


@every_task
def test_training_tells_no_fact_of_a_hidden_split_and_the_other_way_round(task):
    """Neither as true, nor as a wrong ending, a false hypothesis or a swap."""
    for name in ("train", *HIDDEN) if task.trained else HIDDEN:
        fitting = facts.PRETRAINING if name == "train" else HIDDEN
        told = {fact for item in items(task.source, name) for fact in said(_whole(task, item))}
        assert len(told) >= 15 or task.name in NO_FACTS
        assert not {fact for fact in told if split(fact) not in fitting}


def _whole(task: Task, item: Any) -> Any:
    """The item with the events that only its rendering makes."""
    if task.name != "mini-pawsx":
        return item
    first, second, label, slot, *_ = item
    return item if label == "paraphrase" else (item, mini_pawsx._swap(first, second, slot))


@pytest.mark.parametrize("intermediate", [True, False])
def test_an_intermediate_and_a_target_task_train_on_different_events(intermediate):
    own, other = (facts.INTERMEDIATE, facts.TRAIN)[:: 1 if intermediate else -1]
    tasks = [task for task in TASKS.values() if task.trained and task.source.train_split == own]
    assert len(tasks) >= 8
    for task in tasks:
        first = [next(said(item), None) for item in items(task.source, "train")]
        found = {split(fact) for fact in first if fact and fact[0] in ("event", "judgement")}
        assert found <= {own}, (task.name, other)


def test_no_kind_that_is_asked_for_in_the_test_was_asked_for_in_training():
    asked = {
        name: {
            Kind(*q.choices[q.answer])
            for t in ("mini-mmlu", "mini-csqa")
            for q in items(TASKS[t].source, name)
            if q.subject in ("categories", "names", "units")
        }
        for name in ("train", *HIDDEN)
    }
    assert min(map(len, asked.values())) >= 20
    shared = (asked["train"] & asked["dev"]) | (asked["train"] & asked["test"])
    shared |= asked["dev"] & asked["test"]
    # Countries of different splits may share a language or a currency.
    assert {kind.category for kind in shared} <= {"language", "currency"}


def test_a_hidden_event_may_stand_beside_hidden_ones_alone():
    events = [Event(agent, "see", "book") for agent in world.AGENTS]
    for event in events:
        hidden = facts.split_of("event", event.agent, event.verb, event.object) in HIDDEN
        for name in SPLITS:
            assert facts.may_stand_beside(name, event) == (hidden == (name in HIDDEN))
    assert {facts.may_stand_beside(facts.TEST, event) for event in events} == {True, False}


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
