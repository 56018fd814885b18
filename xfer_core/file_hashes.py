"""SHA-256 of files; those of large ones are remembered, because a plan asks for them each time."""

from __future__ import annotations

import hashlib
import json
import os
import time
from contextlib import suppress
from pathlib import Path

from platformdirs import user_cache_path

LARGE = 2**26
"""Bytes from which on a hash takes long enough to be kept on disk."""
MOST_KEPT = 1000
SETTLED_SECONDS = 2.0
"""A file changed this recently may change again without another time stamp."""
FOLDER_VARIABLE = "XFER_CACHE_FOLDER"


def sha256(path: Path) -> str:
    """Hash of a file's bytes, as 64 hex digits.

    A large file that has the same size, time of change and place on disk as before is not read
    again.
    """
    state = path.stat()
    if state.st_size < LARGE:
        return _read(path)
    known = _known()
    name = f"{state.st_dev}:{state.st_ino}:{state.st_size}:{state.st_mtime_ns}:{state.st_ctime_ns}"
    if name not in known:
        found = _read(path)
        if time.time() - max(state.st_mtime, state.st_ctime) < SETTLED_SECONDS:
            return found
        known[name] = found
        _keep(known)
    return known[name]


def cache_folder() -> Path:
    """Where this user's hashes are kept; XFER_CACHE_FOLDER names another place."""
    given = os.environ.get(FOLDER_VARIABLE)
    return Path(given) if given else user_cache_path("xfer")


def _read(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _known() -> dict[str, str]:
    try:
        found = json.loads((cache_folder() / "file-hashes.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}


def _keep(known: dict[str, str]) -> None:
    """Written aside, then renamed; a cache that cannot be written is only slower."""
    newest = dict(list(known.items())[-MOST_KEPT:])
    path = cache_folder() / "file-hashes.json"
    aside = path.with_name(f".tmp-{os.getpid()}-{path.name}")
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        aside.write_text(json.dumps(newest), encoding="utf-8")
        os.replace(aside, path)
