"""Metrics as ratios of sums over examples, against hand-worked cases and other programs."""

from __future__ import annotations

import random
import string

import numpy as np
import pytest
import sklearn.metrics
from seqeval.metrics import f1_score

from xfer_core.metrics.accuracy import ACCURACY
from xfer_core.metrics.f1 import F1
from xfer_core.metrics.mining_f1 import MINING_F1
from xfer_core.metrics.span_f1 import SPAN_F1
from xfer_core.mini.grammar import UPOS

BIO = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")
ONE = {ACCURACY: ("a", "a"), F1: (["O"], ["O"]), SPAN_F1: ("a", ["a"]), MINING_F1: (0, 0)}
"""A prediction and its reference."""
every_metric = pytest.mark.parametrize("metric", ONE, ids=lambda metric: metric.name)


def test_accuracy_by_hand():
    counts = ACCURACY.counts(["a", "b", "a", "c"], ["a", "a", "a", "c"])
    assert counts == ([1.0, 0.0, 1.0, 1.0], [1.0] * 4)
    assert ACCURACY.value(counts) == 0.75
    assert ACCURACY.value(ACCURACY.counts([3, 1], [3, 2])) == 0.5


@every_metric
def test_nothing_to_measure_is_none_and_not_zero(metric):
    assert metric.value(metric.counts([], [])) is None


@every_metric
def test_predictions_must_be_as_many_as_references(metric):
    found, wanted = ONE[metric]
    assert len(metric.counts([found], [wanted])[0]) == 1
    for predictions, references in (([found] * 2, [wanted]), ([found], [wanted] * 2)):
        with pytest.raises(ValueError):
            metric.counts(predictions, references)


def test_chunk_f1_by_hand():
    gold = [["B-PER", "I-PER", "O", "B-LOC"], ["O", "O"]]
    found = [["B-PER", "O", "O", "B-LOC"], ["B-LOC", "O"]]
    counts = F1.counts(found, gold)
    # One chunk of two is right, two were found; then one found where there is none.
    assert counts == ([2.0, 0.0], [4.0, 1.0])
    assert F1.value(counts) == pytest.approx(0.4)


def test_a_perfect_and_a_hopeless_tagger():
    gold = [["NOUN", "VERB", "DET"], ["ADJ"]]
    assert F1.value(F1.counts(gold, gold)) == 1.0
    assert F1.value(F1.counts([["PRON"] * 3, ["ADV"]], gold)) == 0.0


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("tags", [BIO, UPOS], ids=["bio", "upos"])
@pytest.mark.parametrize("seed", range(4))
def test_chunk_f1_is_seqevals(tags, seed):
    rng = random.Random(seed)
    gold = [[rng.choice(tags) for _ in range(rng.randint(1, 12))] for _ in range(40)]
    found = [[one if rng.random() < 0.7 else rng.choice(tags) for one in row] for row in gold]
    value = F1.value(F1.counts(found, gold))
    assert value == pytest.approx(f1_score(gold, found), abs=1e-12)
    assert 0.0 < value < 1.0


def span_f1(found: str, *answers: str) -> float:
    (score,), (weight,) = SPAN_F1.counts([found], [answers])
    assert weight == 1.0
    return score


@pytest.mark.parametrize(
    ("found", "answer", "score"),
    [
        ("Paris", "Paris", 1.0),
        ("PARIS!", "paris", 1.0),
        ("the Paris", "Paris", 2 / 3),  # articles stay
        ("in New York", "New York", 4 / 5),
        ("York New", "New York", 1.0),
        ("London", "New York", 0.0),
        ("Newark", "New York", 0.0),
        ("new new york", "New York", 4 / 5),  # a repeated word counts once
        ("new new", "New York, New", 4 / 5),  # but twice where both repeat it
        ("U.S.", "US", 1.0),
        ("don't", "dont", 1.0),
        ("a-b", "ab", 1.0),
        ("$5", "5", 1.0),  # SQuAD's marks are more than Unicode's punctuation
        ("x=y", "xy", 1.0),
        ("  New \t York\n", "New York", 1.0),
        ("\u00abПариж\u00bb", "париж", 1.0),
        ("ΑΘΗΝΑ", "αθηνα", 1.0),
        # Chinese characters and kana one by one.
        ("北京市", "北京", 4 / 5),
        ("京北", "北京", 1.0),
        ("北 京", "北京", 1.0),
        ("北京。", "《北京》", 1.0),
        ("上海", "北京", 0.0),
        ("3月5日", "5日", 4 / 6),
        ("15日", "5日", 2 / 4),  # a number is a word
        ("東京タワー", "東京", 4 / 7),
        ("ひらがな", "ひらめ", 4 / 7),
        ("ニュー・ヨーク", "ニューヨーク", 1.0),
        ("iPhone北京", "北京", 4 / 5),
        # Other scripts have words.
        ("في القاهرة", "القاهرة", 2 / 3),
        ("القاهرة؟", "القاهرة", 1.0),
        ("القاهرة", "قاهرة", 0.0),
        ("दिल्ली।", "दिल्ली", 1.0),
        ("दिल्ली", "दिल", 0.0),
        ("", "Paris", 0.0),
        ("?", "Paris", 0.0),
        ("?", "!", 1.0),  # both are nothing
    ],
)
def test_span_f1_by_hand(found, answer, score):
    assert span_f1(found, answer) == pytest.approx(score)
    assert span_f1(answer, found) == pytest.approx(score)


def test_the_best_of_several_answers_counts():
    assert span_f1("York", "London", "New York", "York town hall") == pytest.approx(2 / 3)
    assert span_f1("London", "New York", "London") == 1.0
    assert span_f1("Rome", "New York", "London") == 0.0


@pytest.mark.parametrize(("found", "score"), [("", 1.0), (" ", 1.0), ("?", 1.0), ("Paris", 0.0)])
def test_no_answer_is_right_where_there_is_none(found, score):
    assert span_f1(found) == score


def test_span_f1_is_the_mean_over_questions():
    counts = SPAN_F1.counts(["Paris", "in Rome", "", "x"], [["Paris"], ["Rome"], [], []])
    assert counts == ([1.0, pytest.approx(2 / 3), 1.0, 0.0], [1.0] * 4)
    assert SPAN_F1.value(counts) == pytest.approx(2 / 3)


def squads_f1(found: str, answer: str) -> float:
    """As SQuAD's own program has it, but for articles; words are crossed out one by one."""
    one, other = (
        text.lower().translate(str.maketrans("", "", string.punctuation)).split()
        for text in (found, answer)
    )
    left, same = list(other), 0
    for word in one:
        if word in left:
            left.remove(word)
            same += 1
    if not one or not other:
        return float(one == other)
    precision, recall = same / len(one), same / len(other)
    return 2 * precision * recall / (precision + recall) if same else 0.0


def test_span_f1_is_squads():
    rng = random.Random(1)
    words = ["New", "new", "York", "u.s.", "US", "Ана", "ана", "$5", "5", "x+y", "-", "Straße", "É"]
    texts = [" ".join(rng.choices(words, k=rng.randint(0, 6))) for _ in range(2000)]
    pairs = list(zip(texts[::2], texts[1::2], strict=True))
    found, _ = SPAN_F1.counts([one for one, _ in pairs], [[other] for _, other in pairs])
    assert found == pytest.approx([squads_f1(*pair) for pair in pairs])
    assert sum(0 < score < 1 for score in found) > 100 and {0.0, 1.0} < set(found)


def test_mining_f1_by_hand():
    # Right, a wrong partner, one missed, rightly left alone, one too many.
    counts = MINING_F1.counts([0, 2, None, None, 4], [0, 1, 2, None, None])
    assert counts == ([2.0, 0.0, 0.0, 0.0, 0.0], [2.0, 2.0, 1.0, 0.0, 1.0])
    assert MINING_F1.value(counts) == pytest.approx(2 / 6)
    assert MINING_F1.value(MINING_F1.counts([None, None], [1, 0])) == 0.0
    assert MINING_F1.value(MINING_F1.counts([None], [None])) is None


@pytest.mark.parametrize("seed", range(4))
def test_mining_f1_is_sklearns_over_all_pairs(seed):
    rng, n = random.Random(seed), 60
    wanted = [i if rng.random() < 0.5 else None for i in range(n)]
    found = [i if rng.random() < 0.6 else rng.choice([None, rng.randrange(n)]) for i in range(n)]
    tables = np.zeros((2, n, n), dtype=int)
    for table, side in zip(tables, (wanted, found), strict=True):
        for i, j in enumerate(side):
            if j is not None:
                table[i, j] = 1
    expected = sklearn.metrics.f1_score(tables[0].ravel(), tables[1].ravel())
    assert MINING_F1.value(MINING_F1.counts(found, wanted)) == pytest.approx(expected)
    assert 0 < expected < 1
