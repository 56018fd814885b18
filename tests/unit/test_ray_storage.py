"""Checkpoints by URL: what arrives is what was sent, by its hashes, on any file system."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

from xfer_core.domain.errors import CheckpointError, StoreError, UsageError
from xfer_core.executors.ray_storage import Storage, is_whole, newest_first
from xfer_core.home import Home

SHA = "1b465fa6b6bcbc06a3199e3d2d8aec35d37494a712f888b6d5536684dd89d0f0"


@pytest.fixture(params=["file", "memory"])
def storage(request, tmp_path) -> Iterator[Storage]:
    """A folder, which is swapped by renaming, and one where only files can be put."""
    url = f"file://{tmp_path}/a bucket" if request.param == "file" else "memory://bucket/xfer"
    made = Storage(url)
    yield made
    if request.param == "memory":
        fsspec.filesystem("memory").rm("/", recursive=True)


def checkpoint(folder: Path, text: bytes = b"weights\n") -> Path:
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(text)
    files = {"model.safetensors": {"bytes": 8, "sha256": SHA}}
    (folder / "manifest.json").write_text(json.dumps({"files": files}))
    return folder


def put(storage: Storage, place: str, data: bytes) -> None:
    files, root = fsspec.url_to_fs(storage.url)
    files.pipe_file(f"{root}/{place}", data)


def test_what_was_sent_arrives(storage, tmp_path):
    sent = checkpoint(tmp_path / "sent")
    assert storage.manifest("checkpoints/key") is None
    storage.send(sent, "checkpoints/key")
    assert storage.manifest("checkpoints/key") == json.loads((sent / "manifest.json").read_text())
    assert storage.fetch("checkpoints/key", tmp_path / "came")
    assert (tmp_path / "came" / "model.safetensors").read_bytes() == b"weights\n"
    storage.send(sent, "checkpoints/key")  # over an old one
    storage.fetch_into_place("checkpoints/key", tmp_path / "came")
    assert is_whole(tmp_path / "came")
    assert storage.names("checkpoints") == ["key"]
    storage.remove("checkpoints/key")
    assert storage.names("checkpoints") == storage.names("nothing") == []
    assert not list(tmp_path.glob(".tmp*"))


@pytest.mark.parametrize("damage", ["one bit", "cut", "no manifest", "nothing there"])
def test_what_arrives_damaged_is_not_whole_and_never_in_place(storage, tmp_path, damage):
    storage.send(checkpoint(tmp_path / "sent"), "checkpoints/key")
    if damage == "one bit":
        put(storage, "checkpoints/key/model.safetensors", b"weighus\n")
    elif damage == "cut":
        put(storage, "checkpoints/key/model.safetensors", b"weigh")
    elif damage == "no manifest":
        storage.remove("checkpoints/key/manifest.json")
    else:
        storage.remove("checkpoints/key")
    assert not storage.fetch("checkpoints/key", tmp_path / "came")
    kept = checkpoint(tmp_path / "store" / "key")
    with pytest.raises(CheckpointError, match="did not arrive"):
        storage.fetch_into_place("checkpoints/key", kept)
    assert is_whole(kept) and [path.name for path in kept.parent.iterdir()] == ["key"]


@pytest.mark.parametrize("name", ["../up", "/etc/passwd", "a/b"])
def test_a_manifest_cannot_name_paths(storage, tmp_path, name):
    storage.send(checkpoint(tmp_path / "sent"), "checkpoints/key")
    files = {name: {"bytes": 1, "sha256": SHA}}
    put(storage, "checkpoints/key/manifest.json", json.dumps({"files": files}).encode())
    with pytest.raises(CheckpointError, match="plain file names"):
        storage.fetch("checkpoints/key", tmp_path / "came")


def test_only_a_whole_checkpoint_is_sent(storage, tmp_path):
    sent = checkpoint(tmp_path / "sent")
    (sent / "manifest.json").unlink()
    with pytest.raises(CheckpointError, match="it has no manifest"):
        storage.send(sent, "checkpoints/key")
    assert storage.names("checkpoints") == []


def test_a_mark_tells_the_same_storage_from_another(storage, tmp_path):
    storage.mark(".ray-1")
    assert Storage(storage.url).is_marked(".ray-1")
    assert not Storage(f"file://{tmp_path}/other").is_marked(".ray-1")
    storage.unmark(".ray-1")
    assert not storage.is_marked(".ray-1")


def test_the_store_itself_is_recognised(tmp_path):
    home = Home(tmp_path / "a store").create()
    assert Storage.of(home).is_folder_of(home)
    assert not Storage(f"file://{tmp_path}/other").is_folder_of(home)
    assert not Storage("memory://a").is_folder_of(home)


def test_urls_that_cannot_be_used_are_one_sentence(tmp_path):
    with pytest.raises(UsageError, match="cannot be opened"):
        Storage("nonsense://bucket")
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="--ray-storage"):
        Storage(f"file://{tmp_path}/file/below").mark(".ray-1")


def test_states_are_ordered_by_step():
    assert newest_first(["step-9", ".tmp", "step-120"]) == ["step-120", "step-9"]
