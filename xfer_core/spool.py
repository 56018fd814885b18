"""Events on disk: append, read whole lines, publish a result. The spool is the truth."""

from __future__ import annotations

import hashlib
import json
import math
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from xfer_core.domain.event import Event, EventType

EVENTS, RESULT, STAGE, PLAN, LOG = (
    "events.jsonl",
    "result.json",
    "stage.json",
    "plan.json",
    "log.txt",
)
FSYNC_SECONDS = 1.0
TAIL_BYTES = 1 << 16


def now() -> str:
    """The time in UTC, ISO 8601 with microseconds: what comes later sorts later."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


class Writer:
    """Appends one attempt's events to ``events.jsonl`` in a folder.

    Every event is one unbuffered write of a whole line; the file is synced at least each second
    and when the writer closes, so a kill loses nothing and a power cut a second at most.
    """

    def __init__(self, folder: Path, job_id: str, attempt: int) -> None:
        """Open the file; a torn last line of a killed attempt is closed off first."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / EVENTS
        torn = _ends_torn(path)
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._job_id, self._attempt = job_id, attempt
        self._seq = 0
        self._hash = hashlib.sha256()
        self._synced = time.monotonic()
        if torn:
            os.write(self._file, b"\n")

    def append(self, type_: EventType, **payload: Any) -> Event:
        """Write one event and return it."""
        event = Event(self._job_id, self._attempt, self._seq, type_, now(), payload)
        line = encode(event)
        _write_all(self._file, line)
        self._hash.update(line)
        self._seq += 1
        if time.monotonic() - self._synced > FSYNC_SECONDS:
            self.sync()
        return event

    def sync(self) -> None:
        """Force what was written to the disk."""
        os.fsync(self._file)
        self._synced = time.monotonic()

    @property
    def rows(self) -> int:
        """Events written by this attempt."""
        return self._seq

    @property
    def sha256(self) -> str:
        """Hash over the bytes of this attempt's lines."""
        return self._hash.hexdigest()

    def close(self) -> None:
        """Sync and close."""
        self.sync()
        os.close(self._file)

    def __enter__(self) -> Self:
        """The writer itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close, whatever happened."""
        self.close()


def encode(event: Event) -> bytes:
    """One line of JSON; NaN and infinities become null-safe text ("NaN", "Infinity")."""
    return json.dumps(_plain(asdict(event)), separators=(",", ":")).encode() + b"\n"


def decode(line: bytes) -> Event | None:
    """The event of a whole line; None if the line is damaged."""
    try:
        values = json.loads(line)
        return Event(**{**values, "type": EventType(values["type"])})
    except (ValueError, TypeError, KeyError):
        return None


def read_events(path: Path, offset: int = 0) -> tuple[list[Event], int, int]:
    """Events of the whole lines after ``offset``, the new offset, and the damaged lines skipped.

    A last line without its newline is still being written, or was torn by a kill: it is left for
    the next call. Empty lines (the closing of a torn one) do not count as damage.
    """
    try:
        with path.open("rb") as file:
            file.seek(offset)
            data = file.read()
    except FileNotFoundError:
        return [], offset, 0
    whole = data[: data.rfind(b"\n") + 1]
    lines = [line for line in whole.split(b"\n") if line]
    events = [event for event in map(decode, lines) if event is not None]
    return events, offset + len(whole), len(lines) - len(events)


def last_event(path: Path) -> Event | None:
    """The newest whole event; None if there is none, or none that fits into ``TAIL_BYTES``.

    Only the end of a long file is read.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(size - TAIL_BYTES, 0))
            lines = file.read().split(b"\n")
    except FileNotFoundError:
        return None
    return next((event for line in reversed(lines) if line and (event := decode(line))), None)


def publish(path: Path, values: dict[str, Any]) -> None:
    """Write a JSON file so that a reader sees the old one or the new one, never a half."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    with open(aside, "w", opener=_private) as file:
        json.dump(_plain(values), file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    os.replace(aside, path)
    _sync_folder(path.parent)


def read_json(path: Path) -> dict[str, Any] | None:
    """The object in a published file; None if it is missing or damaged."""
    try:
        values = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    return values if isinstance(values, dict) else None


def folders(parent: Path) -> Iterator[Path]:
    """Folders below ``parent`` in the order of their names."""
    if parent.is_dir():
        yield from sorted(path for path in parent.iterdir() if path.is_dir())


def _ends_torn(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) != b"\n"
    except OSError:
        return False


def _write_all(file: int, data: bytes) -> None:
    written = os.write(file, data)
    while written < len(data):
        data = data[written:]
        written = os.write(file, data)


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
