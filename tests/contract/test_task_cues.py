"""No part of an example gives the answer away: near chance for whoever reads that part alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from task_rows import BY_KIND, HIDDEN, TASKS, rows

from xfer_core.domain.language import REFERENCE_LANGUAGE
from xfer_core.domain.task import Row, TaskKind

LEARNED = 1600
"""Examples that a reader learns from; the rest of training is a test too, for want of numbers."""
LIKELY = 4
"""Standard deviations of a fair guess: what is farther off is a cue."""
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
PAIRS = ["mini-xnli", "mini-mnli", "mini-anli+", "mini-qqp", "mini-pawsx"]
ASKING = {"who", "what", "where", "when", "which", "did", "day"}

Part = Callable[[Row], str]


def everything(name: str) -> list[Row]:
    return [row for split in ("train", *HIDDEN) for row in rows(name, split, REFERENCE_LANGUAGE)]


def likely(n: int, share: float) -> float:
    return LIKELY * (share * (1 - share) / n) ** 0.5


def fitted(texts: list[str], labels: list[Any]) -> Callable[[list[str]], np.ndarray]:
    """A bag of words and pairs of neighbours -> the score of each label."""
    words = CountVectorizer(ngram_range=(1, 2), min_df=2, token_pattern=r"\w+")
    model = LogisticRegression(C=0.1, max_iter=40)  # near enough to the end
    model.fit(words.fit_transform(texts), labels)
    return lambda unseen: model.predict_proba(words.transform(unseen))


def read(found: list[Row], part: Part, label: Part) -> float:
    """Accuracy of a reader of that part."""
    known, unseen = found[:LEARNED], found[LEARNED:]
    scores = fitted([part(row) for row in known], [label(row) for row in known])
    labels = np.array(sorted({label(row) for row in known}))
    guessed = labels[scores([part(row) for row in unseen]).argmax(axis=1)]
    return float(np.mean(guessed == [label(row) for row in unseen]))


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("part", ["first", "second", "both"])
def test_a_bag_of_words_does_not_give_a_pair_away(name, part):
    first, second = TASKS[name].columns
    parts: dict[str, Part] = {
        "first": lambda row: row[first],
        "second": lambda row: row[second],
        "both": lambda row: f"{row[first]} / {row[second]}",
    }
    found = everything(name)
    accuracy = read(found, parts[part], lambda row: row["label"])
    chance = 1 / len(TASKS[name].labels)
    assert abs(accuracy - chance) < likely(len(found) - LEARNED, chance)


def test_both_texts_of_pawsx_are_the_same_bag_of_words():
    for row in everything("mini-pawsx"):
        one, other = (_words(row[column]) for column in TASKS["mini-pawsx"].columns)
        assert one == other, row


def test_a_cue_would_be_found():
    """A reader of praise and blame: there one sentence is all there is."""
    found = everything("mini-sst")
    accuracy = read(found, lambda row: row["sentence"], lambda row: row["label"])
    assert accuracy > 0.5 + likely(len(found) - LEARNED, 0.5)


@pytest.mark.parametrize("name", BY_KIND[TaskKind.MULTIPLE_CHOICE])
def test_options_alone_do_not_give_the_answer_away(name):
    found = everything(name)
    known, unseen = found[:LEARNED], found[LEARNED:]
    scores = fitted(
        [choice for row in known for choice in row["choices"]],
        [place == row["answer"] for row in known for place in range(len(row["choices"]))],
    )
    options = len(found[0]["choices"])
    probable = scores([choice for row in unseen for choice in row["choices"]])[:, 1]
    rights = [_right(*pair) for pair in zip(probable.reshape(-1, options), unseen, strict=True)]
    _assert_at_most_chance(rights, unseen)


@pytest.mark.parametrize("name", ["mini-cosmosqa", "mini-hellaswag"])
@pytest.mark.parametrize("most", [True, False], ids=["most", "least"])
def test_the_answer_is_neither_like_nor_unlike_the_other_options(name, most):
    def alike(choice: str, others: list[str]) -> float:
        words = set(choice.split())
        return sum(len(words.intersection(other.split())) for other in others)

    found = everything(name)
    rights = [_right(_compared(row, alike, most), row) for row in found]
    _assert_at_most_chance(rights, found)


@pytest.mark.parametrize("name", ["mini-cosmosqa", "mini-hellaswag"])
@pytest.mark.parametrize("most", [True, False], ids=["longest", "shortest"])
def test_length_does_not_give_the_answer_away(name, most):
    found = everything(name)
    rights = [_right(_compared(row, lambda choice, _: len(choice), most), row) for row in found]
    _assert_at_most_chance(rights, found)


@pytest.mark.parametrize("name", BY_KIND[TaskKind.SPAN])
def test_the_answer_is_as_often_in_any_sentence(name):
    found = [row for row in everything(name) if row["answers"]["text"]]
    sentences = {row["context"].count(". ") + 1 for row in found}
    assert len(sentences) == 1
    share = 1 / sentences.pop()
    places = Counter(_sentence_of_the_answer(row) for row in found)
    assert all(abs(n / len(found) - share) < likely(len(found), share) for n in places.values())


@pytest.mark.parametrize("part", ["question", "context"])
def test_neither_part_tells_whether_there_is_an_answer(part):
    found = everything("mini-squad2")
    answers = [len(row["answers"]["text"]) for row in found[LEARNED:]]
    accuracy = read(found, lambda row: row[part], lambda row: str(len(row["answers"]["text"])))
    assert abs(accuracy - np.mean(answers)) < likely(len(answers), 1 / 3)


def test_a_question_without_answer_has_no_word_that_is_not_in_the_text():
    new: dict[int, list[int]] = {0: [], 1: []}
    for row in everything("mini-squad2"):
        words = set(_words(row["question"])) - ASKING
        missing = words - set(_words(row["context"]))
        # The infinitive of a question stands in the text as a past tense.
        new[len(row["answers"]["text"])].append(len(missing))
    with_answer, without = np.mean(new[1]), np.mean(new[0])
    assert abs(with_answer - without) < 0.1


def _sentence_of_the_answer(row: Row) -> int:
    return row["context"][: row["answers"]["answer_start"][0]].count(". ")


def _words(text: str) -> Counter[str]:
    return Counter(word.strip(".,?!:") for word in text.lower().split())


def _compared(row: Row, of: Callable[[str, list[str]], float], most: bool) -> np.ndarray:
    choices = row["choices"]
    found = [
        of(one, [*choices[:place], *choices[place + 1 :]]) for place, one in enumerate(choices)
    ]
    return np.array(found) * (1 if most else -1)


def _right(scores: np.ndarray, row: Row) -> float:
    """How likely the best option is the answer; equally good ones share it."""
    best = np.flatnonzero(scores >= scores.max() - 1e-9)
    return float(row["answer"] in best) / len(best)


def _assert_at_most_chance(rights: list[float], found: list[Row]) -> None:
    chance = 1 / len(found[0]["choices"])
    assert np.mean(rights) < chance + likely(len(rights), chance)
