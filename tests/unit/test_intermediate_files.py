"""Intermediate tasks and MMLU sets from a person's own files, and what is said of wrong ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from intermediate_fixtures import (
    HELD_OUT,
    SUBJECTS,
    TRAIN,
    pair,
    question,
    sum_of,
    unanswerable,
    write_ccg,
)

from xfer_core import catalog
from xfer_core.domain.errors import DataError, UnknownName
from xfer_core.domain.language import LANGUAGES
from xfer_core.domain.task import Reach, TaskKind
from xfer_core.sources.label_names import label_name, option_number
from xfer_core.sources.mmlu_subjects import GROUP_OF, GROUPS, subject_of
from xfer_core.sources.mmlu_subjects import SUBJECTS as EVERY_SUBJECT
from xfer_core.sources.solved import solved_questions
from xfer_core.tasks.ccg import UNSEEN
from xfer_core.tasks.mmlu import few_shot_rows

NAMES = (
    "anli+ mnli qqp squad1 squad2 hellaswag ccg cosmosqa csqa sst2 mmlu mmmlu global-mmlu m-mmlu"
).split()
LETTERS = "ABCDE"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the user's own files, and neither a hub nor XTREME's folder."""
    monkeypatch.setenv("XFER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("XFER_XTREME_DIR", raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "empty"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    return tmp_path / "data"


def jsonl(folder: Path, name: str, rows: list[dict], split: str = "train", language: str = "en"):
    path = folder / name / language / f"{split}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def read(name: str, split: str = "train", language: str = "en") -> list[dict]:
    return catalog.task(name).source.rows(split, language)


MULTIPLE: dict[str, dict[str, Any]] = {
    "hellaswag": {"ctx": "Ada sits down.", "endings": ["a", "b", "c", "d"], "label": "2"},
    "cosmosqa": {
        "id": "x1",
        "context": "It rained.",
        "question": "Why did we run?",
        **{f"answer{n}": f"reason {n}" for n in range(4)},
        "label": 2,
    },
    "csqa": {
        "id": "x1",
        "question": "Where is the map?",
        "choices": {"label": list(LETTERS), "text": [f"place {n}" for n in range(5)]},
        "answerKey": "C",
    },
    "mmlu": {"question": "2?", "subject": "virology", "choices": list("wxyz"), "answer": 2},
    "mmmlu": {"question": "2?", "subject": "virology", "choices": list("wxyz"), "answer": 2},
    "global-mmlu": {"question": "2?", "subject": "", "choices": list("wxyz"), "answer": "C"},
    "m-mmlu": {"question": "2?", "subject": "", "choices": list("wxyz"), "answer": 2},
}


@pytest.mark.parametrize("name", list(MULTIPLE))
def test_multiple_choice_from_json_lines(data, name):
    jsonl(data, name, [MULTIPLE[name]])
    assert catalog.task(name).source.availability("train", "en").place == "files"
    (row,) = read(name)
    assert row["answer"] == 2 and len(row["choices"]) == (5 if name == "csqa" else 4)
    assert row["question"] and "subject" in row
    assert row.get("context", "It rained.") == "It rained."


@pytest.mark.parametrize("name", ["anli+", "mnli"])
def test_inference_from_parquet_and_from_words(data, name):
    path = data / name / "en" / "train.parquet"
    path.parent.mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist([pair(n) for n in range(6)] + [_unlabelled()]), path)
    assert [row["label"] for row in read(name)] == [*catalog.task(name).labels] * 2
    path.unlink()
    jsonl(data, name, [{**pair(0), "label": "contradiction"}, {**pair(1), "label": "-"}])
    (row,) = read(name)
    assert row["label"] == "contradiction"


def _unlabelled() -> dict:
    return {**pair(7), "label": -1}


@pytest.mark.parametrize(
    ("name", "text", "labels"),
    [
        ("qqp", "question1,question2,label\nWho?,Who is it?,1\nWhat?,Where?,0\n", "10"),
        ("sst2", "sentence,label\na dull film ,0\n42,1\nwho knows,-1\n", "01"),
    ],
)
def test_classification_from_csv(data, name, text, labels):
    path = data / name / "en" / "dev.csv"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    numbers = [catalog.task(name).labels.index(row["label"]) for row in read(name, "dev")]
    assert "".join(map(str, numbers)) == labels


def test_squad_from_json_lines(data):
    jsonl(data, "squad1", [question(0), question(1)])
    jsonl(data, "squad2", [question(0), unanswerable(1)])
    assert [len(row["answers"]["text"]) for row in read("squad1")] == [1, 1]
    assert [len(row["answers"]["text"]) for row in read("squad2")] == [1, 0]
    assert "title" not in read("squad1")[0]
    jsonl(data, "squad1", [question(0), unanswerable(1)])
    with pytest.raises(DataError, match=r"train\.jsonl, row 1.*expected an answer"):
        read("squad1")
    broken = question(0)
    broken["answers"]["answer_start"] = []
    jsonl(data, "squad2", [broken])
    with pytest.raises(DataError, match=r"row 0.*a start for each of 1 answers; got 0"):
        read("squad2")


def test_squad_from_xtremes_folder(data, monkeypatch):
    """XTREME downloads SQuAD 1.1 for its question answering tasks, with all labels."""
    monkeypatch.setenv("XFER_XTREME_DIR", str(data))
    first, second = question(1), question(2)
    paragraphs = [
        {
            "context": one["context"],
            "qas": [
                {
                    "id": one["id"],
                    "question": one["question"],
                    "answers": [
                        {"text": text, "answer_start": start}
                        for text, start in zip(*one["answers"].values(), strict=True)
                    ],
                }
            ],
        }
        for one in (first, second)
    ]
    (data / "squad").mkdir(parents=True)
    told = {"version": "1.1", "data": [{"title": "made", "paragraphs": paragraphs}]}
    (data / "squad" / "train-v1.1.json").write_text(json.dumps(told))
    assert catalog.task("squad1").source.availability("train", "en").place == "XTREME folder"
    wanted = [{key: one[key] for key in ("id", "context", "question", "answers")}
              for one in (first, second)]  # fmt: skip
    assert read("squad1") == wanted
    assert catalog.task("squad1").source.availability("dev", "en").reach is Reach.MISSING


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        ("mnli", {"label": 3}, r"row 0.*entailment or neutral or contradiction.*got 3"),
        ("mnli", {"label": "maybe"}, r"got 'maybe'"),
        ("mnli", {"premise": None}, r"column 'premise'"),
        ("hellaswag", {"label": "4"}, r"A to D, or 0 to 3 as the answer; got '4'"),
        ("csqa", {"answerKey": "F"}, r"one of A, B, C, D, E as answerKey; got 'F'"),
        ("cosmosqa", {"answer2": None}, r"column 'answer2'"),
        ("mmlu", {"subject": "alchemy"}, r"57 subjects as the subject; got 'alchemy'"),
        ("mmlu", {"choices": ["a", "b"]}, r"expected 4 options; got 2"),
        ("mmlu", {"answer": None}, r"expected an answer"),
    ],
)
def test_a_wrong_value_or_a_missing_column_is_told_with_file_and_row(data, name, change, told):
    """A value of None stands for a column that is not there."""
    base = pair(0) if name == "mnli" else MULTIPLE[name]
    row = {key: value for key, value in {**base, **change}.items() if value is not None}
    if change.get("answer", 0) is None:
        row["answer"] = None
    jsonl(data, name, [row])
    with pytest.raises(DataError, match=told) as caught:
        read(name)
    assert "train.jsonl" in str(caught.value)


def test_all_labels_hidden_is_told(data):
    jsonl(data, "qqp", [{"question1": "a", "question2": "b", "label": -1}], "test")
    with pytest.raises(DataError, match="none of its 1 can be used"):
        read("qqp", "test")


def test_translations_of_mmlu_from_files(data):
    asked, options, answer = sum_of(5, "sw")
    letter = LETTERS[answer]
    lettered = dict(zip("ABCD", options, strict=True))
    named = {f"option_{letter.lower()}": text for letter, text in lettered.items()}
    subject = "college_physics"
    jsonl(
        data,
        "mmmlu",
        [
            {"Question": asked, **lettered, "Answer": letter, "Subject": subject},
            {"Question": asked, **lettered, "B": "", "Answer": letter, "Subject": subject},
            {"Question": asked, **lettered, "Answer": letter.lower(),
             "Subject": f"{subject}_test.csv_sw-KE.csv"},
        ],
        "test",
        "sw",
    )  # fmt: skip
    jsonl(
        data,
        "global-mmlu",
        [
            {
                "sample_id": f"{subject}/test/5",
                "subject": subject,
                "question": asked,
                **named,
                "answer": letter,
                "cultural_sensitivity_label": "CS",
            }
        ],
        "test",
        "sw",
    )
    jsonl(
        data,
        "m-mmlu",
        [{"instruction": asked, **named, "answer": letter, "id": f"{subject}/test/5"}],
        "test",
        "sr",
    )
    first, third = read("mmmlu", "test", "sw")
    (culture,) = read("global-mmlu", "test", "sw")
    (machine,) = read("m-mmlu", "test", "sr")
    assert (first["id"], third["id"]) == (0, 2)  # a dropped row keeps its number
    kept = {"subject": subject, "group": "STEM", "question": asked, "choices": options,
            "answer": answer}  # fmt: skip
    assert first == {"id": 0, **kept} and third == {"id": 2, **kept}
    assert culture == {"id": f"{subject}/test/5", **kept, "cultural_sensitivity_label": "CS"}
    assert machine == {"id": f"{subject}/test/5", **kept}


def test_few_shot_examples_from_files(data):
    raws = [{**MULTIPLE["mmlu"], "subject": SUBJECTS[n % 2], "question": f"{n}?"} for n in range(6)]
    jsonl(data, "mmlu", raws, "examples")
    assert [row["question"] for row in few_shot_rows(SUBJECTS[1])] == ["1?", "3?", "5?"]
    with pytest.raises(UnknownName, match="college_physics"):
        few_shot_rows("colege_physics")


def test_few_shot_examples_that_are_not_here_are_told(data):
    with pytest.raises(DataError, match="cais/mmlu"):
        few_shot_rows("virology")


def test_prompts_show_examples_before_dev_and_their_own_language_before_english(data):
    mmmlu, mini = catalog.task("mmmlu"), catalog.task("mini-mmlu")
    assert solved_questions(mini, "de") == ("dev", "de")  # it has no examples
    assert solved_questions(mmmlu, "de") is None  # nothing is here, and nothing can be fetched
    jsonl(data, "mmmlu", [MULTIPLE["mmlu"]], "dev")
    assert solved_questions(mmmlu, "de") == ("dev", "en")
    jsonl(data, "mmmlu", [MULTIPLE["mmlu"]], "examples")
    assert solved_questions(mmmlu, "de") == ("examples", "en")
    jsonl(data, "mmmlu", [MULTIPLE["mmlu"]], "dev", "de")
    assert solved_questions(mmmlu, "de") == ("dev", "de")


def test_57_subjects_in_four_groups():
    assert len(EVERY_SUBJECT) == len(set(EVERY_SUBJECT)) == 57
    sizes = {group: sum(one == group for one in GROUP_OF.values()) for group in GROUPS}
    assert sizes == {"STEM": 18, "humanities": 13, "social sciences": 12, "other": 14}
    # Where one would guess otherwise.
    assert GROUP_OF["anatomy"] == GROUP_OF["business_ethics"] == "other"
    assert GROUP_OF["human_sexuality"] == "social sciences"
    assert GROUP_OF["prehistory"] == "humanities"
    assert subject_of(" Human Sexuality ") == subject_of("human_sexuality_test.csv_yo-NG.csv")
    assert subject_of("") == ""


@pytest.mark.parametrize(
    ("value", "wanted"),
    [(0, "no"), ("1", "yes"), ("yes", "yes"), (1.0, "yes"), (float("nan"), None), (-1, None),
     (None, None), ("", None), ("-", None), (" no ", "no")],
)  # fmt: skip
def test_labels_in_all_their_forms(value, wanted):
    assert label_name(value, ("no", "yes")) == wanted


@pytest.mark.parametrize("value", [2, "2", "maybe", 0.5, "²", -2])
def test_what_is_no_label(value):
    with pytest.raises(ValueError, match="no or yes, or 0 to 1"):
        label_name(value, ("no", "yes"))


@pytest.mark.parametrize(
    ("value", "wanted"),
    [(0, 0), ("3", 3), ("D", 3), ("d", 3), (2.0, 2), ("", None), (-1, None), (None, None)],
)
def test_answers_in_all_their_forms(value, wanted):
    assert option_number(value, 4) == wanted


@pytest.mark.parametrize("value", [4, "E", "AB", "1.5", "é"])
def test_what_is_no_answer(value):
    with pytest.raises(ValueError, match="A to D, or 0 to 3"):
        option_number(value, 4)


def test_ccg_without_files_says_what_is_needed(data):
    task = catalog.task("ccg")
    told = task.source.availability("train", "en")
    assert told.reach is Reach.MISSING
    for part in ("LDC2005T13", "XFER_DATA_DIR/ccg/en/train.tsv", "empty line"):
        assert part in told.why
    assert len(task.labels) == 0 and list(task.labels) == []
    with pytest.raises(DataError, match=r"(?s)no train rows of ccg.*LDC"):
        task.source.rows("train", "en")
    write_ccg(data)
    (data / "ccg" / "en" / "train.tsv").unlink()
    told = task.source.availability("test", "en")
    assert told.reach is Reach.MISSING and "train.tsv is not there" in told.why


def test_ccgs_labels_are_those_of_the_training_file(data):
    task = catalog.task("ccg")
    write_ccg(data)
    labels = [".", "N", "NP[nb]/N", "PP/NP", r"((S[dcl]\NP)/PP)/NP"]
    assert list(task.labels) == [*sorted(labels), UNSEEN]
    assert task.labels.index(UNSEEN) == len(labels) == len(task.labels) - 1
    assert task.labels[:2] == tuple(sorted(labels))[:2]
    train, dev = read("ccg"), read("ccg", "dev")
    assert (len(train), len(dev)) == (TRAIN, HELD_OUT)
    assert dev[0]["tokens"][1] == "carries" and dev[0]["tags"][1] == UNSEEN
    assert not any(UNSEEN in row["tags"] for row in train + dev[1:])
    assert all(len(row["tokens"]) == len(row["tags"]) == 8 for row in train + dev)


def test_ccgs_stamp_changes_with_its_files(data):
    source = catalog.task("ccg").source
    missing = source.stamp
    write_ccg(data)
    before = source.stamp
    path = data / "ccg" / "en" / "train.tsv"
    path.write_text(path.read_text() + "\nOh\tS\n")
    assert len({missing, before, source.stamp}) == 3
    assert "S" in catalog.task("ccg").labels


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "it is empty"),
        ("the\tNP/N\ndog\n", "1 tags on 2 tokens"),
        ("the\ndog\n", "sentence 0 has none"),
        ("the dog\tN\tN\n", "3 fields"),
    ],
)
def test_a_damaged_ccg_file_is_told(data, text, told):
    write_ccg(data)
    path = data / "ccg" / "en" / "train.tsv"
    path.write_text(text)
    with pytest.raises(DataError, match=told) as caught:
        read("ccg")
    assert "train.tsv" in str(caught.value)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_declared(name):
    task = catalog.task(name)
    assert task.catalog == "paper" and task.licence and task.reference.startswith("https://")
    assert set(task.languages) <= set(LANGUAGES) and task.languages[0] == "en"
    assert task.source.train_languages == ("en",)
    assert task.metric in catalog.metrics() and set(task.more_metrics) <= set(catalog.metrics())
    assert set(task.same_data_as) <= set(catalog.tasks()) - {name}
    hash(task)
    for language in task.languages:
        assert task.source.availability("test", language).reach in Reach
    if task.kind is not TaskKind.TAGGING:
        assert task.train_examples > 0


def test_numbers_of_languages():
    counts = {name: len(catalog.task(name).languages) for name in NAMES[-4:]}
    assert counts == {"mmlu": 1, "mmmlu": 15, "global-mmlu": 42, "m-mmlu": 34}
