"""Spool files as events: a growing ``events.jsonl``, or a sealed ``events.parquet``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from xfer_core import spool
from xfer_core.domain.errors import StoreError
from xfer_core.domain.event import Event, EventType

SEALED = "events.parquet"
CHUNK_BYTES = 4 * 2**20
HEAD_BYTES = 256
_LARGEST = 2**31 - 1


@dataclass(frozen=True)
class Source:
    """How far a spool file has been imported, and how to know that it is still the same file."""

    offset: int = 0
    damaged: int = 0
    stamp: str = ""
    """Size, time and inode at the last look: equal means that there is nothing new."""
    head: str = ""
    """The first bytes: sealing removes a file, and its successor starts at 0 again."""


@dataclass(frozen=True)
class Chunk:
    """Events read from a file, and the source as it is once they are stored."""

    events: list[Event]
    source: Source


def stamp(path: Path) -> str | None:
    """What changes whenever the file does; None if there is no file."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return f"{status.st_size}:{status.st_mtime_ns}:{status.st_ino}"


def chunks(path: Path, source: Source, at: str, limit: int = CHUNK_BYTES) -> Iterator[Chunk]:
    """The whole lines after ``source``, at most about ``limit`` bytes at a time.

    What is appended after ``at`` may wait for the next call, so that a fast writer cannot keep
    the reader at one file for ever.

    Args:
        path: an ``events.jsonl``.
        source: how far it was read before.
        at: its stamp, taken before this call.
        limit: bytes per chunk; a longer line is read whole.
    """
    size = int(at.partition(":")[0])
    while True:
        whole, head = _whole_lines(path, source.offset, limit)
        lines = [line for line in whole.split(b"\n") if line]
        events = list(_sound(map(spool.decode, lines), path.parent.name))
        offset = source.offset + len(whole)
        damaged = source.damaged + len(lines) - len(events)
        source = Source(offset, damaged, at, head[:offset])
        yield Chunk(events, source)
        if not whole or offset >= size:
            return


def same_file(path: Path, source: Source) -> bool:
    """Whether the file still begins as it did, and has not become shorter than was read."""
    with path.open("rb") as file:
        begins = file.read(HEAD_BYTES).decode("latin-1").startswith(source.head)
        return begins and file.seek(0, 2) >= source.offset


def sealed_events(path: Path) -> list[Event]:
    """All events of a sealed file in their order; none if there is no file.

    Raises:
        StoreError: the file is damaged (its pages carry checksums).
    """
    if not path.exists():
        return []
    try:
        rows = pq.read_table(path, page_checksum_verification=True).to_pylist()
        return [
            Event(**{**row, "type": EventType(row["type"]), "payload": json.loads(row["payload"])})
            for row in rows
        ]
    except (OSError, ValueError, TypeError, KeyError, pa.ArrowException) as error:
        raise StoreError(
            f"The sealed events {path.parent.name}/{path.name} cannot be read ({error}); restore "
            "the file from a backup, or delete the job's folder and run its stage again."
        ) from error


def lines(folder: Path) -> Iterator[tuple[Event, bytes]]:
    """Every event of a job or run with its line, each once, sealed or not."""
    seen: set[tuple[int, int]] = set()
    for event in sealed_events(folder / SEALED):
        seen.add((event.attempt, event.seq))
        yield event, spool.encode(event)
    path = folder / spool.EVENTS
    whole = _whole_lines(path, 0, path.stat().st_size)[0] if path.exists() else b""
    for line in whole.split(b"\n"):
        for event in _sound([spool.decode(line)], folder.name):
            if (event.attempt, event.seq) not in seen:
                yield event, line + b"\n"


def _sound(events: Iterable[Event | None], job_id: str) -> Iterator[Event]:
    """The events of this job whose identity and payload have the types that the tables need."""
    for event in events:
        if (
            event is not None
            and event.job_id == job_id
            and isinstance(event.payload, dict)
            and isinstance(event.attempt, int)
            and isinstance(event.seq, int)
            and 0 <= event.attempt <= _LARGEST
            and 0 <= event.seq <= _LARGEST
        ):
            yield event


def _whole_lines(path: Path, offset: int, limit: int) -> tuple[bytes, str]:
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES).decode("latin-1")
        file.seek(offset)
        data = file.read(limit)
        while data and b"\n" not in data and (more := file.read(limit)):
            data += more
    return data[: data.rfind(b"\n") + 1], head
