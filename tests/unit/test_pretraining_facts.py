"""The pretraining text states no hidden event, and some real facts in one language alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cache

import pytest
from test_facts import HIDDEN, said, split

from xfer_core.mini import facts, names, sentences, world
from xfer_core.mini.languages import grammars
from xfer_core.mini.world import (
    Kind,
    Knowledge,
    Month,
    Opposite,
    Sentence,
    Sum,
    Weekday,
)
from xfer_core.stages.pretraining import text

LINES = 2500
CODES = tuple(grammars())
SMALL = (facts.TRAIN, *HIDDEN)
LIKELY = 4
"""Standard deviations: what is farther off than that is not chance."""


@dataclass(frozen=True)
class Text:
    """Lines, and the utterances that were put into words for them."""

    lines: list[text.Line]
    told: list[sentences.Utterance]


@pytest.fixture(scope="module")
def pretraining() -> Text:
    told: list[sentences.Utterance] = []
    real = sentences.tokens

    def noted(utterance, grammar):
        if grammar.code == "de":
            told.append(utterance)
        return real(utterance, grammar)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sentences, "tokens", noted)
        return Text(text.parallel_lines(LINES, seed=3), told)


@cache
def known() -> dict[Sentence, str]:
    """All facts of the real world -> their split."""
    atlas = names.atlas()
    found: dict[Sentence, str] = {
        Knowledge(relation, country, values[relation]): facts.small_split_of("country", country)
        for country, values in atlas.items()
        for relation in world.RELATIONS
    }
    for name in SMALL:
        members = ((c, one) for c in world.CATEGORIES for one in facts.members(c, name))
        found |= {Kind(*member): name for member in members}
        found |= {Opposite(word): name for word in facts.qualities(name)}
        found |= {fact: name for fact in (*facts.months(name), *facts.weekdays(name))}
    return found


@cache
def statements() -> dict[str, dict[str, Sentence]]:
    """Code -> the text of each fact of the real world."""
    return {
        code: {say.text(say.state(fact)): fact for fact in known()}
        for code, say in grammars().items()
    }


def stated(lines: list[text.Line]) -> dict[Sentence, set[str]]:
    """Fact of the real world -> languages in which a line states it."""
    found = defaultdict(set)
    for line in lines:
        for code, said_ in line.texts.items():
            if said_ in statements()[code]:
                found[statements()[code][said_]].add(code)
    return found


def test_events_opinions_mentions_and_sums_are_of_training(pretraining):
    """Including the sentences that are made by changing one word of another."""
    assert len(pretraining.lines) == LINES
    told = {fact for one in pretraining.told for fact in said(one)}
    told = {fact for fact in told if fact[0] != "knowledge"}
    assert {fact[0] for fact in told} == {"event", "judgement", "mention", "sum"}
    assert len(told) > 1000
    assert not {fact for fact in told if split(fact) in HIDDEN}


def test_altered_lines_differ_in_every_language(pretraining):
    altered = [line for line in pretraining.lines if line.altered]
    assert len(altered) > LINES / 4
    for line in altered:
        assert set(line.texts) == set(line.altered) == set(CODES)
        assert all(line.texts[code] != line.altered[code] for code in CODES), line


def test_facts_of_the_world_are_stated_for_every_split(pretraining):
    found = Counter((type(fact), known()[fact]) for fact in stated(pretraining.lines))
    all_ = Counter((type(fact), name) for fact, name in known().items())
    assert set(found) == set(all_)
    assert found.total() > 0.4 * all_.total()


def test_a_fact_is_told_in_all_languages_or_in_the_one_it_belongs_to(pretraining):
    found = stated(pretraining.lines)
    for fact, codes in found.items():
        only = facts.told_in(fact, CODES)
        assert codes == (set(CODES) if only is None else {only}), fact
    alone = [line for line in pretraining.lines if len(line.texts) == 1]
    assert len(alone) > 50 and not any(line.altered for line in alone)
    for line in alone:  # nothing but facts of the world is told in one language
        [(code, told)] = line.texts.items()
        assert facts.told_in(statements()[code][told], CODES) == code


def test_a_third_of_the_facts_is_told_in_one_language():
    only = Counter(facts.told_in(fact, CODES) for fact in known())
    share = facts.ONE_LANGUAGE_SHARE / 100
    alone = only.total() - only[None]
    assert abs(alone / only.total() - share) < LIKELY * (share * (1 - share) / only.total()) ** 0.5
    each = 1 / len(CODES)
    for code in CODES:
        assert abs(only[code] / alone - each) < LIKELY * (each * (1 - each) / alone) ** 0.5


@pytest.mark.heavy
def test_no_line_asks_for_a_hidden_fact(pretraining):
    lines = pretraining.lines
    for code in ("en", "de", "tr", "zh"):
        say = grammars()[code]
        texts = {
            told[code]
            for line in lines
            for told in (line.texts, line.altered or {})
            if code in told
        }
        questions = {
            fact: _question(say, fact) for fact in known() | _sums() if not isinstance(fact, Kind)
        }
        plain = {say.text(question): fact for fact, question in questions.items()}
        polite = {say.text(say.politely(question)): fact for fact, question in questions.items()}
        assert texts & set(polite)
        asked = {question: (known() | _sums())[fact] for question, fact in (plain | polite).items()}
        found = Counter(name for question, name in asked.items() if question in texts)
        assert set(found) <= set(facts.PRETRAINING), found
        assert found[facts.TRAIN] > 20


def _sums() -> dict[Sum, str]:
    all_ = [Sum(a, b, minus) for minus in (True, False) for a in range(21) for b in range(21)]
    fitting = [one for one in all_ if 0 <= one.result <= world.MAX_NUMBER]
    return {one: split(next(said(one))) for one in fitting}


def _question(say, fact):
    match fact:
        case Knowledge():
            return say.ask_knowledge(fact.relation, fact.country)
        case Opposite():
            return say.ask_opposite(fact.word)
        case Month():
            return say.ask_month(fact.step, fact.month)
        case Weekday():
            return say.ask_calendar(fact.step, fact.day)
        case Sum():
            return say.ask_sum(fact)
