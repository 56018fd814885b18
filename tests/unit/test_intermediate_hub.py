"""Intermediate tasks and MMLU sets through the real path of the hub: fetched once, read offline."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from fake_hub import FakeHub
from intermediate_fixtures import HELD_OUT, SUBJECTS, TRAIN, write_hub

from xfer_core import catalog
from xfer_core.domain.errors import UnknownName
from xfer_core.domain.task import SPLITS, Reach, TaskKind
from xfer_core.sources.mmlu_subjects import GROUP_OF, GROUPS
from xfer_core.sources.solved import solved_questions
from xfer_core.tasks.mmlu import few_shot_rows

pytestmark = pytest.mark.slow

ENGLISH = "anli+ mnli qqp squad1 squad2 hellaswag cosmosqa csqa sst2 mmlu".split()
MULTILINGUAL = {
    "mmmlu": ("en", "de", "sw"),
    "global-mmlu": ("en", "de", "sw"),
    "m-mmlu": ("en", "de", "es"),
}
"""MMLU set -> languages that the fixtures have of it."""
FETCH = """
import json, sys
from xfer_core import catalog
for name, split, language in json.loads(sys.argv[1]):
    catalog.task(name).source.fetch(split, language)
"""


def has(name: str, split: str, language: str) -> bool:
    """Whether a task has such rows: MMMLU has a dev set in English alone."""
    english_only = split == "train" or (name, split) == ("mmmlu", "dev")
    return language == "en" or not english_only


WANTED = [(name, split, "en") for name in ENGLISH for split in SPLITS] + [
    (name, split, language)
    for name, languages in MULTILINGUAL.items()
    for split in SPLITS
    for language in languages
    if has(name, split, language)
]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cache of a site that has fetched everything from the hub, which is then gone."""
    folder = tmp_path_factory.mktemp("hub")
    write_hub(folder / "repositories")
    with FakeHub(folder / "repositories") as hub:
        environment = {**os.environ, **hub.environment(folder / "cache")}
        command = [sys.executable, "-c", FETCH, json.dumps(WANTED)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder / "cache"


@pytest.fixture(autouse=True)
def _offline(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HOME", str(cache))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for name in ("HF_DATASETS_CACHE", "XFER_DATA_DIR", "XFER_XTREME_DIR"):
        monkeypatch.delenv(name, raising=False)


def rows(name: str, split: str, language: str = "en") -> list[dict]:
    return catalog.task(name).source.rows(split, language)


def column(found: list[dict], name: str) -> list:
    return [row[name] for row in found]


@pytest.mark.parametrize(("name", "split", "language"), WANTED)
def test_rows_are_here_offline_and_as_the_kind_wants_them(name, split, language):
    task = catalog.task(name)
    told = task.source.availability(split, language)
    assert (told.reach, told.place) == (Reach.HERE, "hub")
    found = rows(name, split, language)
    ids = column(found, "id")
    assert len(found) >= HELD_OUT - 1
    assert len(set(ids)) == len(ids)
    for row in found:
        match task.kind:
            case TaskKind.CLASSIFICATION:
                assert row["label"] in task.labels
                assert all(row[one] and isinstance(row[one], str) for one in task.columns)
            case TaskKind.SPAN:
                for text, start in zip(*row["answers"].values(), strict=True):
                    assert row["context"][start : start + len(text)] == text != ""
            case TaskKind.MULTIPLE_CHOICE:
                assert 0 <= row["answer"] < len(row["choices"])
                assert all(isinstance(one, str) and one for one in row["choices"])
                assert row["question"] and isinstance(row["question"], str)


def test_each_label_is_read_in_the_order_of_the_numbers():
    told = {row["hypothesis"].split()[-1]: row["label"] for row in rows("mnli", "train")}
    assert told["old."] == "neutral"
    for row in rows("mnli", "train") + rows("anli+", "train"):
        place = row["premise"].split()[-1]
        if "old" not in row["hypothesis"]:
            wanted = "entailment" if row["hypothesis"].endswith(place) else "contradiction"
            assert row["label"] == wanted
    for row in rows("sst2", "train"):
        assert row["label"] == ("positive" if "splendid" in row["sentence"] else "negative")
    for row in rows("qqp", "dev"):
        assert row["label"] == ("duplicate" if "In which" in row["question2"] else "not_duplicate")


def test_anli_plus_joins_all_its_parts_and_drops_rows_without_gold():
    assert len(rows("anli+", "train")) == 3 * TRAIN + TRAIN + TRAIN  # rounds, MNLI, SNLI
    assert len(rows("anli+", "dev")) == len(rows("anli+", "test")) == 5 * HELD_OUT
    parts = column(rows("anli+", "train"), "premise")
    assert set(column(rows("mnli", "train"), "premise")) <= set(parts)
    assert catalog.task("anli+").head == catalog.task("mnli").head == "nli"


def test_mnli_has_two_validation_sets():
    def pairs(split: str) -> set[tuple[str, str]]:
        found = rows("mnli", split)
        return set(zip(column(found, "premise"), column(found, "hypothesis"), strict=True))

    assert pairs("dev") != pairs("test")


@pytest.mark.parametrize("name", ["qqp", "sst2", "hellaswag", "cosmosqa", "csqa"])
def test_hidden_test_labels_are_never_used(name):
    """Their test sets lie in the same configuration, with -1 or nothing as label."""
    assert rows(name, "test") == rows(name, "dev")
    assert "both dev and test" in catalog.task(name).note


@pytest.mark.parametrize("name", ENGLISH)
def test_no_part_of_the_training_set_is_dev_or_test(name):
    hub = catalog.task(name).source.places[-1]
    scored = {*hub.splits("dev", "en"), *hub.splits("test", "en")}
    assert scored and not scored & set(hub.splits("train", "en"))


def test_questions_without_answer():
    found = rows("squad2", "train")
    assert sum(not row["answers"]["text"] for row in found) == TRAIN // 3
    assert all(row["answers"]["text"] for row in rows("squad1", "train"))
    assert catalog.task("squad2").no_answer and not catalog.task("squad1").no_answer


def test_hellaswags_label_is_a_text():
    for row in rows("hellaswag", "train"):
        assert row["choices"][row["answer"]].startswith("carries")
        assert row["question"].count(".") == 1  # the whole context, not its first half


def test_cosmos_qa_comes_from_the_parquet_copy_of_a_script_repository():
    for row in rows("cosmosqa", "train"):
        assert row["choices"][row["answer"]].startswith("To use the")
        assert row["context"].startswith("I went")


def test_commonsense_qa_has_letters_for_five_options():
    found = rows("csqa", "train")
    assert {len(row["choices"]) for row in found} == {5}
    assert set(column(found, "answer")) == set(range(5))
    assert all(row["choices"][row["answer"]].startswith("the ") for row in found)


def right(row: dict) -> bool:
    """Whether the answer is the sum of the two numbers of the question, in any language."""
    numbers = [int(one) for one in row["question"].strip("¿?").split() if one.isdecimal()]
    found = [int(one) for one in row["choices"][row["answer"]].split() if one.isdecimal()]
    return found == [sum(numbers)]


@pytest.mark.parametrize(
    ("name", "split", "language"),
    [one for one in WANTED if one[0] == "mmlu" or one[0] in MULTILINGUAL],
)
def test_answers_of_mmlu_are_read_rightly_from_numbers_and_letters(name, split, language):
    found = rows(name, split, language)
    assert all(map(right, found))
    if split == "train":
        assert set(column(found, "subject")) == set(column(found, "group")) == {""}
        return
    assert set(column(found, "subject")) == set(SUBJECTS)
    assert [row["group"] for row in found] == [GROUP_OF[row["subject"]] for row in found]
    assert set(column(found, "group")) == set(GROUPS)


def test_all_mmlu_sets_train_on_the_auxiliary_questions():
    for name in MULTILINGUAL:
        assert rows(name, "train") == rows("mmlu", "train")
        assert catalog.task(name).source.train_languages == ("en",)
    assert len(rows("mmlu", "dev")) == len(SUBJECTS)  # validation, not the authors' dev


def test_five_examples_of_a_subject_are_shown_and_never_scored():
    found = few_shot_rows("virology")
    assert len(found) == 5 and {row["subject"] for row in found} == {"virology"}
    scored = {json.dumps(row) for split in ("dev", "test") for row in rows("mmlu", split)}
    assert not scored & {json.dumps(row) for row in found}
    with pytest.raises(UnknownName, match="anatomy"):
        few_shot_rows("anatomyy")


@pytest.mark.parametrize(
    ("name", "language", "shown"),
    [
        ("mmlu", "en", "en"),
        ("mmmlu", "en", "en"),
        ("mmmlu", "sw", "en"),
        ("global-mmlu", "en", "en"),
        ("global-mmlu", "sw", "sw"),
        ("m-mmlu", "es", "es"),
    ],
)
def test_five_examples_a_subject_were_fetched_with_the_rest(name, language, shown):
    task = catalog.task(name)
    assert solved_questions(task, language) == ("examples", shown)
    found = task.source.rows("examples", shown)
    assert Counter(column(found, "subject")) == dict.fromkeys(SUBJECTS, 5)
    assert all(map(right, found))
    asked = {row["question"] for row in found}
    assert shown == language or not asked & set(column(rows(name, "test", language), "question"))


def test_mmmlu_shares_numbers_with_english_and_drops_what_csv_lost():
    english = {row["id"]: row for row in rows("mmmlu", "test", "en")}
    assert list(english) == list(range(2 * len(SUBJECTS)))
    for language, dropped in (("de", {3}), ("sw", set())):
        found = rows("mmmlu", "test", language)
        assert set(english) - set(column(found, "id")) == dropped
        for row in found:
            assert row["subject"] == english[row["id"]]["subject"]
            assert row["answer"] == english[row["id"]]["answer"]
    told = catalog.task("mmmlu").source.availability("dev", "de")
    assert told.reach is Reach.MISSING and "dev" in told.why


def test_global_mmlu_keeps_the_culture_and_drops_empty_options():
    english = rows("global-mmlu", "test", "en")
    assert Counter(column(english, "cultural_sensitivity_label")).keys() == {"CS", "CA", "-"}
    swahili = column(rows("global-mmlu", "test", "sw"), "id")
    assert set(column(english, "id")) - set(swahili) == {f"{SUBJECTS[0]}/test/101"}
    # English prompts show the questions of the set's own dev.
    assert rows("global-mmlu", "dev", "en") == rows("mmlu", "dev")
    assert len(rows("global-mmlu", "dev", "de")) == 5 * len(SUBJECTS)


def test_m_mmlu_takes_the_subject_from_the_id_and_val_for_dev():
    found = rows("m-mmlu", "dev", "de")
    assert all(row["id"].split("/")[:2] == [row["subject"], "val"] for row in found)
    english = column(rows("m-mmlu", "test", "en"), "id")
    german = column(rows("m-mmlu", "test", "de"), "id")
    assert set(english) - set(german) == {english[2]}
    assert catalog.task("m-mmlu").licence == "cc-by-nc-4.0"
