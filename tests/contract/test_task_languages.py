"""No language says more, less or something else than the others."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from itertools import product

import pytest
from task_rows import HIDDEN, TASKS, rendered, rows, texts, told

from xfer_core.domain.language import REFERENCE_LANGUAGE
from xfer_core.domain.task import Row, TaskKind
from xfer_core.mini import facts, names, world
from xfer_core.mini.languages import grammars
from xfer_core.mini.world import Event, Judgement, Kind, Knowledge, Month, Opposite, Sum, Weekday
from xfer_core.tasks import mini_pawsx

CODES = list(grammars())
EVENT = Event("doctor", "buy", "chair", "red", "garden", "monday")
AGENTS = ("doctor", "queen", "anna", "omar", "dog", "cow")
"""Of both genders where a language has them: common nouns, names, animals."""
ALL_SPLITS = (facts.TRAIN, facts.DEV, facts.TEST)

every_code = pytest.mark.parametrize("code", CODES)
every_translation = pytest.mark.parametrize(
    ("name", "language"),
    [
        (name, code)
        for name, task in TASKS.items()
        for code in task.languages
        if code != REFERENCE_LANGUAGE
    ],
)


def sentences(name: str, row: Row) -> list[str]:
    """What a row says, without single words: "the nurse" and "nurse" may be one in a language."""
    match TASKS[name].kind:
        case TaskKind.TAGGING:
            return [" ".join(row["tokens"])]
        case TaskKind.MULTIPLE_CHOICE:
            return [row["question"]]
        case TaskKind.RETRIEVAL | TaskKind.MINING:
            return [row["target"]]
        case TaskKind.SPAN if "question_language" in row:
            return [row["context"]]
        case _:
            return texts(name, row)


@every_translation
def test_what_differs_in_english_differs_and_what_is_equal_is_equal(name, language):
    by_english, by_other = defaultdict(set), defaultdict(set)
    for split in HIDDEN:
        english = TASKS[name].source.rows(split, REFERENCE_LANGUAGE)
        for one, other in zip(english, rows(name, split, language), strict=True):
            for said, translated in zip(sentences(name, one), sentences(name, other), strict=True):
                by_english[said].add(translated)
                by_other[translated].add(said)
    assert not {said: found for said, found in by_english.items() if len(found) > 1}
    assert not {said: found for said, found in by_other.items() if len(found) > 1}


@every_code
def test_a_swap_changes_the_text_in_every_slot(code):
    """And in the same wording, which the task never draws, a paraphrase is the same text."""
    for slot, item in product(mini_pawsx.SWAPPED, told("mini-pawsx", "test")[:40]):
        first, second, _, _, wording, _ = item
        same, swapped = (
            rendered("mini-pawsx", (first, second, label, slot, wording, wording), code)
            for label in ("paraphrase", "different")
        )
        assert same["sentence1"] == same["sentence2"] == swapped["sentence1"]
        assert swapped["sentence2"] != swapped["sentence1"]


@every_code
def test_a_denied_event_is_denied(code):
    say = grammars()[code]
    for agent, verb in product(AGENTS, world.VERBS):
        for place, day, variant in ((None, None, 0), ("garden", "monday", 0), (None, "sunday", 1)):
            event = Event(agent, verb, "key", None, place, day)
            plain, denied = (
                say.text(say.state(replace(event, negated=negated), variant))
                for negated in (False, True)
            )
            assert plain != denied


@every_code
def test_a_denied_judgement_is_denied_in_every_degree(code):
    say = grammars()[code]
    found = {
        say.text(say.state(Judgement(subject, adjective, degree, negated, holder)))
        for subject in ("film", "song", "weather")
        for adjective in (*world.GOOD, *world.BAD)
        for degree in world.DEGREES
        for negated in (False, True)
        for holder in (None, "queen", "omar")
    }
    assert len(found) == 3 * 16 * 3 * 2 * 3


@every_code
def test_every_agent_thing_deed_place_and_day_is_told_apart(code):
    say = grammars()[code]
    slots = {
        "agent": world.AGENTS,
        "verb": world.VERBS,
        "object": world.OBJECTS,
        "adjective": [None, *world.ADJECTIVES],
        "place": [None, *world.PLACES],
        "day": [None, *world.DAYS],
    }
    for slot, values in slots.items():
        for negated, other in product((False, True), (EVENT, EVENT.filled("agent", "anna"))):
            event = replace(other, negated=negated)
            said = [say.text(say.state(event.filled(slot, value))) for value in values]
            assert len(set(said)) == len(values), slot


@every_code
@pytest.mark.parametrize("asked", world.EVENT_SLOTS)
def test_a_question_says_all_that_is_given_and_nothing_of_what_is_asked(code, asked):
    say = grammars()[code]
    values = {
        "agent": AGENTS,
        "verb": world.VERBS,
        "object": world.OBJECTS,
        "place": world.PLACES,
        "day": world.DAYS,
    }
    for variant, (slot, pool) in product((0, 1), values.items()):
        said = {say.text(say.ask_event(EVENT.filled(slot, v), asked, variant)) for v in pool}
        assert len(said) == (1 if slot == asked else len(pool)), (slot, said)


@every_code
def test_questions_for_different_slots_differ(code):
    say = grammars()[code]
    said = [say.text(say.ask_event(EVENT, asked, n)) for asked in world.EVENT_SLOTS for n in (0, 1)]
    assert len(set(said)) == 8
    assert not set(said) & {say.text(say.state(EVENT, n)) for n in (0, 1)}


@every_code
def test_every_fact_of_the_world_is_told_and_asked_in_its_own_words(code):
    say = grammars()[code]
    atlas = names.atlas()
    known = [Knowledge(r, country, atlas[country][r]) for country in atlas for r in world.RELATIONS]
    days = [Weekday(step, day) for step in world.CALENDAR for day in range(7)]
    months = [Month(step, month) for step in world.MONTH_STEPS for month in range(12)]
    opposites = [Opposite(word) for word in world.QUALITIES]
    sums = [
        Sum(left, right, minus)
        for left in range(21)
        for right in range(21)
        for minus in (True, False)
        if 0 <= Sum(left, right, minus).result <= 20
    ]
    kinds = [
        Kind(c, one) for c in world.CATEGORIES for s in ALL_SPLITS for one in facts.members(c, s)
    ]
    kinds = list(dict.fromkeys(kinds))
    told_ = [*known, *days, *months, *opposites, *sums, *kinds]
    asked = [
        *(say.ask_knowledge(one.relation, one.country) for one in known),
        *(say.ask_calendar(one.step, one.day) for one in days),
        *(say.ask_month(one.step, one.month) for one in months),
        *(say.ask_opposite(one.word) for one in opposites),
        *(say.ask_sum(one) for one in sums),
        *(say.ask_kind(kind, negated) for kind in world.CATEGORIES for negated in (False, True)),
    ]
    assert len({say.text(say.state(one)) for one in told_}) == len(told_)
    assert len({say.text(one) for one in asked}) == len(asked)
