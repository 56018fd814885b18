"""Fingerprints: remembered, but never longer than the data they are of."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field, replace

import pytest

from xfer_core import catalog, spool
from xfer_core.domain.errors import CheckpointError
from xfer_core.domain.task import Task, TaskKind
from xfer_core.fingerprints import LENGTH, digest, encoder_hash
from xfer_core.rows import Fingerprints, Rows


@dataclass
class Told:
    """A source with given rows that counts how often it is read."""

    rows_: dict[tuple[str, str], list]
    stamp: str = "1"
    revision: str = "1"
    reads: list = field(default_factory=list)

    def rows(self, split, language):
        self.reads.append((split, language))
        return self.rows_[split, language]


def task(source: Told, name: str = "told") -> Task:
    return Task(
        name=name,
        title=name,
        kind=TaskKind.CLASSIFICATION,
        catalog="test",
        source=source,
        languages=("en", "de"),
        metric="accuracy",
        columns=("text",),
        labels=("a", "b"),
    )


def told(word: str = "Haus", stamp: str = "1") -> Told:
    english = [{"id": 0, "text": "house", "label": "a"}]
    return Told({("test", "en"): english, ("test", "de"): [{**english[0], "text": word}]}, stamp)


def test_one_changed_word_changes_the_fingerprint_of_its_language_alone():
    def prints(source: Told, *languages: str) -> str:
        return Fingerprints().rows(task(source), "test", languages)

    after = told("Maus", stamp="2")
    assert prints(told(), "de") != prints(after, "de")
    assert prints(told(), "en") == prints(after, "en")
    assert prints(told(), "en", "de") != prints(after, "en", "de")
    assert prints(told(), "en", "de") != prints(told(), "de", "en")


def test_what_is_remembered_is_not_read_again(tmp_path):
    first, source = Fingerprints(tmp_path), told()
    expected = first.rows(task(source), "test", ("en", "de"))
    first.save()
    again = told()
    assert Fingerprints(tmp_path).rows(task(again), "test", ("en", "de")) == expected
    assert (len(source.reads), again.reads) == (2, [])


def test_a_new_stamp_is_read_anew_and_equal_rows_stay_equal(tmp_path):
    first = Fingerprints(tmp_path)
    expected = first.rows(task(told()), "test", ("en",))
    first.save()
    changed = told(stamp="2")
    assert Fingerprints(tmp_path).rows(task(changed), "test", ("en",)) == expected
    assert changed.reads == [("test", "en")]


@pytest.mark.parametrize("content", ["", "{", "[]"])
def test_a_damaged_memory_is_no_memory(tmp_path, content):
    path = tmp_path / "fingerprints.json"
    path.write_text(content)
    prints = Fingerprints(tmp_path)
    assert len(prints.rows(task(told()), "test", ("en",))) == LENGTH
    prints.save()
    assert spool.read_json(path)


def test_nothing_is_written_where_there_is_no_store(tmp_path):
    prints = Fingerprints(tmp_path / "nowhere")
    prints.rows(task(told()), "test", ("en",))
    prints.save()
    assert list(tmp_path.iterdir()) == []


def test_a_digest_is_the_same_in_every_process():
    values = {"b": [1, 2.5, None, "ü"], "a": {"y": True, "x": "мир"}}
    turned = {"a": {"x": "мир", "y": True}, "b": [1, 2.5, None, "ü"]}
    assert digest(values) == digest(turned)
    program = f"from xfer_core.fingerprints import digest; print(digest({values!r}))"
    other = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert other.stdout.strip() == digest(values)
    assert digest([1, 2]) != digest([2, 1])


def test_the_generators_code_is_in_the_stamp():
    stamps = {name: one.source.stamp for name, one in catalog.tasks().items()}
    assert len(set(stamps.values())) == len(stamps)


def test_a_missing_encoder_is_a_sentence():
    encoder = replace(catalog.encoder("mini-s"), path="nowhere")
    with pytest.raises(CheckpointError, match=r"needs config.json, model.safetensors"):
        encoder_hash(encoder)
    assert len(encoder_hash(catalog.encoder("mini-s"))) == LENGTH


def test_kept_rows_are_read_from_disk_until_the_stamp_changes(tmp_path):
    rows, source = Rows(tmp_path / "rows"), told()
    made = rows.of(task(source), "test", "de")
    assert Rows(tmp_path / "rows").of(task(source), "test", "de") == made
    assert source.reads == [("test", "de")]
    assert rows.of(task(told("Maus", stamp="2")), "test", "de")[0]["text"] == "Maus"
    assert rows.of(task(source), "test", "en")[0]["text"] == "house"


@pytest.mark.parametrize("folder", [None, "nowhere/rows"])
def test_rows_without_a_store_are_made_each_time(tmp_path, folder):
    source = told()
    rows = Rows(tmp_path / folder if folder else None)
    for _ in range(2):
        rows.of(task(source), "test", "de")
    assert len(source.reads) == 2
    assert list(tmp_path.iterdir()) == []
