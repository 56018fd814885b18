"""Rows of tasks and their fingerprints, made once per store and then read from disk."""

from __future__ import annotations

import hashlib
from pathlib import Path

from xfer_core import spool
from xfer_core.domain.encoder import Encoder
from xfer_core.domain.errors import UsageError
from xfer_core.domain.task import Row, Task
from xfer_core.fingerprints import digest, pretraining_text, tokenizer_hash
from xfer_core.sources.chain import Chain
from xfer_core.sources.checking import check


class Rows:
    """Rows by task, split and language.

    Generated rows are kept under the stamp of their source, which changes whenever the rows may
    have changed (it is the hash of the generator's own code), so a change of one byte is seen.
    Real data are read from where they lie each time: a copy of 400,000 rows would be slower to
    read and take the disk twice. Nothing is fetched here, so pages and plans open no connection.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """``folder`` is where they are kept; None makes them anew each time."""
        self._folder = folder

    def of(self, task: Task, split: str, language: str) -> list[Row]:
        """All rows of a split in one language.

        Raises:
            DataError: they are not here, or are not what the task declares.
        """
        if isinstance(task.source, Chain):
            return _real(task, task.source, split, language)
        if self._folder is None or not self._folder.parent.is_dir():
            return task.source.rows(split, language)
        name = digest([task.name, task.source.stamp, split, language])
        kept = self._folder / f"{name}.json"
        found = spool.read_json(kept)
        if found is None:
            found = {"rows": task.source.rows(split, language)}
            spool.publish(kept, found)
        return list(found["rows"])


def stamp(task: Task, split: str, language: str) -> str:
    """Cheap identity of one set of rows: what is made of them is kept under it."""
    if isinstance(task.source, Chain):
        return task.source.stamp_of(split, language)
    return task.source.stamp


class Fingerprints:
    """Fingerprints of data, remembered in a file so that a second plan takes no time.

    What is remembered is keyed by the stamp of the source, as in ``Rows``. Generated rows are
    hashed themselves. Of real data the bytes of the files are hashed, or the commit on the hub is
    taken, with the code that reads them: going through a million rows would make planning slow.
    So a file that is written anew with the same rows gives other keys.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """``folder`` is the store's; None keeps them in memory alone."""
        self._path = folder / "fingerprints.json" if folder else None
        self._rows = Rows(folder / "rows" if folder else None)
        self._known: dict[str, str] = (spool.read_json(self._path) or {}) if self._path else {}
        self._stamps: dict[str, str] = {}
        self._sets: dict[tuple[str, str, tuple[str, ...]], str] = {}
        self._changed = False

    def rows(self, task: Task, split: str, languages: tuple[str, ...]) -> str:
        """Fingerprint of the rows of a split in some languages."""
        wanted = (task.name, split, languages)
        if wanted not in self._sets:  # a plan of the whole study asks a hundred thousand times
            self._sets[wanted] = digest([self._one(task, split, code) for code in languages])
        return self._sets[wanted]

    def pretraining(self, encoder: Encoder) -> str:
        """Fingerprint of the pretraining text as an encoder's vocabulary cuts it."""
        return digest([pretraining_text(), tokenizer_hash(encoder)])

    def file(self, path: str) -> str:
        """Hash of a file that the user names.

        Raises:
            UsageError: it cannot be read.
        """
        try:
            return hashlib.sha256(Path(path).read_bytes()).hexdigest()
        except OSError as error:
            raise UsageError(f"Expected a readable text file; {path!r} cannot be read.") from error

    def save(self) -> None:
        """Keep what was computed; a store that cannot be written is only slower."""
        if self._changed and self._path and self._path.parent.is_dir():
            spool.publish(self._path, dict(self._known))
            self._changed = False

    def _one(self, task: Task, split: str, language: str) -> str:
        name = digest([task.name, split, language, self._stamp(task, split, language)])
        if name not in self._known:
            self._known[name] = self._computed(task, split, language)
            self._changed = True
        return self._known[name]

    def _computed(self, task: Task, split: str, language: str) -> str:
        if isinstance(task.source, Chain):
            return digest(task.source.fingerprint(split, language))
        return digest(self._rows.of(task, split, language))

    def _stamp(self, task: Task, split: str, language: str) -> str:
        if isinstance(task.source, Chain):
            return task.source.stamp_of(split, language)
        if task.name not in self._stamps:
            # Read from disk once per plan: a plan asks a thousand times.
            self._stamps[task.name] = task.source.stamp
        return self._stamps[task.name]


def _real(task: Task, source: Chain, split: str, language: str) -> list[Row]:
    rows = source.rows_here(split, language)
    check(task, split, language, rows)
    return rows
