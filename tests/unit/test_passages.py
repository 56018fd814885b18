"""Each question has one answer or, where it should have none, none; it stands where it is said."""

from __future__ import annotations

import random
from collections import Counter
from functools import cache, partial

import pytest

from xfer_core.mini import facts, passages, world
from xfer_core.mini.grammar import Grammar, Token
from xfer_core.mini.languages import grammars
from xfer_core.mini.passages import Reading
from xfer_core.mini.world import Event, Knowledge

DRAWS = {
    "events": passages.about_events,
    "more events": partial(passages.about_events, beside=2),
    "no answer": partial(passages.about_events, answerable=False),
    "few words": passages.about_few_words,
}
N = 400
LIKELY = 4
"""Standard deviations: what is farther off than that is not chance."""
OPEN = ("agent", "object", "place", "day")

every_draw = pytest.mark.parametrize("name", list(DRAWS))
every_code = pytest.mark.parametrize("code", list(grammars()))


@cache
def drawn(name: str, split: str = facts.TEST, n: int = N) -> list[Reading]:
    rng, found = random.Random(name), []
    while len(found) < n:
        try:
            found.append(DRAWS[name](rng, split))
        except facts.Exhausted:
            continue
    return found


def answers(reading: Reading) -> list[int]:
    """The sentences that answer the question, by what they say."""
    asked, question = reading.asked, reading.question
    if isinstance(question, Knowledge):
        return [
            number
            for number, one in enumerate(reading.sentences)
            if isinstance(one, Knowledge)
            and (one.relation, one.country) == (question.relation, question.country)
        ]
    given = {
        slot: value
        for slot in ("verb", *OPEN)
        if slot != asked and (value := getattr(question, slot)) is not None
    }
    return [
        number
        for number, one in enumerate(reading.sentences)
        if isinstance(one, Event) and all(getattr(one, s) == v for s, v in given.items())
    ]


@every_draw
@pytest.mark.parametrize("split", [facts.TRAIN, facts.TEST])
def test_one_sentence_answers_or_none(name, split):
    for reading in drawn(name, split):
        right = [] if reading.about is None else [reading.about]
        assert answers(reading) == right, reading
        assert (reading.about is None) == (name == "no answer")
        assert len(reading.sentences) == len(reading.variants) == len(set(reading.sentences))


@every_draw
def test_another_sentence_is_nearly_an_answer(name):
    """Of the same kind, with another filling of the slot: the kind alone does not find it."""
    for reading in drawn(name):
        if reading.about is None:
            continue
        about = reading.sentences[reading.about]
        slot = "value" if isinstance(about, Knowledge) else reading.asked
        others = {
            getattr(one, slot)
            for one in reading.sentences
            if isinstance(one, type(about)) and one is not about
        }
        assert others - {getattr(about, slot)}


def test_a_rival_differs_in_one_given_thing_and_in_the_answer():
    for reading in drawn("events"):
        told = reading.sentences[reading.about]
        assert 2 in [_differing(told, one) for one in reading.sentences if one is not told]


def _differing(one: Event, other: Event) -> int:
    return sum(getattr(one, slot) != getattr(other, slot) for slot in ("verb", *OPEN))


def test_a_question_without_answer_asks_for_what_the_text_tells_of_others():
    for reading in drawn("no answer"):
        told = {v for event in reading.sentences for v in vars(event).values()}
        given = {s: getattr(reading.question, s) for s in ("verb", *OPEN) if s != reading.asked}
        assert set(given.values()) <= told
        # One given thing away from an event that is told.
        assert min(_missed(event, given) for event in reading.sentences) == 1


def _missed(event: Event, given: dict[str, str]) -> int:
    return sum(getattr(event, slot) != value for slot, value in given.items())


@every_draw
def test_every_slot_is_asked_for_and_every_sentence_answers(name):
    readings = drawn(name, facts.TRAIN)
    asked = Counter(reading.asked for reading in readings)
    assert set(asked) == {*OPEN, *(world.RELATIONS if name == "few words" else ())}
    events = [reading for reading in readings if isinstance(reading.question, Event)]
    for slot in OPEN:
        share = sum(reading.asked == slot for reading in events) / len(events)
        assert abs(share - 1 / 4) < LIKELY * (3 / 16 / len(events)) ** 0.5
    places = Counter(reading.about for reading in readings)
    share = 1 / (1 if name == "no answer" else len(readings[0].sentences))
    off = LIKELY * (share * (1 - share) / N) ** 0.5
    assert all(abs(n / N - share) <= off for n in places.values())


@every_code
@every_draw
def test_the_answer_is_what_fills_the_asked_slot_where_it_stands(name, code):
    """Found anew by walking through the text word by word."""
    grammar = grammars()[code]
    for reading in drawn(name)[:80]:
        row = passages.render(reading, grammar)
        if reading.about is None:
            assert row["answers"] == {"text": [], "answer_start": []}
            continue
        spoken = [
            grammar.state(*one) for one in zip(reading.sentences, reading.variants, strict=True)
        ]
        start, stop = _walked(row["context"], spoken, reading.about, reading.asked)
        assert row["answers"] == {"text": [row["context"][start:stop]], "answer_start": [start]}
        assert row["question"] != row["context"][start:stop]


def _walked(context: str, spoken: list[list[Token]], about: int, slot: str) -> tuple[int, int]:
    """Where the slot of a sentence starts and stops."""
    at, places = 0, []
    for number, tokens in enumerate(spoken):
        for token in tokens:
            found = _lowered(context).index(_lowered(token.text), at)
            assert not context[at:found].strip(), "nothing between the words"
            at = found + len(token.text)
            if number == about and token.slot == slot:
                places.append((found, at))
    assert not context[at:].strip()
    return places[0][0], places[-1][1]


def _lowered(text: str) -> str:
    """Of the same length: a Turkish capital dotted i would become two characters."""
    return text.replace("İ", "i").lower()


@every_code
def test_an_answer_says_the_same_as_the_phrase_alone(code):
    """But for agents, which may be inflected where they stand."""
    grammar = grammars()[code]
    for reading in [one for one in drawn("events") if one.asked != "agent"][:60]:
        event = reading.sentences[reading.about]
        [text] = passages.render(reading, grammar)["answers"]["text"]
        assert _lowered(text) == _lowered(_phrase(grammar, event, reading.asked))


def _phrase(grammar: Grammar, event: Event, slot: str) -> str:
    phrases = {
        "object": lambda: grammar.noun_phrase(event.object, "object"),
        "place": lambda: grammar.PLACES[event.place],
        "day": lambda: grammar.DAYS[event.day],
    }
    return grammar.phrase_text(phrases[slot]())


def test_a_question_in_another_language_keeps_the_text_and_the_answer():
    german, swahili = grammars()["de"], grammars()["sw"]
    for reading in drawn("events")[:20]:
        one = passages.render(reading, german)
        other = passages.render(reading, german, swahili)
        assert (one["context"], one["answers"]) == (other["context"], other["answers"])
        assert other["question"] == passages.render(reading, swahili)["question"]


def test_words_that_do_not_stand_together_are_an_error():
    grammar = grammars()["en"]
    tokens = [Token("a", "NOUN", "agent"), Token("b", "VERB"), Token("c", "NOUN", "agent")]
    with pytest.raises(ValueError, match="agent"):
        passages._place(tokens, "agent", grammar)


def test_a_word_that_ends_another_one_is_not_taken_for_it():
    """In Turkish the bear (ayı) stands first, and again inside the mirror (aynayı)."""
    event = world.Event("bear", "see", "mirror", None, "garden", "monday")
    reading = Reading((event,), (0,), event, "agent", 0)
    row = passages.render(reading, grammars()["tr"])
    assert row["answers"] == {"text": ["Ayı"], "answer_start": [0]}
