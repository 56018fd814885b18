"""SQuAD's and MLQA's scores against hand-worked answers and a second reading of their rules."""

from __future__ import annotations

import random
import re
import string
import unicodedata

import pytest

from xfer_core import catalog
from xfer_core.domain.errors import UsageError

ARTICLES = {
    "squad": r"\b(a|an|the)\b",
    "en": r"\b(a|an|the)\b",
    "es": r"\b(un|una|unos|unas|el|la|los|las)\b",
    "hi": r"(?!)",
    "vi": r"\b(của|là|cái|chiếc|những)\b",
    "de": r"\b(ein|eine|einen|einem|eines|einer|der|die|das|den|dem|des)\b",
    "ar": "ال",
    "zh": r"(?!)",
}
WORDS = (
    "the The a an und der Die das ein New York, U.S. $5 5% l'été 北京 大学 3月 是 المدينة ال "
    "القاهرة، में दिल्ली। của là Những Hà-Nội el La los ÉL « » … ” x+y Straße İstanbul ß a. the, "
    "' _ ¿que? １２ ﷽ don't 《三国》 ニュー Ünïted"
).split()


def score(name: str, found: str, *answers: str, language: str = "") -> float:
    (value,), (weight,) = catalog.metric(name).counts([found], [list(answers)], language)
    assert weight == 1.0
    return value


@pytest.mark.parametrize(
    ("found", "answer", "f1", "exact"),
    [
        ("the Paris", "Paris", 1.0, 1.0),  # unlike the mini tasks' span_f1
        ("A man, an apple", "man apple", 1.0, 1.0),
        ("theatre", "atre", 0.0, 0.0),  # an article is a word, not letters
        ("in New York", "New York", 4 / 5, 0.0),
        ("York New", "New York", 1.0, 0.0),
        ("U.S.", "us", 1.0, 1.0),
        ("a.", "b", 0.0, 0.0),
        ("«Paris»", "Paris", 0.0, 0.0),  # only ASCII's punctuation is cut off
        ("北京市", "北京", 0.0, 0.0),  # SQuAD's scorer does not know Chinese
        ("die Katze", "Katze", 2 / 3, 0.0),  # nor German articles
        ("", "Paris", 0.0, 0.0),
        ("?", "!", 0.0, 1.0),  # nothing is nothing, but no word is shared
        ("", "", 0.0, 1.0),
    ],
)
def test_squad_by_hand(found: str, answer: str, f1: float, exact: float) -> None:
    assert score("squad_f1", found, answer) == pytest.approx(f1, abs=1e-15)
    assert score("squad_exact_match", found, answer) == exact


@pytest.mark.parametrize(
    ("found", "answers", "f1", "exact"),
    [
        ("", [], 1.0, 1.0),
        ("the", [], 1.0, 1.0),  # no word is left
        ("Paris", [], 0.0, 0.0),
        ("", ["Paris"], 0.0, 0.0),
        ("", ["Paris", "the"], 0.0, 0.0),  # an answer without a word does not count
        ("", ["the"], 1.0, 1.0),
        ("the city of Paris", ["Rome", "Paris"], 2 / 4, 0.0),
        ("The Paris!", ["Rome", "Paris"], 1.0, 1.0),
    ],
)
def test_squad2_by_hand(found: str, answers: list[str], f1: float, exact: float) -> None:
    assert score("squad2_f1", found, *answers) == pytest.approx(f1, abs=1e-15)
    assert score("squad2_exact_match", found, *answers) == exact


@pytest.mark.parametrize(
    ("language", "found", "answer", "f1", "exact"),
    [
        ("en", "the «Paris»", "Paris", 1.0, 1.0),  # Unicode's punctuation goes too
        ("de", "die Katze", "Katze", 1.0, 1.0),
        ("de", "the cat", "cat", 2 / 3, 0.0),
        ("es", "La casa", "casa", 1.0, 1.0),
        ("es", "¿el año?", "año", 1.0, 1.0),
        ("vi", "những con mèo", "con mèo", 1.0, 1.0),
        ("hi", "दिल्ली।", "दिल्ली", 1.0, 1.0),
        ("hi", "a दिल्ली", "दिल्ली", 2 / 3, 0.0),
        ("ar", "القاهرة", "قاهرة", 1.0, 1.0),
        ("ar", "خالد", "خ د", 1.0, 1.0),  # "al" is cut inside a word as well, as MLQA does
        ("zh", "北京市", "北京", 4 / 5, 0.0),
        ("zh", "《北京》", "北 京", 1.0, 1.0),
        ("zh", "3月5日", "5日", 4 / 6, 0.0),
        ("zh", "ひらがな", "ひらめ", 0.0, 0.0),  # kana are no ideographs
    ],
)
def test_mlqa_by_hand(language: str, found: str, answer: str, f1: float, exact: float) -> None:
    assert score("mlqa_f1", found, answer, language=language) == pytest.approx(f1, abs=1e-15)
    assert score("mlqa_exact_match", found, answer, language=language) == exact


@pytest.mark.parametrize("name", ["mlqa_f1", "mlqa_exact_match"])
@pytest.mark.parametrize("language", ["fr", ""])
def test_mlqa_refuses_a_language_that_it_has_no_rules_for(name: str, language: str) -> None:
    with pytest.raises(UsageError, match="ar, de, en, es, hi, vi, zh.*squad_f1"):
        score(name, "Paris", "Paris", language=language)


def normal(text: str, rules: str) -> str:
    """A text as the scorers' own programs make it comparable, rule by rule."""
    marks = set(string.punctuation)
    text = text.lower()
    if rules != "squad":
        marks |= {one for one in text if unicodedata.category(one)[0] == "P"}
    for mark in marks:
        text = text.replace(mark, "")
    text = re.sub(ARTICLES[rules], " ", text)
    if rules != "zh":
        return " ".join(text.split())
    parts, word = [], ""
    for letter in text:
        if "\u4e00" <= letter <= "\u9fa5":
            parts += [*word.split(), letter]
            word = ""
        else:
            word += letter
    return " ".join([*parts, *word.split()])


def f1_of(found: str, answer: str, rules: str) -> float:
    """Shared words are crossed out one by one."""
    one, other = normal(found, rules).split(), normal(answer, rules).split()
    left, same = list(other), 0
    for word in one:
        if word in left:
            left.remove(word)
            same += 1
    if same == 0:
        return 0.0
    precision, recall = same / len(one), same / len(other)
    return 2 * precision * recall / (precision + recall)


def random_answers(seed: int, least: int = 1) -> tuple[list[str], list[list[str]]]:
    """1,000 predictions, some of them right, and one to three answers each."""
    rng = random.Random(seed)

    def text() -> str:
        gap = rng.choice([" ", "  ", "\t", ""])
        return gap.join(rng.choice(WORDS) for _ in range(rng.randint(0, 6)))

    gold = [[text() for _ in range(rng.randint(least, 3))] for _ in range(1000)]
    found = [rng.choice(one) if one and rng.random() < 0.4 else text() for one in gold]
    return found, gold


@pytest.mark.parametrize("rules", ARTICLES)
def test_a_thousand_random_answers_as_a_second_program_scores_them(rules: str) -> None:
    found, gold = random_answers(len(rules))
    family, language = ("squad", "") if rules == "squad" else ("mlqa", rules)
    f1 = [max(f1_of(one, a, rules) for a in answers) for one, answers in zip(found, gold, strict=1)]
    exact = [
        float(normal(one, rules) in {normal(a, rules) for a in answers})
        for one, answers in zip(found, gold, strict=True)
    ]
    for name, expected in ((f"{family}_f1", f1), (f"{family}_exact_match", exact)):
        metric = catalog.metric(name)
        counts = metric.counts(found, gold, language)
        assert counts[0] == pytest.approx(expected, abs=1e-12)
        assert metric.value(counts) == pytest.approx(sum(expected) / 1000, abs=1e-9)
    assert sum(0 < one < 1 for one in f1) > 50 and 100 < sum(exact) < 900


def test_a_thousand_random_answers_by_squad2s_rules() -> None:
    found, gold = random_answers(2, least=0)
    f1, exact = [], []
    for one, answers in zip(found, gold, strict=True):
        known = [a for a in answers if normal(a, "squad")] or [""]
        nothing = not normal(one, "squad")
        both = [f1_of(one, a, "squad") if a else float(nothing) for a in known]
        f1.append(float(nothing and known == [""]) if nothing else max(both))
        exact.append(float(any(normal(one, "squad") == normal(a, "squad") for a in known)))
    for name, expected in (("squad2_f1", f1), ("squad2_exact_match", exact)):
        counts = catalog.metric(name).counts(found, gold)
        assert counts[0] == pytest.approx(expected, abs=1e-12)
    assert sum(not answers for answers in gold) > 100 and {0.0, 1.0} < set(f1)
