"""What is asked in dev and test is not, word for word or nearly so, in training."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from task_rows import HIDDEN, TASKS, every_trained_task, rows, texts

from xfer_core.domain.language import REFERENCE_LANGUAGE
from xfer_core.domain.task import Row, TaskKind

NEAR = 0.9
"""Jaccard similarity of two rows' words and pairs of neighbours from which they are near copies.
One other word in a short sentence of five words takes it to 0.4, in two sentences to 0.75."""


def english(name: str, split: str) -> list[str]:
    between = " " if TASKS[name].kind is TaskKind.TAGGING else " / "
    return [between.join(texts(name, row)) for row in rows(name, split, REFERENCE_LANGUAGE)]


def nearest(train: list[str], hidden: list[str]) -> np.ndarray:
    """How alike each hidden row and the most alike training row are."""
    words = CountVectorizer(ngram_range=(1, 2), binary=True, token_pattern=r"\w+|/", dtype=float)
    both = words.fit_transform([*train, *hidden])  # words that training has not count too
    known, asked = both[: len(train)], both[len(train) :]
    shared = (asked @ known.T).toarray()
    either = np.asarray(asked.sum(axis=1)) + np.asarray(known.sum(axis=1)).T - shared
    return (shared / either).max(axis=1)


@every_trained_task
def test_no_training_example_is_in_a_hidden_split(name):
    train, dev, test = (set(english(name, split)) for split in ("train", *HIDDEN))
    assert len(train) > 0.95 * TASKS[name].train_examples
    assert not train & dev and not train & test and not dev & test


@every_trained_task
def test_no_training_example_is_nearly_in_a_hidden_split(name):
    alike = nearest(english(name, "train"), english(name, "dev") + english(name, "test"))
    assert alike.max() < NEAR


def test_a_copy_is_found_and_one_other_word_is_not_a_copy():
    train = ["the doctor found the key in the garden on Monday."]
    assert nearest(train, train).tolist() == [1.0]
    other = ["the doctor found the book in the garden on Monday."]
    assert 0.5 < nearest(train, other)[0] < NEAR


@pytest.mark.parametrize("language", TASKS["mini-ner"].languages)
def test_no_name_of_a_hidden_split_is_in_training(language):
    """Nor would be, if this language were trained on."""
    train, dev, test = (
        {name for row in rows("mini-ner", split, language) for name in named(row)}
        for split in ("train", *HIDDEN)
    )
    assert min(len(train), len(dev), len(test)) >= 20
    assert not train & dev and not train & test and not dev & test


def named(row: Row) -> set[tuple[str, ...]]:
    """All entities of a row, as words."""
    found: list[list[str]] = []
    for token, tag in zip(row["tokens"], row["tags"], strict=True):
        if tag.startswith("B-"):
            found.append([token])
        elif tag.startswith("I-"):
            found[-1].append(token)
    return {tuple(words) for words in found}
