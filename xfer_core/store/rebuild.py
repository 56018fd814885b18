"""The index from nothing but the spool, and a hash that says whether two indexes are equal."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass

from xfer_core.home import Home
from xfer_core.store import opening
from xfer_core.store.ownership import Ownership
from xfer_core.store.store import Store

BUILDING = "xfer.duckdb.building"

EVENT = "job_id, attempt, seq"
ORDERED_BY = {
    "runs": "run_id",
    "stages": "run_id, key",
    "jobs": "job_id, attempt",
    "scores": EVENT,
    "example_scores": EVENT,
    "curves": EVENT,
    "latency": EVENT,
    "cells": "catalog, encoder, intermediate, target, language, metric, split, variant",
}
"""The tables that the spool decides, with their keys."""


@dataclass(frozen=True)
class Report:
    """What a rebuild did. ``content_hash_before`` is None if there was nothing readable."""

    content_hash_before: str | None
    content_hash_after: str
    rows: int
    damaged_lines: int
    notices: tuple[str, ...] = ()
    """Where the old database was kept, if it could not be read."""


def content_hash(store: Store) -> str:
    """Hash over all rows that come from the spool, whatever order they were imported in."""
    whole = hashlib.sha256()
    for table, key in ORDERED_BY.items():
        rows = store.query(f"SELECT sha256(t::VARCHAR) AS row FROM {table} AS t ORDER BY {key}")
        whole.update(f"{table} {len(rows)}\n".encode())
        for row in rows["row"]:
            whole.update(row.encode())
    return whole.hexdigest()


def rebuild(home: Home) -> Report:
    """Build a new database aside, from the spool alone, and put it in the place of the old one.

    Raises:
        StoreOwned: another process has the store open.
        StoreTooNew: a newer Xfer wrote the database.
    """
    home.create()
    lock = Ownership(home)
    try:
        before, notices = _hash_of_old(home)
        after, rows, damaged = _build(home)
        if opening.wal_of(home.database).exists():
            # It belongs to the old database and would be replayed into the new one.
            aside = opening.set_aside(home.database, "corrupt")
            notices.append(f"The old database was not closed cleanly; it was kept as {aside.name}.")
        os.replace(home.root / BUILDING, home.database)
        return Report(before, after, rows, damaged, tuple(notices))
    finally:
        lock.release()


def _hash_of_old(home: Home) -> tuple[str | None, list[str]]:
    """Hash of the database as it is, None if there is none or it had to be set aside."""
    if not home.database.exists():
        return None, []
    with Store(home, home.database.name) as store:
        found = content_hash(store)
        return None if store.notices else found, list(store.notices)


def _build(home: Home) -> tuple[str, int, int]:
    """Fill a new database; returns its content hash, its rows, the damaged lines."""
    for path in (home.root / BUILDING, opening.wal_of(home.root / BUILDING)):
        path.unlink(missing_ok=True)
    with Store(home, BUILDING) as store:
        store.import_new()
        counts = (f"SELECT count(*) AS n FROM {table}" for table in ORDERED_BY)
        rows = sum(int(store.query(count)["n"].iloc[0]) for count in counts)
        found = store.query("SELECT coalesce(sum(damaged), 0) AS n FROM sources")
        return content_hash(store), rows, int(found["n"].iloc[0])
