"""XTREME's nine tasks through the real path of the hub: fetched once, then read offline."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import xtreme_fixtures as fixtures
from fake_hub import FakeHub

from xfer_core import catalog
from xfer_core.domain.task import Reach, TaskKind

pytestmark = pytest.mark.slow

FETCH = """
import json, sys
from xfer_core import catalog
for name, split, language in json.loads(sys.argv[1]):
    catalog.task(name).source.fetch(split, language)
"""
TRAIN, DEV, TEST = fixtures.TRAIN, fixtures.DEV, fixtures.TEST
SPOKEN = {
    "xnli": ("en", "de"),
    "pawsx": ("en", "de"),
    "udpos": ("en", "de", "th", "kk"),
    "panx": ("en", "de"),
    "xquad": ("en", "de"),
    "mlqa": ("en", "de"),
    "tydiqa": ("en", "fi", "sw"),
    "bucc2018": ("de", "fr"),
    "tatoeba": ("de", "sw"),
}
NO_DEV = {("udpos", "th"), ("udpos", "kk")} | {
    (name, code) for name in ("xquad", "tydiqa") for code in ("de", "fi", "sw")
}
SIZES = {
    ("bucc2018", "dev"): fixtures.GOLD,
    ("bucc2018", "test"): fixtures.GOLD,
    ("tatoeba", "dev"): TEST,
    ("tydiqa", "dev"): TEST,
}
WANTED = [
    (name, split, code)
    for name, languages in SPOKEN.items()
    for code in languages
    for split in ("train", "dev", "test")
    if not (split == "train" and (code != "en" or name in ("bucc2018", "tatoeba")))
    and not (split == "dev" and (name, code) in NO_DEV)
]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cache of a site that has fetched everything from the hub, which is then gone."""
    folder = tmp_path_factory.mktemp("hub")
    fixtures.write_hub(folder / "repositories")
    with FakeHub(folder / "repositories") as hub:
        environment = {**os.environ, **hub.environment(folder / "cache")}
        # BUCC's whole lists are fetched only where there are dev lists to fit a threshold on.
        fixtures.write_folder(folder / "xtreme")
        for extra, wanted in (
            ({}, WANTED),
            ({"XFER_XTREME_DIR": str(folder / "xtreme")}, [("bucc2018", "test", "de")]),
        ):
            command = [sys.executable, "-c", FETCH, json.dumps(wanted)]
            done = subprocess.run(
                command, env={**environment, **extra}, capture_output=True, text=True, timeout=240
            )
            assert done.returncode == 0, done.stderr[-3000:]
    return folder / "cache"


@pytest.fixture(autouse=True)
def _offline(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HOME", str(cache))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for name in ("HF_DATASETS_CACHE", "XFER_DATA_DIR", "XFER_XTREME_DIR"):
        monkeypatch.delenv(name, raising=False)


def rows(name: str, split: str, language: str) -> list[dict]:
    return catalog.task(name).source.rows(split, language)


def column(found: list[dict], name: str) -> list:
    return [row[name] for row in found]


@pytest.mark.parametrize(("name", "split", "language"), WANTED)
def test_rows_are_as_many_as_they_should_be_and_as_the_kind_wants_them(name, split, language):
    task = catalog.task(name)
    assert task.source.availability(split, language).reach is Reach.HERE
    found = rows(name, split, language)
    default = {"train": TRAIN, "dev": DEV, "test": TEST}[split]
    assert len(found) == SIZES.get((name, split), default)
    assert len(set(column(found, "id"))) == len(found)
    match task.kind:
        case TaskKind.CLASSIFICATION:
            assert set(column(found, "label")) == set(task.labels)
            assert all(row[text] for row in found for text in task.columns)
        case TaskKind.TAGGING:
            assert all(len(row["tokens"]) == len(row["tags"]) > 0 for row in found)
            assert {tag for row in found for tag in row["tags"]} <= set(task.labels)
        case TaskKind.SPAN:
            for row in found:
                answers = row["answers"]
                for text, start in zip(answers["text"], answers["answer_start"], strict=True):
                    assert row["context"][start : start + len(text)] == text != ""
        case TaskKind.RETRIEVAL | TaskKind.MINING:
            assert all(row["source"] == row["source"].strip() != "" for row in found)
            assert all(row["target"] == row["target"].strip() != "" for row in found)


@pytest.mark.parametrize("name", ["xnli", "pawsx", "panx", "xquad", "mlqa", "tatoeba"])
def test_translations_share_their_ids(name):
    one, other = (column(rows(name, "test", code), "id") for code in SPOKEN[name])
    assert one == other


def test_labels_are_in_the_order_of_the_data():
    raws = [fixtures.nli_pair(number, "de") for number in fixtures.numbers("test")]
    found = rows("xnli", "test", "de")
    assert column(found, "label") == [fixtures.NLI[raw["label"]] for raw in raws]
    assert column(found, "premise") == column(raws, "premise")
    assert column(found, "hypothesis") == column(raws, "hypothesis")
    raws = [fixtures.paraphrase(number, "de") for number in fixtures.numbers("test")]
    found = rows("pawsx", "test", "de")
    # Where both sentences are the same, they mean the same.
    same = [raw["sentence1"] == raw["sentence2"] for raw in raws]
    assert column(found, "label") == [("different", "paraphrase")[one] for one in same]


def test_rows_without_a_label_are_left_out():
    assert len(fixtures.numbers("train")) + 1 == 25  # what the hub has
    assert len(rows("xnli", "train", "en")) == 24


def test_tags_are_in_the_order_of_the_data():
    for name, tagged in (("udpos", fixtures.pos_tagged), ("panx", fixtures.ner_tagged)):
        found = rows(name, "test", "de")
        expected = [tagged(number, "de") for number in fixtures.numbers("test")]
        assert [(row["tokens"], row["tags"]) for row in found] == expected


def test_tydiqa_takes_the_language_from_the_id():
    assert {row["id"].split("-")[0] for row in rows("tydiqa", "test", "fi")} == {"finnish"}
    assert {row["id"].split("-")[0] for row in rows("tydiqa", "train", "en")} == {"english"}
    # Its dev set is the test set; the checkpoint is chosen on the English part.
    assert rows("tydiqa", "dev", "en") == rows("tydiqa", "test", "en")


def test_xquad_and_mlqa_are_trained_on_squad():
    train = rows("xquad", "train", "en")
    assert train == rows("mlqa", "train", "en")
    assert column(train, "id") == column(fixtures.squad("train"), "id")
    assert column(rows("xquad", "dev", "en"), "id") == column(fixtures.squad("validation"), "id")
    assert column(rows("mlqa", "dev", "en"), "id")[0].startswith("mlqa-validation")


def test_tatoeba_asks_in_english_without_line_feeds():
    found = rows("tatoeba", "test", "sw")
    assert list(zip(column(found, "source"), column(found, "target"), strict=True)) == [
        fixtures.tatoeba(number, "sw") for number in range(TEST)
    ]
    assert found == rows("tatoeba", "dev", "sw")


def test_bucc_on_the_hub_alone_holds_nothing_but_pairs():
    """Fixed on pairs alone, a threshold lets anything pass: so both splits are of the same kind."""
    for split in ("dev", "test"):
        found = rows("bucc2018", split, "fr")
        foreign, english, gold = fixtures.bucc_lists("fr", split)
        assert all(column(found, "parallel"))
        assert column(found, "source") == [english[j - 1][1] for _, j in gold]
        assert column(found, "target") == [foreign[i - 1][1] for i, _ in gold]
        assert column(found, "source_id") == [english[j - 1][0] for _, j in gold]
        assert column(found, "target_id") == [foreign[i - 1][0] for i, _ in gold]
    assert "gold pairs only" in catalog.task("bucc2018").note


def test_bucc_is_tested_on_whole_lists_where_the_dev_lists_are_here(tmp_path, monkeypatch):
    fixtures.write_folder(tmp_path)
    monkeypatch.setenv("XFER_XTREME_DIR", str(tmp_path))
    found = rows("bucc2018", "test", "de")
    foreign, english, gold = fixtures.bucc_lists("de", "test")
    pairs = [(r["target_id"], r["source_id"]) for r in found if r["parallel"]]
    assert pairs == [(foreign[i - 1][0], english[j - 1][0]) for i, j in gold]
    assert sorted(filter(None, column(found, "target"))) == sorted(text for _, text in foreign)
    assert sorted(filter(None, column(found, "source"))) == sorted(text for _, text in english)
    # What was fetched for the other language holds pairs only, and does not stand in.
    told = catalog.task("bucc2018").source.availability("test", "fr")
    assert told.reach is Reach.MISSING and "mteb/BUCC" in told.why


@pytest.mark.parametrize("name", list(SPOKEN))
def test_a_language_that_was_not_fetched_is_missing_offline(name):
    other = catalog.task(name).languages[-1]
    told = catalog.task(name).source.availability("test", other)
    if name != "tydiqa":  # all its languages come at once
        assert told.reach is Reach.MISSING and "HF_HUB_OFFLINE" in told.why
