"""Checkpoints by URL: the places of a store folder, on a file system that every node reaches."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
from pathlib import Path
from typing import Any

import fsspec  # type: ignore[import-untyped]
from fsspec.implementations.local import LocalFileSystem  # type: ignore[import-untyped]

from xfer_core import spool
from xfer_core.domain.errors import CheckpointError, StoreError, UsageError
from xfer_core.home import Home
from xfer_core.jobs import MANIFEST

TRIES = 2
"""A copy that arrives damaged is fetched once more."""


def checkpoint_place(key: str) -> str:
    """Where a checkpoint lies below the URL, as in a store folder."""
    return f"checkpoints/{key}"


def states_place(key: str) -> str:
    """Where the states of an unfinished training stage lie below the URL."""
    return f"jobs/{key}/resume"


def newest_first(names: list[str]) -> list[str]:
    """Names of states ("step-120") among others, the latest step first."""
    found = [name for name in names if name.startswith("step-")]
    return sorted(found, key=lambda name: int(name.removeprefix("step-")), reverse=True)


class Storage:
    """Folders with a manifest of hashes, under one URL."""

    def __init__(self, url: str) -> None:
        """Nothing is asked of the file system yet.

        Raises:
            UsageError: fsspec does not know such URLs, or needs a package for them.
        """
        try:
            self._files, self._root = fsspec.url_to_fs(url)
        except (ImportError, ValueError) as error:
            raise UsageError(
                f"Expected a URL that fsspec can open, such as s3://bucket/xfer; {url!r} cannot be "
                f"opened: {error}."
            ) from error
        self._root = self._root.rstrip("/")
        self._renames = isinstance(self._files, LocalFileSystem)
        self.url = str(self._files.unstrip_protocol(self._root))

    @classmethod
    def of(cls, home: Home) -> Storage:
        """The store folder itself."""
        return cls(f"file://{home.root}")  # not as_uri: fsspec takes %20 as it stands

    def is_folder_of(self, home: Home) -> bool:
        """Whether what is sent lands in the store itself."""
        return bool(self._renames) and Path(self._root) == home.root

    def mark(self, name: str) -> None:
        """Leave an empty file that another machine can look for.

        Raises:
            StoreError: the URL cannot be written.
        """
        try:
            self._files.makedirs(self._root, exist_ok=True)
            self._files.pipe_file(f"{self._root}/{name}", b"")
        except OSError as error:
            raise StoreError(
                f"The storage {self.url} cannot be written ({error}); name another one with "
                "--ray-storage."
            ) from error

    def is_marked(self, name: str) -> bool:
        """Whether that file can be seen from here."""
        self._files.invalidate_cache()
        return bool(self._files.exists(f"{self._root}/{name}"))

    def unmark(self, name: str) -> None:
        """Remove that file."""
        self._remove(name)

    def manifest(self, place: str) -> dict[str, Any] | None:
        """The manifest of a folder; None if it has none, or it is damaged."""
        try:
            values = json.loads(self._files.cat_file(f"{self._root}/{place}/{MANIFEST}"))
        except (FileNotFoundError, ValueError):
            return None
        return (
            values if isinstance(values, dict) and isinstance(values.get("files"), dict) else None
        )

    def send(self, folder: Path, place: str) -> None:
        """Copy a folder there; its manifest comes last, or all of it at once by a rename."""
        manifest = spool.read_json(folder / MANIFEST)
        if not manifest:
            raise CheckpointError(
                f"Expected a whole checkpoint {folder.name} to send; it has no manifest. Run the "
                "plan again: the stage is trained anew."
            )
        names = [*map(_plain, manifest["files"]), MANIFEST]
        target = f"{self._root}/{place}"
        if self._renames:
            aside = _aside(Path(target))
            for name in names:
                shutil.copyfile(folder / name, aside / name)
            _move_into_place(aside, Path(target))
            return
        self._remove(f"{place}/{MANIFEST}")  # from now on nobody takes the old one for whole
        self._files.makedirs(target, exist_ok=True)
        for name in names:
            self._files.put_file(str(folder / name), f"{target}/{name}")

    def fetch(self, place: str, folder: Path) -> bool:
        """Copy what is there to an own folder; whether it is whole, by its SHA-256 hashes.

        What is damaged or missing is left so, for the stage to say what is wrong with it.
        """
        for _ in range(TRIES):
            self._copy(place, folder)
            if is_whole(folder):
                return True
        return False

    def fetch_into_place(self, place: str, folder: Path) -> None:
        """Fetch a checkpoint into a store folder, where nobody sees a half of it.

        Raises:
            CheckpointError: it did not arrive as it was sent.
        """
        aside = _aside(folder)
        try:
            if not self.fetch(place, aside):
                raise CheckpointError(
                    f"Checkpoint {folder.name} did not arrive from {self.url} as its manifest "
                    "names it; look at that storage and run the plan again."
                )
            _move_into_place(aside, folder)
        finally:
            shutil.rmtree(aside, ignore_errors=True)

    def names(self, place: str) -> list[str]:
        """Names of what lies in a folder."""
        self._files.invalidate_cache()
        try:
            found = self._files.ls(f"{self._root}/{place}", detail=False)
        except FileNotFoundError:
            return []
        return sorted(path.rstrip("/").rpartition("/")[2] for path in found)

    def remove(self, place: str) -> None:
        """Remove a folder, if it is there."""
        self._remove(place)

    def _remove(self, place: str) -> None:
        path = f"{self._root}/{place}"
        self._files.invalidate_cache()
        if self._files.exists(path):
            self._files.rm(path, recursive=True)

    def _copy(self, place: str, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700, parents=True)
        manifest = self.manifest(place)
        if manifest is None:
            return
        for name in map(_plain, manifest["files"]):
            try:
                self._files.get_file(f"{self._root}/{place}/{name}", str(folder / name))
            except FileNotFoundError:
                (folder / name).unlink(missing_ok=True)
        spool.publish(folder / MANIFEST, manifest)


def is_whole(folder: Path) -> bool:
    """Whether every file has the size and SHA-256 that the manifest names."""
    manifest = spool.read_json(folder / MANIFEST)
    if not manifest:
        return False
    return all(
        (folder / name).is_file()
        and (folder / name).stat().st_size == entry["bytes"]
        and _sha256(folder / name) == entry["sha256"]
        for name, entry in manifest["files"].items()
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _plain(name: str) -> str:
    """A file name of a manifest, which comes from elsewhere: never a path."""
    if Path(name).name != name:
        raise CheckpointError(
            f"Expected plain file names in a manifest; got {name[:80]!r}. Delete that checkpoint "
            "and run the plan again."
        )
    return name


def _aside(folder: Path) -> Path:
    aside = folder.with_name(f".tmp-{uuid.uuid4().hex[:8]}-{folder.name}")
    aside.mkdir(mode=0o700, parents=True)
    return aside


def _move_into_place(aside: Path, folder: Path) -> None:
    """Sync the files, then swap the folders by renaming."""
    for path in (*aside.iterdir(), aside):
        _sync(path)
    if folder.exists():
        old = folder.with_name(f".tmp-old-{uuid.uuid4().hex[:8]}-{folder.name}")
        os.replace(folder, old)
        os.replace(aside, folder)
        shutil.rmtree(old)
    else:
        os.replace(aside, folder)
    _sync(folder.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
