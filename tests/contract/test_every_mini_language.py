"""The contract of a language file: complete tables, and every sentence can be said."""

from __future__ import annotations

import random

import pytest

from xfer_core.mini import names, preview, world
from xfer_core.mini.languages import grammars

EXPECTED = {
    "LABELS": world.COMMON_NOUNS,
    "PLACES": world.PLACES,
    "DAYS": world.DAYS,
    "EVENT_QUESTIONS": world.EVENT_SLOTS,
    "DEGREES": ("very", "really"),
    "MENTIONS": world.NAMED,
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
    for table in ("PLACES", "DAYS"):
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
