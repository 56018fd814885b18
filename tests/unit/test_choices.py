"""Multiple-choice questions have one right answer, and options that look alike."""

from __future__ import annotations

import random
from collections import Counter
from functools import cache

import pytest

from xfer_core.mini import choices, facts, names, world
from xfer_core.mini.choices import Question
from xfer_core.mini.languages import grammars
from xfer_core.mini.world import Kind, Month, Opposite, Weekday
from xfer_core.tasks import mini_csqa, mini_hellaswag, mini_mmlu, mini_pawsx

N = 300
LIKELY = 4
"""Standard deviations: what is farther off than that is not chance."""
SUBJECTS = {draw.__name__: draw for draw in mini_mmlu.SUBJECTS}
SPLITS = (facts.TRAIN, facts.DEV, facts.TEST)
CODES = tuple(grammars())

every_subject = pytest.mark.parametrize("subject", list(SUBJECTS))


@cache
def drawn(subject: str, split: str, n: int = N, options: int = 4) -> list[Question]:
    rng, found = random.Random(f"{subject}/{split}"), []
    while len(found) < n:
        try:
            found.append(SUBJECTS[subject](rng, split, options))
        except facts.Exhausted:
            continue
    return found


def answers(question: Question) -> list[int]:
    """The options that are right, by what the world holds."""
    about = question.about
    right = {
        "reading": lambda value: _happened(question, value),
        "categories": lambda one: one[0] == about,
        "names": lambda one: one[0] == about,
        "units": lambda one: one[0] == about,
        "odd_one_out": lambda one: one[0] != about,
        "currencies": lambda value: value in names.also_true("currency", about.country),
        "languages": lambda value: value in names.also_true("language", about.country),
        "geography": lambda value: value == names.atlas()[about.country]["city"],
        "arithmetic": lambda number: number == about.result,
        "calendar": lambda number: number == about.value,
        "opposites": lambda word: {word, about.word} in map(set, world.OPPOSITES),
    }[question.subject]
    return [place for place, choice in enumerate(question.choices) if right(choice)]


def _happened(question: Question, value: str) -> bool:
    """The question names the core of an event, but for what it asks."""
    first, second, wanted, asked = question.about
    given = [slot for slot in ("agent", "verb", "object") if slot != asked]
    return any(
        getattr(event, asked) == value
        and all(getattr(event, slot) == getattr(wanted, slot) for slot in given)
        for event in (first, second)
    )


@every_subject
@pytest.mark.parametrize("split", SPLITS)
def test_one_option_is_right(subject, split):
    for question in drawn(subject, split):
        assert len(set(question.choices)) == len(question.choices) == 4
        assert answers(question) == [question.answer], question


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("subject", [draw.__name__ for draw in mini_csqa.SUBJECTS])
def test_five_options_are_found_too(subject, split):
    assert all(len(q.choices) == 5 for q in drawn(subject, split, 60, mini_csqa.OPTIONS))


def test_both_told_values_are_options_and_others_are_of_their_kinds():
    for question in drawn("reading", facts.TRAIN):
        first, second, _, asked = question.about
        told = [getattr(first, asked), getattr(second, asked)]
        assert set(told) <= set(question.choices)
        if asked == "agent":
            kinds = Counter(_kind(choice) for choice in question.choices)
            assert kinds == Counter(map(_kind, told * 2))


def _kind(agent: str) -> str:
    pools = {"people": world.PEOPLE, "names": world.GIVEN_NAMES, "animals": world.ANIMALS}
    return next(kind for kind, pool in pools.items() if agent in pool)


def test_no_rank_of_a_sum_among_its_options_is_preferred():
    """Not quite a quarter each: nothing is smaller than zero, nor larger than twenty."""
    questions = drawn("arithmetic", facts.TRAIN, 1000) + drawn("arithmetic", facts.TEST, 1000)
    ranks = Counter(sorted(q.choices).index(q.about.result) for q in questions)
    assert all(0.18 < n / 2000 < 0.32 for n in ranks.values()), ranks
    assert {n for q in questions for n in q.choices} <= set(range(world.MAX_NUMBER + 1))


@pytest.mark.parametrize("subject", ["languages", "currencies"])
def test_every_value_is_right_as_often_as_another(subject):
    """Though many countries share a language: else the language would tell."""
    questions = drawn(subject, facts.TRAIN, 1000)
    right = Counter(question.about.value for question in questions)
    share = 1 / len(right)
    off = LIKELY * (share * (1 - share) / 1000) ** 0.5
    assert all(abs(n / 1000 - share) < off for n in right.values()), right


def test_every_kind_of_unit_is_asked_for_in_every_split():
    for split in SPLITS:
        found = Counter(question.about for question in drawn("units", split))
        assert set(found) == set(world.UNITS)
    seen = [{c for q in drawn("units", split) for c in q.choices} for split in SPLITS]
    assert not seen[0] & seen[1] and not seen[0] & seen[2] and not seen[1] & seen[2]
    assert sum(map(len, seen)) == sum(map(len, world.UNITS.values()))


@pytest.mark.parametrize(
    ("fact", "other"),
    [
        (Opposite("big"), Opposite("small")),
        (Month("after", 11), Month("before", 0)),
        (Weekday("tomorrow", 6), Weekday("yesterday", 0)),
        (Weekday("before_yesterday", 0), Weekday("after_tomorrow", 5)),
        (Kind("animal", "dog"), Kind("animal", "dog")),
    ],
)
def test_a_fact_from_the_other_side(fact, other):
    assert choices._the_other_way(fact) == other
    assert choices._the_other_way(other) == fact


@every_subject
def test_where_an_answer_is_told_is_said_where_it_is_told_in_one_language(subject):
    english = grammars()["en"]
    for question in drawn(subject, facts.TEST):
        told = choices.render(question, english)["told_in"]
        if question.subject in ("reading", "arithmetic", "odd_one_out", "names"):
            assert told == ""
            continue
        fact = question.about
        if question.subject in ("categories", "units"):
            fact = Kind(*question.choices[question.answer])
        sides = {facts.told_in(one, CODES) for one in (fact, choices._the_other_way(fact))}
        assert told == ("" if None in sides else facts.told_in(fact, CODES))


@pytest.mark.parametrize("split", [facts.INTERMEDIATE, facts.DEV, facts.TEST])
def test_one_ending_goes_on_with_the_story_and_all_share_their_parts(split):
    rng, found = random.Random(split), 0
    while found < 100:
        try:
            story = mini_hellaswag.draw(rng, split)
        except facts.Exhausted:
            continue
        found += 1
        nexts = [(e.agent, mini_hellaswag.SEQUELS[e.verb], e.object) for e in story.told]
        endings = [(e.agent, e.verb, e.object) for e in story.endings]
        assert [place for place, one in enumerate(endings) if one in nexts] == [story.answer]
        for slot in range(3):
            assert sorted(Counter(one[slot] for one in endings).values()) == [2, 2]
        assert not any(e.negated or e.place or e.day or e.adjective for e in story.endings)


def test_sequels_are_told_apart():
    assert set(mini_hellaswag.SEQUELS) == set(world.VERBS)
    assert set(mini_hellaswag.SEQUELS.values()) == set(world.VERBS)
    assert not [verb for verb, after in mini_hellaswag.SEQUELS.items() if verb == after]


@pytest.mark.parametrize("split", SPLITS)
def test_a_swapped_pair_is_no_odder_than_the_told_one(split):
    rng = random.Random(split)
    slots = Counter()
    for _ in range(200):
        first, second, _, slot, *_ = mini_pawsx.draw(rng, split)
        slots[slot] += 1
        for event in mini_pawsx._swap(first, second, slot):
            assert event.agent not in world.ANIMALS or event.verb in world.ANIMAL_VERBS
        assert all(getattr(first, s) != getattr(second, s) for s in mini_pawsx.SWAPPED)
    assert all(abs(n / 200 - 1 / 4) < LIKELY * (3 / 16 / 200) ** 0.5 for n in slots.values())
