"""The contract of a language file: complete tables, and every sentence can be said."""

from __future__ import annotations

import random
import unicodedata
from collections import Counter

import pytest

from xfer_core.mini import names, preview, world
from xfer_core.mini.languages import grammars

EXPECTED = {
    "LABELS": world.COMMON_NOUNS,
    "PLACES": world.PLACES,
    "DAYS": world.DAYS,
    "EVENT_QUESTIONS": world.EVENT_SLOTS,
    "DEGREES": ("very", "really"),
    "MENTIONS": world.MENTIONED,
    "GIVEN_NAMES": world.GIVEN_NAMES,
    "COMPANIES": world.COMPANIES,
    "OPPOSITES": world.QUALITIES,
    "KIND_STATEMENTS": world.CATEGORIES,
    "CALENDAR_STATEMENTS": world.CALENDAR,
    "MONTH_STATEMENTS": world.MONTH_STEPS,
    "MONTH_QUESTIONS": world.MONTH_STEPS,
    "KNOWLEDGE": world.RELATIONS,
    "KNOWLEDGE_QUESTIONS": world.RELATIONS,
    "KIND_QUESTIONS": world.CATEGORIES,
    "NOT_KIND_QUESTIONS": world.CATEGORIES,
    "CALENDAR_QUESTIONS": world.CALENDAR,
}

every_language = pytest.mark.parametrize("grammar", grammars().values(), ids=list(grammars()))


@every_language
@pytest.mark.parametrize("table", EXPECTED)
def test_table_says_exactly_what_the_world_holds(grammar, table):
    assert set(getattr(grammar, table)) == set(EXPECTED[table])


@every_language
def test_numbers_are_distinct_single_words(grammar):
    assert len(set(grammar.NUMBERS)) == world.MAX_NUMBER + 1
    assert not any(" " in word for word in grammar.NUMBERS)


@every_language
def test_gender_is_known_for_every_noun_or_for_none(grammar):
    if grammar.GENDER:
        assert set(grammar.GENDER) == {*world.COMMON_NOUNS, *world.JUDGED}
        assert set(grammar.GENDER.values()) <= {"m", "f", "n"}


@every_language
def test_different_concepts_have_different_words(grammar):
    assert len(set(grammar.LABELS.values())) == len(world.COMMON_NOUNS)
    adjectives = {
        grammar.noun_phrase("chair", "object", adjective) for adjective in world.ADJECTIVES
    }
    assert len(adjectives) == len(world.ADJECTIVES)
    judged = {
        grammar.predicate(world.Judgement("film", adjective), grammar.gender("film"))["adjective"]
        for adjective in (*world.GOOD, *world.BAD)
    }
    assert len(judged) == len(world.GOOD) + len(world.BAD)
    verbs = {grammar.verb(world.Event("doctor", verb, "book"), "m")["verb"] for verb in world.VERBS}
    assert len(verbs) == len(world.VERBS)
    for table in ("PLACES", "DAYS", "GIVEN_NAMES", "COMPANIES", "OPPOSITES"):
        assert len(set(getattr(grammar, table).values())) == len(EXPECTED[table])


@every_language
@pytest.mark.parametrize("seed", range(3))
def test_every_sentence_can_be_said_and_is_clean(grammar, seed):
    for tokens in preview.samples(grammar, random.Random(seed)):
        text = grammar.text(tokens)
        assert "{" not in text and "/" not in text and "  " not in text
        assert len(tokens) >= 3


@every_language
def test_negation_and_each_slot_change_the_sentence(grammar):
    plain = world.Event("doctor", "buy", "chair", "red", "garden", "monday")
    changed = [
        world.Event("nurse", "buy", "chair", "red", "garden", "monday"),
        world.Event("doctor", "sell", "chair", "red", "garden", "monday"),
        world.Event("doctor", "buy", "book", "red", "garden", "monday"),
        world.Event("doctor", "buy", "chair", "green", "garden", "monday"),
        world.Event("doctor", "buy", "chair", None, "garden", "monday"),
        world.Event("doctor", "buy", "chair", "red", "school", "monday"),
        world.Event("doctor", "buy", "chair", "red", None, "monday"),
        world.Event("doctor", "buy", "chair", "red", "garden", "sunday"),
        world.Event("doctor", "buy", "chair", "red", "garden", None),
        world.Event("doctor", "buy", "chair", "red", "garden", "monday", negated=True),
    ]
    texts = {grammar.text(grammar.state(event)) for event in [plain, *changed]}
    assert len(texts) == len(changed) + 1
    judgement = world.Judgement("film", "good")
    assert grammar.state(judgement) != grammar.state(world.Judgement("film", "good", negated=True))


@every_language
def test_names_of_the_atlas_exist_and_differ(grammar):
    for category in world.NAMED:
        concepts = {
            code if category == "country" else facts[category]
            for code, facts in names.atlas().items()
        }
        texts = {grammar.names.name(category, concept) for concept in concepts}
        assert len(texts) >= 0.95 * len(concepts)


@every_language
def test_names_and_companies_are_single_words(grammar):
    for table in (grammar.GIVEN_NAMES, grammar.COMPANIES):
        assert not [word for word in table.values() if " " in word or not word]


@every_language
def test_units_months_and_days_have_different_names(grammar):
    units = [grammar.names.unit(kind, unit) for kind, all_ in world.UNITS.items() for unit in all_]
    assert len(set(units)) == len(units)
    assert len({grammar.names.month(month) for month in range(12)}) == 12
    assert len({grammar.names.day(day) for day in range(7)}) == 7


@every_language
def test_names_are_in_the_script_of_the_language(grammar):
    """Whatever other languages were asked for before."""
    alphabet = Counter(
        unicodedata.name(letter).split()[0]
        for noun in grammar.LABELS.values()
        for letter in noun
        if letter.isalpha()
    )
    texts = [grammar.names.month(month) for month in range(12)]
    texts += [grammar.names.day(day) for day in range(7)]
    texts += [grammar.names.unit(kind, unit) for kind, all_ in world.UNITS.items() for unit in all_]
    texts += [*grammar.GIVEN_NAMES.values(), *grammar.COMPANIES.values()]
    texts += [grammar.names.name("country", code) for code in names.atlas()]
    found = {unicodedata.name(c).split()[0] for text in texts for c in text if c.isalpha()}
    assert found <= set(alphabet), found


@every_language
def test_an_event_keeps_its_parts_together(grammar):
    """Each slot's words stand side by side, so that they can be asked for as a span."""
    event = world.Event("anna", "buy", "chair", "red", "garden", "monday")
    for variant in (0, 1):
        slots = [token.slot for token in grammar.state(event, variant)]
        for slot in world.EVENT_SLOTS:
            first, count = slots.index(slot), slots.count(slot)
            assert slots[first : first + count] == [slot] * count
