"""Macro F1, accuracy and the tagging metrics against scikit-learn, seqeval and a second program."""

from __future__ import annotations

import random
import warnings

import numpy as np
import pytest
import sklearn.metrics
from seqeval.metrics import f1_score

from xfer_core.metrics.accuracy import ACCURACY
from xfer_core.metrics.f1 import F1
from xfer_core.metrics.macro_f1 import MACRO_F1
from xfer_core.metrics.mining_f1 import MINING_F1
from xfer_core.metrics.token_accuracy import TOKEN_ACCURACY
from xfer_core.stats.gain import influences

UPOS = "ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X".split()
BIO = "O B-PER I-PER B-LOC I-LOC B-ORG I-ORG".split()
LABELS = ("entailment", "neutral", "contradiction", "unused")


def labels(seed: int, n: int = 1000) -> tuple[list[str], list[str]]:
    """Predictions, about half of them right, and references of uneven classes."""
    rng = random.Random(seed)
    gold = rng.choices(LABELS, weights=(6, 3, 1, 0), k=n)
    return [one if rng.random() < 0.5 else rng.choice(LABELS) for one in gold], gold


def sentences(seed: int, tags: list[str], n: int = 1000) -> tuple[list, list]:
    rng = random.Random(seed)
    gold = [[rng.choice(tags) for _ in range(rng.randint(1, 12))] for _ in range(n)]
    found = [[tag if rng.random() < 0.7 else rng.choice(tags) for tag in row] for row in gold]
    return found, gold


def test_macro_f1_by_hand() -> None:
    # a: one right of two predicted and two gold: F1 1/2. b: one right, two and one: 2/3.
    # c: never predicted, once gold: 0.
    gold, found = ["a", "a", "b", "c"], ["a", "b", "b", "a"]
    assert MACRO_F1.value(MACRO_F1.counts(found, gold)) == pytest.approx((1 / 2 + 2 / 3) / 3)
    assert MACRO_F1.value(MACRO_F1.counts(["x"], ["y"])) == 0.0


@pytest.mark.parametrize("seed", range(3))
def test_a_thousand_labels_as_scikit_learn_scores_them(seed: int) -> None:
    found, gold = labels(seed)
    value = MACRO_F1.value(MACRO_F1.counts(found, gold))
    assert value == pytest.approx(sklearn.metrics.f1_score(gold, found, average="macro"), abs=1e-9)
    right = ACCURACY.value(ACCURACY.counts(found, gold))
    assert right == pytest.approx(sklearn.metrics.accuracy_score(gold, found), abs=1e-9)
    assert abs(value - right) > 0.01


def test_what_an_example_counts_in_macro_f1_is_its_influence() -> None:
    """Leaving an example out moves the score by its influence, but for terms of order 1 / n."""
    found, gold = labels(5)
    counts = MACRO_F1.counts(found, gold)
    told = influences(*counts) / 100
    value, n = MACRO_F1.value(counts), len(gold)
    for at in range(0, n, 37):
        without = MACRO_F1.value(
            MACRO_F1.counts(found[:at] + found[at + 1 :], gold[:at] + gold[at + 1 :])
        )
        assert (value - without) * (n - 1) == pytest.approx(told[at], abs=0.02)


def test_resampling_macro_f1_gives_the_spread_of_its_bootstrap() -> None:
    found, gold = labels(6)
    rng = np.random.default_rng(1)
    counted = np.array(MACRO_F1.counts(found, gold)[0])
    draws = [rng.integers(0, len(gold), len(gold)) for _ in range(200)]
    quick = np.std([counted[draw].mean() for draw in draws])
    whole = np.std(
        [
            MACRO_F1.value(MACRO_F1.counts([found[i] for i in draw], [gold[i] for i in draw]))
            for draw in draws
        ]
    )
    assert quick == pytest.approx(whole, rel=0.1)


def test_token_accuracy_by_hand() -> None:
    found = [["NOUN", "VERB"], ["DET"]]
    counts = TOKEN_ACCURACY.counts(found, [["NOUN", "NOUN"], ["DET"]])
    assert counts == ([1.0, 1.0], [2.0, 1.0])
    assert TOKEN_ACCURACY.value(counts) == pytest.approx(2 / 3)  # of words, not of sentences
    with pytest.raises(ValueError):
        TOKEN_ACCURACY.counts([["NOUN"]], [["NOUN", "VERB"]])


@pytest.mark.parametrize("tags", [UPOS, BIO], ids=["upos", "bio"])
def test_a_thousand_sentences_as_seqeval_and_scikit_learn_score_them(tags: list[str]) -> None:
    found, gold = sentences(3, tags)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = f1_score(gold, found)
    assert F1.value(F1.counts(found, gold)) == pytest.approx(expected, abs=1e-9)
    flat = sklearn.metrics.accuracy_score(sum(gold, []), sum(found, []))
    assert TOKEN_ACCURACY.value(TOKEN_ACCURACY.counts(found, gold)) == pytest.approx(flat, abs=1e-9)


def runs(tags: list[str]) -> set[tuple[str, int, int]]:
    """Chunks of BIO tags by the rules of conlleval, without seqeval."""
    found, begin = set(), None
    for at, tag in enumerate([*tags, "O"]):
        goes_on = begin is not None and tag[0] == "I" and tag[2:] == tags[begin][2:]
        if begin is not None and not goes_on:
            found.add((tags[begin][2:], begin, at))
            begin = None
        if begin is None and tag != "O":
            begin = at
    return found


def test_a_thousand_sentences_as_a_second_program_scores_names() -> None:
    found, gold = sentences(4, BIO)
    pairs = [(runs(one), runs(other)) for one, other in zip(found, gold, strict=True)]
    right = sum(len(one & other) for one, other in pairs)
    precision = right / sum(len(one) for one, _ in pairs)
    recall = right / sum(len(other) for _, other in pairs)
    expected = 2 * precision * recall / (precision + recall)
    assert F1.value(F1.counts(found, gold)) == pytest.approx(expected, abs=1e-9)
    assert 0 < expected < 1


def test_words_of_one_tag_in_a_row_are_one_chunk() -> None:
    """What seqeval makes of part-of-speech tags, and XTREME with it; token accuracy does not."""
    gold, found = [["NOUN", "NOUN", "VERB"]], [["NOUN", "VERB", "VERB"]]
    assert F1.value(F1.counts(found, gold)) == 0.0
    assert TOKEN_ACCURACY.value(TOKEN_ACCURACY.counts(found, gold)) == pytest.approx(2 / 3)
    assert F1.value(F1.counts([["CCONJ"]], [["SCONJ"]])) == 1.0


def test_a_thousand_mined_pairs_as_sets() -> None:
    """As XTREME counts BUCC: pairs of ids, in sets."""
    rng, n = random.Random(9), 1000
    gold = [i if rng.random() < 0.3 else None for i in range(n)]
    found = [
        one if rng.random() < 0.6 else rng.choice([None, None, rng.randrange(n)]) for one in gold
    ]
    one, other = ({(i, j) for i, j in enumerate(side) if j is not None} for side in (found, gold))
    precision, recall = len(one & other) / len(one), len(one & other) / len(other)
    expected = 2 * precision * recall / (precision + recall)
    assert MINING_F1.value(MINING_F1.counts(found, gold)) == pytest.approx(expected, abs=1e-9)
    assert 0 < expected < 1
