"""Scratch stores on a node: rows and arrays shared by a runner's stages, all else for one alone."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from xfer_core.home import Home

PREFIX = "xfer-ray-"
SHARED = ("rows", "arrays")
_LOCK = "alive.lock"
_held: dict[Path, int] = {}
"""Folder -> open lock file of this process: the kernel frees it however the process ends."""


@contextmanager
def scratch(name: str, node_id: str) -> Iterator[Home]:
    """A store for one stage, removed afterwards; what others need is shared on this node."""
    folder = Path(tempfile.gettempdir()) / f"{PREFIX}{name}-{node_id[:12]}"
    if folder not in _held:
        sweep()
        _hold(folder)
    with tempfile.TemporaryDirectory(prefix="stage-", dir=folder) as place:
        home = Home(Path(place)).create()
        for part in SHARED:
            (folder / part).mkdir(mode=0o700, exist_ok=True)
            (home.root / part).symlink_to(folder / part)
        yield home


def forget(name: str, node_id: str) -> None:
    """Remove what a runner's stages left on this node."""
    folder = Path(tempfile.gettempdir()) / f"{PREFIX}{name}-{node_id[:12]}"
    shutil.rmtree(folder, ignore_errors=True)


def sweep() -> None:
    """Remove folders of this user that no process holds: their runners or nodes are gone."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            if folder.is_symlink() or folder.stat().st_uid != os.getuid():
                continue
            handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(handle)


def _hold(folder: Path) -> None:
    """Make the folder and hold it; again, if somebody swept it away in between."""
    while True:
        with suppress(FileNotFoundError):
            folder.mkdir(mode=0o700, exist_ok=True)
            handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(handle, fcntl.LOCK_SH)
            if os.fstat(handle).st_nlink:
                _held[folder] = handle
                return
            os.close(handle)
