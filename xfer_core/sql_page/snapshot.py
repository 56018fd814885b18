"""Copies of the database that questions in SQL are asked of: made by its owner, never written.

The owner alone may open the live database, and what a reader types should not slow it down. A
copy lies in the store under the hash of its content. Questions see it under a path of no meaning,
because SQL can print the path of the file it reads.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import weakref
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from xfer_core.domain.errors import StoreError
from xfer_core.file_hashes import sha256
from xfer_core.store import Store

FOLDER = "snapshots"
KEPT = 2
NAME = "results.duckdb"


@dataclass(frozen=True)
class Snapshot:
    """A copy of the results as they were at a moment."""

    id: str
    """The first characters of the SHA-256 of its bytes."""
    database: Path
    taken_at: datetime
    version: int
    """The store's version then."""


class Snapshots:
    """The newest copy of one store; safe to share between threads."""

    def __init__(self) -> None:
        """Nothing is copied before it is asked for."""
        self._lock = threading.Lock()
        self._newest: Snapshot | None = None
        self._neutral = Path(tempfile.mkdtemp(prefix="xfer-"))
        self._end = weakref.finalize(self, shutil.rmtree, self._neutral, ignore_errors=True)

    def newest(self, store: Store) -> Snapshot:
        """The newest copy, made now if there is none yet."""
        with self._lock:
            return self._newest or self._publish(store)

    def renew(self, store: Store) -> Snapshot:
        """A copy of the results as they are now.

        Raises:
            StoreError: it cannot be written.
        """
        with self._lock:
            return self._publish(store)

    def close(self) -> None:
        """Remove the paths of no meaning; the copies stay in the store."""
        self._end()

    def _publish(self, store: Store) -> Snapshot:
        folder = store.home.root / FOLDER
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            version, taken_at = store.version, datetime.now(UTC)
            aside = folder / f".tmp-{os.getpid()}-{threading.get_ident()}"
            store.copy_to(aside)
            name = sha256(aside)[:12]
            path = folder / f"{name}.duckdb"
            os.replace(aside, path)
            _forget_others(folder, path)
            self._newest = Snapshot(name, self._without_meaning(path), taken_at, version)
        except OSError as error:
            raise StoreError(
                f"The results could not be copied for questions ({error.strerror}); free some "
                "disk space and try again."
            ) from error
        return self._newest

    def _without_meaning(self, path: Path) -> Path:
        """The same file under a path that tells nothing; a copy where links cannot reach."""
        shown = self._neutral / path.stem / NAME
        shown.parent.mkdir(mode=0o700, exist_ok=True)
        if not shown.exists():
            try:
                os.link(path, shown)
            except OSError:
                shutil.copy2(path, shown)
        before = self._newest.id if self._newest else ""
        for other in self._neutral.iterdir():
            if other.name not in (path.stem, before):  # somebody may just open the one before
                shutil.rmtree(other, ignore_errors=True)
        return shown


def _forget_others(folder: Path, newest: Path) -> None:
    """Old copies go; a question that is reading one keeps it until it ends."""
    old = sorted(
        (path for path in folder.glob("*.duckdb") if path != newest),
        key=lambda path: path.stat().st_mtime,
    )
    for path in old[: max(len(old) - KEPT + 1, 0)]:
        path.unlink(missing_ok=True)
