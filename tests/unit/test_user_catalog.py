"""A user's own files: what they may say, what is refused and how, and what is never run."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from xfer_core import catalog, user_catalog
from xfer_core.declarations import METRICS
from xfer_core.domain.encoder import Family, Origin
from xfer_core.domain.errors import DataError, UnknownName, UsageError
from xfer_core.domain.language import LANGUAGES
from xfer_core.domain.task import Reach, TaskKind
from xfer_core.rows import Fingerprints, Rows

TWEETS = """
name: tweets
title: Tweets
kind: classification
licence: own data
languages: [en, de]
columns: {text: tweet, label: mood}
labels: [negative, positive]
files:
  train: train.csv
  dev: "{language}/dev.csv"
  test: {en: test.en.csv, de: test.de.tsv}
train_examples: 2
"""
CSV = 'tweet,mood\n"Good, really",positive\nBad,negative\n'


@pytest.fixture(autouse=True)
def _nobody_elses(monkeypatch, tmp_path):
    monkeypatch.delenv(user_catalog.FOLDER_VARIABLE, raising=False)
    monkeypatch.delenv(user_catalog.FILES_VARIABLE, raising=False)
    monkeypatch.delenv("XFER_DATA_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    before = dict(LANGUAGES)
    yield
    LANGUAGES.clear()
    LANGUAGES.update(before)


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """The folder that XFER_CATALOG_DIR names."""
    made = tmp_path / "mine"
    made.mkdir(mode=0o700)
    monkeypatch.setenv(user_catalog.FOLDER_VARIABLE, str(made))
    return made


def tweets(folder: Path, text: str = TWEETS) -> None:
    (folder / "tweets.yaml").write_text(text)
    (folder / "train.csv").write_text(CSV)
    (folder / "test.en.csv").write_text(CSV)
    (folder / "test.de.tsv").write_text('tweet\tmood\n"Gut\t1\nSchlecht\t0\n')


def test_a_yaml_file_makes_a_task_that_the_catalogue_knows(folder):
    tweets(folder)
    task = catalog.task("tweets")
    assert (task.kind, task.catalog, task.metric) == (TaskKind.CLASSIFICATION, "user", "accuracy")
    assert (task.languages, task.source.train_languages) == (("en", "de"), ("en",))
    assert (task.columns, task.labels) == (("text",), ("negative", "positive"))
    assert Rows().of(task, "train", "en") == [
        {"id": 0, "text": "Good, really", "label": "positive"},
        {"id": 1, "text": "Bad", "label": "negative"},
    ]
    german = Rows().of(task, "test", "de")  # a quote is a sign in TSV, and 1 a number from 0
    assert [(row["text"], row["label"]) for row in german] == [
        ('"Gut', "positive"),
        ("Schlecht", "negative"),
    ]
    missing = task.source.availability("dev", "de")
    assert missing.reach is Reach.MISSING
    assert str(folder / "de" / "dev.csv") in missing.why
    assert "xnli" in catalog.tasks() and "user" in catalog.catalogs()


def test_the_folder_in_the_working_folder_is_found_and_no_other(tmp_path, monkeypatch):
    assert user_catalog.tasks() == {}
    inner = tmp_path / "project" / "xfer_catalog"
    inner.mkdir(parents=True)
    tweets(inner)
    assert user_catalog.tasks() == {}
    monkeypatch.chdir(inner.parent)
    assert list(user_catalog.tasks()) == ["tweets"]
    assert user_catalog.environment() == {user_catalog.FILES_VARIABLE: str(inner / "tweets.yaml")}


def test_a_changed_declaration_or_file_changes_the_fingerprint(folder, tmp_path, monkeypatch):
    def fingerprint() -> str:
        return Fingerprints().rows(catalog.task("tweets"), "train", ("en",))

    tweets(folder)
    first = fingerprint()
    assert first == fingerprint()
    os.utime(folder / "train.csv", (1, 1))
    assert first == fingerprint()  # the bytes count, not the time
    (folder / "train.csv").write_text(CSV.replace("Bad", "Awful"))
    assert fingerprint() != first
    other = tmp_path / "other"
    other.mkdir()
    tweets(other, TWEETS.replace("[negative, positive]", "[positive, negative]"))
    monkeypatch.setenv(user_catalog.FOLDER_VARIABLE, str(other))
    assert fingerprint() != first


KINDS = {
    "pair": (
        "kind: classification\ncolumns: {text: a, text_pair: b}\nlabels: {yes: same, no: other}",
        [{"a": "x", "b": 5, "label": "yes"}],
        {"text": "x", "text_pair": "5", "label": "same"},
    ),
    "tagging": (
        "kind: tagging\nlabels: [O, B-X]",
        [{"tokens": ["a", "b"], "tags": [0, "B-X"]}],
        {"tokens": ["a", "b"], "tags": ["O", "B-X"]},
    ),
    "options in columns": (
        "kind: multiple_choice\ncolumns: {choices: [A, B, C], answer: right, subject: s}",
        [{"s": "law", "question": "q", "A": "x", "B": "y", "C": "z", "right": "b"}],
        {"subject": "law", "question": "q", "choices": ["x", "y", "z"], "answer": 1},
    ),
    "options in a list": (
        "kind: multiple_choice\ncolumns: {context: story}",
        [{"story": "s", "question": "q", "choices": ["x", "y"], "answer": "y"}],
        {"subject": "", "context": "s", "question": "q", "choices": ["x", "y"], "answer": 1},
    ),
    "span": (
        "kind: span",
        [{"context": "a b", "question": "q", "answers": {"text": ["b"], "answer_start": [2]}}],
        {"context": "a b", "question": "q", "answers": {"text": ["b"], "answer_start": [2]}},
    ),
    "span without starts": (
        "kind: span\nno_answer: true\ncolumns: {answer_text: gold}",
        [{"context": "a b", "question": "q", "gold": "b"}],
        {"context": "a b", "question": "q", "answers": {"text": ["b"], "answer_start": [2]}},
    ),
    "retrieval": (
        "kind: retrieval\ncolumns: {source: en, target: xx, id: nr}",
        [{"nr": "s7", "en": "dog", "xx": "Hund"}],
        {"id": "s7", "source": "dog", "target": "Hund"},
    ),
    "mining": (
        "kind: mining",
        [{"source": "dog", "target": "Hund", "parallel": True}],
        {"source": "dog", "target": "Hund", "parallel": True},
    ),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_every_kind_reads_its_columns(folder, kind, ending):
    text, raws, wanted = KINDS[kind]
    raws = [
        {**raw, "tags": [str(t) for t in raw["tags"]]} if "tags" in raw else raw for raw in raws
    ]
    rest = f"name: t\nlicence: own\nlanguages: [de]\nfiles: {{test: 'test.{{language}}.{ending}'}}"
    (folder / "t.yml").write_text(f"{text}\n{rest}\n")
    file = folder / f"test.de.{ending}"
    if ending == "jsonl":
        file.write_text("".join(f"{json.dumps(raw)}\n" for raw in raws))
    else:
        pq.write_table(pa.Table.from_pylist(raws), file)
    task = catalog.task("t")
    assert Rows().of(task, "test", "de") == [{"id": 0, **wanted}]
    assert task.metric == METRICS[task.kind][0]
    assert task.source.train_languages == ()


def test_every_metric_that_a_declaration_may_name_exists():
    for names in METRICS.values():
        for name in names:
            assert catalog.metric(name).name == name


def test_a_new_language_is_declared_with_the_task(folder):
    text = TWEETS.replace(
        "[en, de]", "[en, {code: nds, name: Low German, script: Latin, family: Germanic}]"
    )
    tweets(folder, text)
    assert catalog.task("tweets").languages == ("en", "nds")
    assert (catalog.language("nds").name, catalog.language("nds").direction) == (
        "Low German",
        "ltr",
    )


def test_words_that_yaml_takes_for_values_stay_words(folder):
    tweets(folder, TWEETS.replace("[negative, positive]", "[no, on, 0, 1.0]"))
    assert catalog.task("tweets").labels == ("no", "on", "0", "1.0")


@pytest.mark.parametrize(
    ("change", "wrong", "said"),
    [
        (("kind: classification", "kind: clasification"), UsageError, "'classification'"),
        (("licence: own data\n", ""), UsageError, "Expected 'licence' in .*Such as 'licence: cc"),
        (("labels:", "lables:"), UnknownName, "'lables'; did you mean labels"),
        (("mood}", "mood, tetx: x}"), UsageError, "'tetx'; did you mean text"),
        (("name: tweets", "name: none"), UsageError, "name of the baseline"),
        (("name: tweets", "name: a/../b"), UsageError, "Field 'name'"),
        (("name: tweets", "name: multi:a+b"), UsageError, "Field 'name'"),
        (("name: tweets", "name: xnli"), UsageError, "'xnli' in .*tweets.yaml: Xfer has one"),
        (("title: Tweets", "catalog: paper"), UsageError, "Xfer's own catalogue"),
        (("title: Tweets", "metric: f1"), UsageError, "metric of a classification task"),
        (("[en, de]", "[en, xx]"), UsageError, "Unknown language 'xx' of task 'tweets'"),
        (("[en, de]", "[]"), UsageError, "Field 'languages'"),
        (
            ("[en, de]", "[en, {code: de, name: G, script: L, family: F}]"),
            UsageError,
            "'de' stands for the language German",
        ),
        (
            ("[en, de]", "[en, {code: all, name: G, script: L, family: F}]"),
            UsageError,
            "'all' stands for a mean",
        ),
        (("[negative, positive]", "[positive]"), UsageError, "at least two labels"),
        (("train: train.csv", "train: train.xml"), UsageError, "ends in parquet, jsonl, csv"),
        (("train: train.csv", "train: http://x/a.csv"), UsageError, "path of a file"),
        (("train: train.csv", "training: train.csv"), UsageError, "files.training"),
        (("train_examples: 2", "train_languages: [fr]"), UsageError, "got 'fr'"),
        (("files:", "fils:"), UnknownName, "did you mean files"),
        (("kind: classification", "kind: ["), UsageError, "it is broken in line"),
        (("title: Tweets", "title: &a x\nnote: *a"), UsageError, "aliases are refused"),
        (("title: Tweets", "title: !!python/object/apply:os.getcwd []"), UsageError, "'title'"),
    ],
)
def test_a_wrong_declaration_is_one_sentence_that_names_the_file(folder, change, wrong, said):
    assert TWEETS.count(change[0]) == 1
    tweets(folder, TWEETS.replace(*change))
    with pytest.raises(wrong, match=said) as caught:
        catalog.tasks()
    assert "tweets.yaml" in str(caught.value) and "\n" not in str(caught.value)


def test_neither_files_nor_hub_is_refused(folder):
    (folder / "t.yaml").write_text("{name: t, kind: retrieval, licence: x, languages: [de]}")
    with pytest.raises(UsageError, match="'t' needs 'files'.*or 'hub'"):
        user_catalog.tasks()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tweet,moood\nx,positive\n", "Expected a column 'mood'; there are tweet, moood"),
        ("tweet,mood\nx,happy\n", "row 0 .expected negative or positive.*got 'happy'"),
        ("tweet,mood\nx,positive\ny,\n", "row 1 .a label is missing .drop_unlabelled"),
        ("tweet,mood\n", "it is empty"),
        ("", "it is empty"),
        ("tweet,mood\nx\n", "Expected 2 fields in .*line 2"),
    ],
)
def test_wrong_rows_are_one_sentence_with_file_and_row(folder, text, said):
    tweets(folder)
    (folder / "train.csv").write_text(text)
    with pytest.raises(DataError, match=said) as caught:
        Rows().of(catalog.task("tweets"), "train", "en")
    assert "train.csv" in str(caught.value) and "\n" not in str(caught.value)


def test_rows_without_a_label_are_left_out_if_that_is_asked_for(folder):
    tweets(folder, TWEETS + "drop_unlabelled: true\n")
    (folder / "train.csv").write_text("tweet,mood\nx,positive\ny,\nz,-1\n")
    assert len(Rows().of(catalog.task("tweets"), "train", "en")) == 1


def test_an_answer_that_is_not_in_the_context_is_refused(folder):
    (folder / "t.yaml").write_text(
        "{name: t, kind: span, licence: x, languages: [de], files: {test: t.jsonl}}"
    )
    answers = {"text": ["b"], "answer_start": [0]}
    row = {"context": "a b", "question": "q", "answers": answers}
    (folder / "t.jsonl").write_text(json.dumps(row))
    with pytest.raises(DataError, match="t.jsonl, row 0 .expected 'b' in the context at sign 0"):
        Rows().of(catalog.task("t"), "test", "de")


def test_a_hub_task_needs_a_revision_and_names_its_parts(folder):
    text = (
        "{name: h, kind: retrieval, licence: x, languages: [en, de], "
        "hub: {repo: org/data, config: 'xx.{language}', splits: {test: validation}%s}}"
    )
    (folder / "h.yaml").write_text(text % "")
    with pytest.raises(UsageError, match="'hub.revision'.*commit"):
        user_catalog.tasks()
    (folder / "h2.yaml").write_text(text % (", revision: " + "1" * 40))
    (folder / "h.yaml").unlink()
    user_catalog._found.cache_clear()
    task = catalog.task("h")
    assert task.source.revision == "1" * 40
    told = task.source.availability("test", "de")
    assert "org/data (xx.de, validation)" in told.why
    assert task.source.availability("train", "en").reach is Reach.MISSING


def test_several_things_in_one_file_and_a_name_twice(folder):
    task = "{name: %s, kind: retrieval, licence: x, languages: [nds], files: {test: t.jsonl}}"
    language = "{code: nds, name: Low German, script: Latin, family: Germanic}"
    text = f"languages: [{language}]\ntasks:\n- {task % 'one'}\n- {task % 'two'}\n"
    (folder / "all.yaml").write_text(text)
    assert list(user_catalog.tasks()) == ["one", "two"]
    (folder / "more.yaml").write_text(task % "two")
    user_catalog._found.cache_clear()
    with pytest.raises(UsageError, match="'two' is declared in .*all.yaml as well"):
        user_catalog.tasks()


def test_encoders_from_a_folder_and_from_the_hub(folder, tmp_path):
    model = folder / "model"
    model.mkdir()
    config = {"num_hidden_layers": 3, "hidden_size": 8, "num_attention_heads": 2}
    (model / "config.json").write_text(json.dumps(config))
    (folder / "e.yaml").write_text("name: mine\nfolder: model\ncatalog: lab\n")
    (folder / "h.yaml").write_text(
        "{name: far, hub: org/model, revision: abc, family: causal, layers: 4, hidden_size: 16}"
    )
    mine, far = catalog.encoder("mine"), catalog.encoder("far")
    assert (mine.layers, mine.hidden_size, mine.heads) == (3, 8, 2)
    assert (mine.origin, mine.catalog, mine.retrieval_layer) == (Origin.FOLDER, "lab", 2)
    assert catalog.encoder_folder(mine) == model
    assert (far.origin, far.revision, far.family) == (Origin.HUB, "abc", Family.CAUSAL)
    assert (far.layers, far.hidden_size) == (4, 16)
    assert user_catalog.catalogs() == ("lab", "user")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{name: e, hub: org/model}", "needs a 'revision'"),
        ("{name: e, hub: org/model, folder: x, revision: '1'}", "one of the two"),
        ("{name: mini-s, folder: x}", "Xfer has one of that name"),
        ("{name: e, hub: model, revision: '1'}", "hub id"),
    ],
)
def test_a_wrong_encoder_is_one_sentence(folder, text, said):
    (folder / "e.yaml").write_text(text)
    with pytest.raises(UsageError, match=said):
        catalog.encoders()


# Python


PYTHON = """
from dataclasses import dataclass, replace
from pathlib import Path

from xfer_core.tasks.mini_xnli import MINI_XNLI
from xfer_core.domain.language import Language

Path(__file__).with_name("it-ran").touch()
OWN = replace(MINI_XNLI, name="own-xnli", catalog="lab")


@dataclass
class Anything:
    x: int = 1
"""


def test_a_python_file_is_run_where_its_folder_is_named(folder):
    (folder / "own.py").write_text(PYTHON)
    (folder / "_private.py").write_text("raise SystemExit")
    assert (catalog.task("own-xnli").catalog, catalog.task("mini-xnli").catalog) == ("lab", "mini")
    assert not (folder / "__pycache__").exists()
    assert user_catalog.files_of(["own-xnli"]) == []  # a stored plan never makes code run


def refused(folder: Path, said: str) -> None:
    user_catalog._found.cache_clear()
    with pytest.raises(UsageError, match=said) as caught:
        catalog.tasks()
    assert "\n" not in str(caught.value)
    assert not list(folder.rglob("it-ran"))


def test_a_python_file_is_refused_where_others_may_have_written_it(folder):
    file = folder / "own.py"
    file.write_text(PYTHON)
    file.chmod(0o620)
    refused(folder, f"Expected {file} to be writable by you alone.*chmod go-w {file}")
    file.chmod(0o602)
    refused(folder, "writable by you alone")
    file.chmod(0o600)
    folder.chmod(0o777)
    refused(folder, f"Expected {folder} to be writable by you alone")
    folder.chmod(0o700)
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    file.rename(elsewhere / "own.py")
    file.symlink_to(elsewhere / "own.py")
    refused(folder, "no link")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_python_file_of_somebody_else_is_refused(folder):
    (folder / "own.py").write_text(PYTHON)
    os.chown(folder / "own.py", 12345, -1)
    refused(folder, "to be your own.*user 12345")


def test_no_python_from_a_folder_that_merely_lies_there(tmp_path):
    here = tmp_path / "xfer_catalog"
    here.mkdir(mode=0o700)
    (here / "own.py").write_text(PYTHON)
    refused(here, f"Set XFER_CATALOG_DIR={here} if you trust it, or write YAML")


def test_no_python_by_name_from_elsewhere(folder, tmp_path):
    file = tmp_path / "own.py"
    file.write_text(PYTHON)
    with pytest.raises(UsageError, match="is elsewhere"):
        user_catalog.use(file)
    assert catalog.task("xnli") and not (tmp_path / "it-ran").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1 / 0", "it ended with ZeroDivisionError"),
        ("def", "SyntaxError"),
        (PYTHON.replace(', catalog="lab"', ""), "expected a catalogue of your own.*'mini' is Xfer"),
        ("from xfer_core.domain.task import *\nTask()", "TypeError"),
    ],
)
def test_a_python_file_that_is_wrong_is_one_sentence(folder, text, said):
    (folder / "wrong.py").write_text(text)
    with pytest.raises(UsageError, match=said) as caught:
        catalog.tasks()
    assert "wrong.py" in str(caught.value) and "\n" not in str(caught.value)
    sys.modules.pop("xfer_catalog_wrong", None)


# Files by name


def test_a_named_file_is_used_here_and_in_other_processes(tmp_path):
    tweets(tmp_path)
    user_catalog.use("tweets.yaml", tmp_path / "tweets.yaml")
    assert os.environ[user_catalog.FILES_VARIABLE] == str(tmp_path / "tweets.yaml")
    assert catalog.task("tweets").catalog == "user"
    assert [task.name for task in user_catalog.names_in("tweets.yaml")[0]] == ["tweets"]
    assert user_catalog.files_of(["xnli", "tweets"]) == [tmp_path / "tweets.yaml"]


def test_a_refused_file_leaves_the_catalogue_as_it_was(tmp_path):
    (tmp_path / "bad.yaml").write_text("name: x")
    for name in ("bad.yaml", "gone.yaml", "what.txt"):
        with pytest.raises(UsageError, match=name):
            user_catalog.use(name)
    assert not os.environ[user_catalog.FILES_VARIABLE]
    assert user_catalog.tasks() == {}
    assert catalog.task("mini-xnli")


def test_a_folder_that_is_named_must_be_there(folder):
    folder.rmdir()
    with pytest.raises(UsageError, match="Expected a folder in XFER_CATALOG_DIR"):
        catalog.tasks()
