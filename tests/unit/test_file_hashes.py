"""Hashes of large files: remembered for as long as the file is the same, and no longer."""

from __future__ import annotations

import hashlib
import json
import os
import time

import pytest

from xfer_core import file_hashes
from xfer_core.file_hashes import sha256

OLD = time.time() - 3600


@pytest.fixture
def large(tmp_path, monkeypatch):
    """A file that counts as large, and settled."""
    monkeypatch.setattr(file_hashes, "LARGE", 1000)
    monkeypatch.setattr(file_hashes, "SETTLED_SECONDS", -10.0)
    monkeypatch.setenv("XFER_CACHE_FOLDER", str(tmp_path / "cache"))
    path = tmp_path / "weights"
    path.write_bytes(b"a" * 5000)
    os.utime(path, (OLD, OLD))
    return path


def reads(monkeypatch) -> list:
    seen, real = [], file_hashes._read
    monkeypatch.setattr(file_hashes, "_read", lambda path: seen.append(path) or real(path))
    return seen


def test_a_large_file_is_read_once(large, monkeypatch):
    seen = reads(monkeypatch)
    expected = hashlib.sha256(large.read_bytes()).hexdigest()
    assert [sha256(large) for _ in range(3)] == [expected] * 3
    assert len(seen) == 1


def test_a_changed_file_is_read_again(large, monkeypatch):
    before, seen = sha256(large), reads(monkeypatch)
    large.write_bytes(b"b" * 5000)
    os.utime(large, (OLD, OLD))  # the same size and time of change: the inode's own time differs
    assert sha256(large) != before and len(seen) == 1


def test_another_file_in_its_place_is_read(large, tmp_path, monkeypatch):
    before, seen = sha256(large), reads(monkeypatch)
    other = tmp_path / "other"
    other.write_bytes(b"c" * 5000)
    os.utime(other, (OLD, OLD))
    os.replace(other, large)
    assert sha256(large) != before and len(seen) == 1


def test_what_is_being_written_is_not_remembered(large, monkeypatch, tmp_path):
    monkeypatch.setattr(file_hashes, "SETTLED_SECONDS", 3600.0)
    seen = reads(monkeypatch)
    sha256(large)
    sha256(large)
    assert len(seen) == 2 and not (tmp_path / "cache").exists()


def test_a_small_file_leaves_nothing_behind(large, tmp_path, monkeypatch):
    monkeypatch.setattr(file_hashes, "LARGE", 10_000)
    sha256(large)
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("content", ["", "{", "[]", "\x00"])
def test_a_damaged_memory_is_no_memory(large, tmp_path, content):
    expected = sha256(large)
    (tmp_path / "cache" / "file-hashes.json").write_text(content)
    assert sha256(large) == expected
    assert list(json.loads((tmp_path / "cache" / "file-hashes.json").read_text()).values()) == [
        expected
    ]


def test_a_memory_that_cannot_be_written_is_only_slower(large, tmp_path):
    (tmp_path / "cache").write_text("a file, not a folder")
    assert sha256(large) == hashlib.sha256(large.read_bytes()).hexdigest()
