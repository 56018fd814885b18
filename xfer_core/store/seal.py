"""Sealing: the events of a job that ended long ago become a small, checksummed Parquet file."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from xfer_core import spool
from xfer_core.domain.event import Event
from xfer_core.home import Home
from xfer_core.store.reading import SEALED, lines

DAY_SECONDS = 24 * 3600.0
ASIDE = ".tmp-events.parquet"
LOCK = "job.lock"
_COLUMNS = pa.schema(
    [
        ("job_id", pa.string()),
        ("attempt", pa.int32()),
        ("seq", pa.int32()),
        ("type", pa.string()),
        ("at", pa.string()),
        ("payload", pa.string()),
    ]
)


def seal(home: Home, older_than_seconds: float = DAY_SECONDS) -> list[str]:
    """Seal the jobs whose result was published that long ago; returns their ids.

    A job that is running again, or whose lines cannot be recovered byte for byte (damaged, or
    written by another program), stays as it is. The steps are: Parquet file aside, synced,
    renamed, then the JSONL removed; a kill between two of them leaves the events once or twice,
    and reading them twice changes nothing.
    """
    sealed = []
    for folder in spool.folders(home.jobs):
        if _is_old(folder, older_than_seconds):
            with _idle(folder) as idle:
                if idle and _seal(folder):
                    sealed.append(folder.name)
    return sealed


def _is_old(folder: Path, seconds: float) -> bool:
    result, events = folder / spool.RESULT, folder / spool.EVENTS
    if not (result.exists() and events.exists()):
        return False
    newest = max(result.stat().st_mtime, events.stat().st_mtime)
    return time.time() - newest >= seconds


def _seal(folder: Path) -> bool:
    path = folder / spool.EVENTS
    found = list(lines(folder))
    whole = b"".join(line for _, line in found)
    same = all(spool.encode(event) == line for event, line in found)
    if not same or not whole.endswith(path.read_bytes()):
        return False
    _write(folder, [event for event, _ in found], hashlib.sha256(whole).hexdigest())
    path.unlink()
    return True


def _write(folder: Path, events: list[Event], sha256: str) -> None:
    rows = [
        {
            "job_id": event.job_id,
            "attempt": event.attempt,
            "seq": event.seq,
            "type": str(event.type),
            "at": event.at,
            "payload": json.dumps(event.payload, separators=(",", ":")),
        }
        for event in events
    ]
    schema = _COLUMNS.with_metadata({"sha256": sha256})
    aside = folder / ASIDE
    table = pa.Table.from_pylist(rows, schema=schema)
    pq.write_table(table, aside, compression="zstd", write_page_checksum=True)
    _sync(aside)
    os.replace(aside, folder / SEALED)
    _sync(folder)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _idle(folder: Path) -> Iterator[bool]:
    """Whether no attempt runs; none can start before the block ends."""
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield True
    except BlockingIOError:
        yield False
    finally:
        os.close(handle)
