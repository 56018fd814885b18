"""The contract of a task: rows in every language, aligned, labelled as declared, readable."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections import Counter
from functools import cache

import pytest
from task_rows import (
    BY_KIND,
    HIDDEN,
    TASKS,
    column,
    every,
    every_language,
    every_task,
    pairs,
    rows,
    splits,
    texts,
)
from tokenizers import Tokenizer

from xfer_core import catalog
from xfer_core.domain.encoder import Origin
from xfer_core.domain.errors import UsageError
from xfer_core.domain.language import LANGUAGES, REFERENCE_LANGUAGE
from xfer_core.domain.task import TaskKind

UNKNOWN = 3
LONGEST = 144
"""Tokens that a stage keeps of an item unless the plan says otherwise."""
SPECIAL_TOKENS = 4
SUBJECTS = 10
UNANSWERABLE = 1 / 3
PARALLEL = 0.4
LIKELY = 4
"""Standard deviations: what is farther off than that is not chance."""


def likely(n: int, share: float) -> float:
    """How far the share of n fair draws may be off."""
    return LIKELY * (share * (1 - share) / n) ** 0.5


class Vocabulary:
    """A tokenizer that reads each word once: blanks part words before anything else does."""

    def __init__(self, text: str) -> None:
        self.tokenizer = Tokenizer.from_str(text)
        self.known: dict[str, list[int]] = {}

    def read(self, words: set[str]) -> dict[str, list[int]]:
        """Token ids of each word, and of all words before."""
        new = sorted(words - self.known.keys())
        found = self.tokenizer.encode_batch(new, add_special_tokens=False)
        self.known.update({word: one.ids for word, one in zip(new, found, strict=True)})
        return self.known


@cache
def vocabularies() -> list[Vocabulary]:
    """The different vocabularies of the encoders."""
    shipped = [one for one in catalog.encoders().values() if one.origin is Origin.SHIPPED]
    folders = {catalog.tokenizer_folder(encoder) for encoder in shipped}
    files = {(folder / "tokenizer.json").read_text() for folder in folders}
    return [Vocabulary(text) for text in files]


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
    found = [row for split in HIDDEN for row in rows(name, split, language)]
    assert len(found) == sum(TASKS[name].source.sizes[split] for split in HIDDEN) >= 300
    for row in found:
        assert all(
            isinstance(text, str) and text == text.strip() != "" for text in texts(name, row)
        )
        assert not any("{" in text or "  " in text for text in texts(name, row))


@every_language
def test_rows_have_the_same_ids_in_every_language(name, language):
    for split in HIDDEN:
        ids = column(rows(name, split, language), "id")
        assert len(set(ids)) == len(ids)
        assert ids == column(rows(name, split, TASKS[name].languages[0]), "id")


@every_language
def test_what_is_right_does_not_depend_on_the_language(name, language):
    kept = ("label", "answer", "subject", "told_in", "parallel")
    for split in HIDDEN:
        first = rows(name, split, TASKS[name].languages[0])
        for one, other in zip(first, rows(name, split, language), strict=True):
            assert [one.get(field) for field in kept] == [other.get(field) for field in kept]
            assert len(one.get("choices", ())) == len(other.get("choices", ()))
            if "answers" in one:
                assert len(one["answers"]["text"]) == len(other["answers"]["text"]) <= 1


@every_language
def test_no_token_is_unknown_and_no_item_is_cut_off(name, language):
    found = [row for split in HIDDEN for row in rows(name, split, language)]
    read = [" ".join(pair).split() for row in found for pair in pairs(name, row)]
    words = {word for one in read for word in one}
    for vocabulary in vocabularies():
        ids = vocabulary.read(words)
        assert not [word for word in words if not ids[word] or UNKNOWN in ids[word]]
        longest = max(sum(len(ids[word]) for word in one) for one in read)
        assert 4 < longest + SPECIAL_TOKENS < LONGEST


@pytest.mark.parametrize("name", BY_KIND[TaskKind.CLASSIFICATION])
@pytest.mark.parametrize("split", ["train", "dev", "test"])
def test_labels_are_declared_and_balanced(name, split):
    labels = TASKS[name].labels
    counts = Counter(column(rows(name, split, REFERENCE_LANGUAGE), "label"))
    assert set(counts) == set(labels)
    off = likely(counts.total(), 1 / len(labels))
    shares = {label: n / counts.total() for label, n in counts.items()}
    assert all(abs(share - 1 / len(labels)) < off for share in shares.values()), shares


@every(TaskKind.TAGGING)
def test_every_word_has_a_declared_tag(name, language):
    for split in splits(name) if language == REFERENCE_LANGUAGE else HIDDEN:
        used: Counter[str] = Counter()
        for row in rows(name, split, language):
            assert len(row["tokens"]) == len(row["tags"]) > 0
            assert not any(" " in token for token in row["tokens"])
            used.update(row["tags"])
        assert set(used) <= set(TASKS[name].labels)
        if name != "mini-ner":
            assert max(used.values()) < 0.5 * used.total()


@pytest.mark.parametrize("name", BY_KIND[TaskKind.TAGGING])
def test_every_tag_of_a_hidden_split_can_be_learned(name):
    def used(split):
        return {tag for row in rows(name, split, REFERENCE_LANGUAGE) for tag in row["tags"]}

    assert used("dev") | used("test") <= used("train")


@pytest.mark.parametrize("language", TASKS["mini-ner"].languages)
def test_entities_are_well_formed_and_the_same_in_every_language(language):
    for split in HIDDEN:
        found = rows("mini-ner", split, language)
        for row in found:
            before = "O"
            for tag in row["tags"]:
                assert not tag.startswith("I-") or before[2:] == tag[2:], row
                before = tag
        english = rows("mini-ner", split, REFERENCE_LANGUAGE)
        for one, other in zip(english, found, strict=True):
            assert _entities(one["tags"]) == _entities(other["tags"]), other
        every_type = {"B-PER", "B-LOC", "B-ORG"}
        assert {tag for row in found for tag in _entities(row["tags"])} == every_type


def _entities(tags: list[str]) -> list[str]:
    return sorted(tag for tag in tags if tag.startswith("B-"))


@every(TaskKind.MULTIPLE_CHOICE)
def test_options_differ(name, language):
    sizes = {len(row["choices"]) for split in HIDDEN for row in rows(name, split, language)}
    assert len(sizes) == 1
    for row in rows(name, "test", language) + rows(name, "dev", language):
        assert len(set(row["choices"])) == len(row["choices"]), row
        assert 0 <= row["answer"] < len(row["choices"])


@pytest.mark.parametrize("name", BY_KIND[TaskKind.MULTIPLE_CHOICE])
@pytest.mark.parametrize("split", ["train", "dev", "test"])
def test_no_place_of_the_answer_is_preferred(name, split):
    found = rows(name, split, REFERENCE_LANGUAGE)
    sizes = {len(row["choices"]) for row in found}
    assert len(sizes) == 1 and sizes == {len(rows(name, "test", "en")[0]["choices"])}
    share = 1 / sizes.pop()
    places = Counter(column(found, "answer"))
    assert all(abs(n / len(found) - share) < likely(len(found), share) for n in places.values())


@pytest.mark.parametrize("split", ["train", "dev", "test"])
def test_every_subject_is_in_every_split(split):
    counts = Counter(column(rows("mini-mmlu", split, "en"), "subject"))
    assert set(counts) == set(column(rows("mini-mmlu", "train", "en"), "subject"))
    assert len(counts) >= SUBJECTS
    assert min(counts.values()) >= 4, counts


@every(TaskKind.SPAN)
def test_answers_stand_where_they_are_said_to(name, language):
    for split in HIDDEN:
        for row in rows(name, split, language):
            answers = row["answers"]
            assert len(answers["text"]) == len(answers["answer_start"]) <= 1
            for text, start in zip(answers["text"], answers["answer_start"], strict=True):
                assert row["context"][start : start + len(text)] == text != ""


@pytest.mark.parametrize("name", BY_KIND[TaskKind.SPAN])
@pytest.mark.parametrize("split", ["train", "dev", "test"])
def test_questions_without_answer_are_where_they_are_declared(name, split):
    found = rows(name, split, REFERENCE_LANGUAGE)
    share = sum(not row["answers"]["text"] for row in found) / len(found)
    if TASKS[name].no_answer:
        assert abs(share - UNANSWERABLE) < likely(len(found), UNANSWERABLE)
    else:
        assert share == 0


@pytest.mark.parametrize("name", BY_KIND[TaskKind.MINING])
@pytest.mark.parametrize("split", HIDDEN)
def test_pairs_are_marked_and_there_are_no_others(name, split):
    """A sentence without translation is nowhere translated."""
    found = rows(name, split, "de")
    assert abs(sum(column(found, "parallel")) / len(found) - PARALLEL) < likely(
        len(found), PARALLEL
    )
    # Two languages that write alike nothing, but where English is both sides, a pair is equal.
    english = TASKS[name].source.rows(split, REFERENCE_LANGUAGE)
    assert all((row["source"] == row["target"]) == row["parallel"] for row in english)
    sources = set(column(english, "source"))
    others = {row["target"] for row in english if not row["parallel"]}
    assert not sources & others


@every(TaskKind.RETRIEVAL)
def test_sentences_to_find_differ_from_each_other(name, language):
    _all_differ(name, language)


@every(TaskKind.MINING)
def test_sentences_to_mine_differ_from_each_other(name, language):
    _all_differ(name, language)


def _all_differ(name: str, language: str) -> None:
    for split in HIDDEN:
        found = rows(name, split, language)
        for side in ("source", "target"):
            assert len(set(column(found, side))) == len(found)
        assert not [row for row in found if row["source"] == row["target"]]


@every_task
def test_a_split_that_is_not_there_is_refused(name):
    with pytest.raises(UsageError, match="weekend"):
        TASKS[name].source.rows("weekend", TASKS[name].languages[-1])


ROWS_OF = """
import hashlib, json, sys
from xfer_core import catalog
task, *languages = sys.argv[1:]
rows = {code: catalog.task(task).source.rows("dev", code) for code in languages}
for code in sorted(rows):
    print(hashlib.sha256(json.dumps(rows[code]).encode()).hexdigest())
"""


@pytest.mark.parametrize("name", ["mini-mmlu", "mini-mlqa", "mini-ner", "mini-bucc"])
def test_rows_are_the_same_whichever_language_is_asked_for_first(name):
    """In another process, with other hashes of texts, in the order that found babel's mix-up."""
    backwards = ["sw", "zh", "ja", "ar", "hi", "de"]
    command = [sys.executable, "-c", ROWS_OF, name, *backwards]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    here = [json.dumps(rows(name, "dev", code)).encode() for code in sorted(backwards)]
    assert done.stdout.split() == [hashlib.sha256(text).hexdigest() for text in here]
