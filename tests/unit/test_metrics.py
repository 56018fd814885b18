"""Metrics as ratios of sums over examples, against hand-worked cases and seqeval."""

from __future__ import annotations

import random

import pytest
from seqeval.metrics import f1_score

from xfer_core.metrics.accuracy import ACCURACY
from xfer_core.metrics.f1 import F1
from xfer_core.mini.grammar import UPOS

BIO = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")


def test_accuracy_by_hand():
    counts = ACCURACY.counts(["a", "b", "a", "c"], ["a", "a", "a", "c"])
    assert counts == ([1.0, 0.0, 1.0, 1.0], [1.0] * 4)
    assert ACCURACY.value(counts) == 0.75
    assert ACCURACY.value(ACCURACY.counts([3, 1], [3, 2])) == 0.5


@pytest.mark.parametrize("metric", [ACCURACY, F1])
def test_nothing_to_measure_is_none_and_not_zero(metric):
    assert metric.value(metric.counts([], [])) is None


@pytest.mark.parametrize("metric", [ACCURACY, F1])
def test_predictions_must_be_as_many_as_references(metric):
    with pytest.raises(ValueError):
        metric.counts([["O"], ["O"]], [["O"]])


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
