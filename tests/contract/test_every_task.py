"""The contract of a task: rows in every language, aligned, labelled as declared, readable."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from tokenizers import Tokenizer

from xfer_core import catalog
from xfer_core.domain.language import LANGUAGES, REFERENCE_LANGUAGE
from xfer_core.domain.task import Row, TaskKind

UNKNOWN = 3
TASKS = catalog.tasks()
BY_KIND = {kind: [n for n, t in TASKS.items() if t.kind is kind] for kind in TaskKind}

every_task = pytest.mark.parametrize("name", list(TASKS))
every_language = pytest.mark.parametrize(
    ("name", "language"), [(name, code) for name, task in TASKS.items() for code in task.languages]
)


@cache
def rows(name: str, split: str, language: str) -> list[Row]:
    return TASKS[name].source.rows(split, language)


def texts(name: str, row: Row) -> list[str]:
    """All that a model reads of a row."""
    task = TASKS[name]
    match task.kind:
        case TaskKind.CLASSIFICATION:
            return [row[column] for column in task.columns]
        case TaskKind.TAGGING:
            return list(row["tokens"])
        case TaskKind.MULTIPLE_CHOICE:
            return [row["question"], *row["choices"]]
        case _:
            return [row["source"], row["target"]]


@every_task
def test_what_is_declared_exists(name):
    task = TASKS[name]
    assert set(task.languages) <= set(LANGUAGES)
    assert task.metric in catalog.metrics()
    assert task.catalog in catalog.catalogs()
    assert task.title and task.licence and task.source.revision and task.source.stamp
    if task.trained:
        assert REFERENCE_LANGUAGE in task.languages
        assert len(rows(name, "train", REFERENCE_LANGUAGE)) == task.train_examples


@every_language
def test_rows_are_whole_and_their_texts_are_not_empty(name, language):
    found = rows(name, "test", language)
    assert len(found) >= 100
    for row in found:
        assert all(isinstance(text, str) and text.strip() for text in texts(name, row))


@every_language
@pytest.mark.parametrize("split", ["dev", "test"])
def test_rows_have_the_same_ids_in_every_language(name, language, split):
    ids = [row["id"] for row in rows(name, split, language)]
    assert len(set(ids)) == len(ids)
    assert ids == [row["id"] for row in rows(name, split, TASKS[name].languages[0])]


@every_language
def test_what_is_right_does_not_depend_on_the_language(name, language):
    kept = ("label", "answer", "subject")
    first = rows(name, "test", TASKS[name].languages[0])
    for one, other in zip(first, rows(name, "test", language), strict=True):
        assert [one.get(field) for field in kept] == [other.get(field) for field in kept]


@every_language
def test_no_token_is_unknown_to_the_shipped_encoders(name, language):
    for encoder in catalog.encoders().values():
        folder = catalog.encoder_folder(encoder)
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        all_texts = [text for row in rows(name, "test", language) for text in texts(name, row)]
        for text, found in zip(all_texts, tokenizer.encode_batch(all_texts), strict=True):
            assert UNKNOWN not in found.ids, text
            assert len(found.ids) > 2, text


@pytest.mark.parametrize("name", [name for name, task in TASKS.items() if task.trained])
def test_no_training_example_is_in_a_hidden_split(name):
    seen = {tuple(texts(name, row)) for row in rows(name, "train", REFERENCE_LANGUAGE)}
    assert len(seen) > 0.5 * TASKS[name].train_examples
    for split in ("dev", "test"):
        hidden = {tuple(texts(name, row)) for row in rows(name, split, REFERENCE_LANGUAGE)}
        assert not seen & hidden


@pytest.mark.parametrize("name", BY_KIND[TaskKind.CLASSIFICATION])
@pytest.mark.parametrize("split", ["train", "dev", "test"])
def test_labels_are_declared_and_balanced(name, split):
    labels = TASKS[name].labels
    counts = Counter(row["label"] for row in rows(name, split, REFERENCE_LANGUAGE))
    assert set(counts) == set(labels)
    # Four standard deviations of a fair draw, as a part of the expected count.
    most = 4 * ((len(labels) - 1) / counts.total()) ** 0.5
    shares = {label: n / counts.total() * len(labels) for label, n in counts.items()}
    assert all(abs(share - 1) < most for share in shares.values()), shares


@pytest.mark.parametrize("name", BY_KIND[TaskKind.TAGGING])
def test_every_word_has_a_declared_tag(name):
    for language in TASKS[name].languages:
        used: Counter[str] = Counter()
        for row in rows(name, "test", language):
            assert len(row["tokens"]) == len(row["tags"]) > 0
            used.update(row["tags"])
        assert set(used) <= set(TASKS[name].labels)
        assert max(used.values()) < 0.5 * used.total()


@pytest.mark.parametrize("name", BY_KIND[TaskKind.MULTIPLE_CHOICE])
@pytest.mark.parametrize("split", ["train", "test"])
def test_options_differ_and_no_place_is_preferred(name, split):
    found = rows(name, split, REFERENCE_LANGUAGE)
    sizes = {len(row["choices"]) for row in found}
    assert len(sizes) == 1
    for row in found:
        assert len(set(row["choices"])) == len(row["choices"]), row
        assert 0 <= row["answer"] < len(row["choices"])
    places = Counter(row["answer"] for row in found)
    expected = len(found) / sizes.pop()
    assert all(0.6 * expected < n < 1.4 * expected for n in places.values()), places


@pytest.mark.parametrize("name", BY_KIND[TaskKind.RETRIEVAL])
def test_sentences_to_find_differ_from_each_other(name):
    for language in TASKS[name].languages:
        found = rows(name, "test", language)
        for side in ("source", "target"):
            assert len({row[side] for row in found}) >= 0.98 * len(found)
        assert sum(row["source"] == row["target"] for row in found) <= 0.02 * len(found)


@pytest.mark.parametrize("column", ["premise", "hypothesis"])
def test_one_sentence_alone_does_not_give_inference_away(column):
    train = rows("mini-xnli", "train", REFERENCE_LANGUAGE)
    unseen = rows("mini-xnli", "dev", "en") + rows("mini-xnli", "test", "en")
    words = CountVectorizer(ngram_range=(1, 2), min_df=2)
    model = LogisticRegression(C=0.1, max_iter=200)
    model.fit(words.fit_transform(_column(train, column)), _column(train, "label"))
    accuracy = model.score(words.transform(_column(unseen, column)), _column(unseen, "label"))
    assert abs(accuracy - 1 / 3) < 0.08


def _column(found: list[Row], name: str) -> list[Any]:
    return [row[name] for row in found]
