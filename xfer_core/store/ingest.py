"""From the spool into the tables: rows and file offsets move in one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from xfer_core import spool
from xfer_core.domain.errors import StoreError
from xfer_core.domain.event import Event
from xfer_core.home import Home
from xfer_core.store import cells
from xfer_core.store.job_rows import JobRows
from xfer_core.store.reading import (
    SEALED,
    Chunk,
    Source,
    chunks,
    same_file,
    sealed_events,
    stamp,
)
from xfer_core.store.run_rows import RunRows

BATCH_EVENTS = 20_000
Row = dict[str, Any]

_SETTLE = """
    UPDATE jobs SET state = now.state FROM (
        SELECT j.job_id, j.attempt, j.state AS old, CASE
            WHEN j.attempt < max(j.attempt) OVER (PARTITION BY j.job_id) THEN 'interrupted'
            WHEN r.state = 'cancelled' THEN 'cancelled'
            WHEN r.state IN ('succeeded', 'failed', 'lost', 'interrupted') THEN 'interrupted'
            ELSE 'running' END AS state
        FROM jobs AS j LEFT JOIN runs AS r USING (run_id)
    ) AS now
    WHERE jobs.job_id = now.job_id AND jobs.attempt = now.attempt
        AND now.old NOT IN ('succeeded', 'failed') AND now.old <> now.state
"""
"""An attempt without an end is interrupted once a later one began or its run ended."""


@dataclass
class _Batch:
    """Events that are stored together, by file, and where their files stand afterwards."""

    pieces: list[tuple[Path, list[Event]]] = field(default_factory=list)
    sources: dict[str, Source] = field(default_factory=dict)
    size: int = 0

    def add(self, path: Path, name: str, chunk: Chunk) -> None:
        if chunk.events:
            self.pieces.append((path, chunk.events))
        self.sources[name] = chunk.source
        self.size += len(chunk.events)


class Ingester:
    """Imports what is new in the spool into one database. One thread at a time."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, home: Home) -> None:
        """Read how far each file was imported before."""
        self._connection, self._home = connection, home
        self._schemas: dict[str, pa.Schema] = {}
        self.commits = 0
        """Batches stored by this object."""
        with self._cursor() as cursor:
            rows = cursor.execute('SELECT path, "offset", damaged, stamp, head FROM sources')
            self._sources = {path: Source(*values) for path, *values in rows.fetchall()}

    def import_new(self) -> int:
        """Store all new events and bring the cells up to date; returns how many events were read.

        A kill at any moment leaves whole batches: the next call goes on from there.
        """
        total, batch = 0, _Batch()
        for parent in (self._home.runs, self._home.jobs):
            for folder in spool.folders(parent):
                for path, name, chunk in self._new(folder):
                    batch.add(path, name, chunk)
                    if batch.size >= BATCH_EVENTS:
                        total += self._commit(batch)
                        batch = _Batch()
        total += self._commit(batch)
        self._refresh_cells()
        return total

    def _new(self, folder: Path) -> Iterator[tuple[Path, str, Chunk]]:
        """Chunks of the folder's files that were not imported yet, the sealed file first."""
        path = folder / spool.EVENTS
        name = self._name(path)
        known, at = self._sources.get(name, Source()), stamp(path)
        if at is not None and at == known.stamp:
            return
        successor = at is None or not known.stamp or not same_file(path, known)
        if successor:
            yield from self._new_sealed(folder / SEALED)
            known = Source(damaged=known.damaged)
        if at is not None:
            for chunk in chunks(path, known, at):
                yield path, name, chunk

    def _new_sealed(self, path: Path) -> Iterator[tuple[Path, str, Chunk]]:
        name, at = self._name(path), stamp(path)
        if at is not None and at != self._sources.get(name, Source()).stamp:
            try:
                chunk = Chunk(sealed_events(path), Source(stamp=at))
            except StoreError:
                # Counted and named by doctor; one damaged file must not stop all others.
                chunk = Chunk([], Source(damaged=1, stamp=at))
            yield path, name, chunk

    def _commit(self, batch: _Batch) -> int:
        if batch.sources:
            with self._cursor() as cursor, _transaction(cursor):
                self._store_runs(cursor, batch)
                self._store_jobs(cursor, batch)
                cursor.execute(_SETTLE)
                rows = [
                    dict(zip(("path", "offset", "damaged", "stamp", "head"), values, strict=True))
                    for values in ((name, *astuple(s)) for name, s in batch.sources.items())
                ]
                self._insert(cursor, "sources", rows, replace=True)
            self._sources.update(batch.sources)
            self.commits += 1
        return batch.size

    def _store_runs(self, cursor: duckdb.DuckDBPyConnection, batch: _Batch) -> None:
        pieces = [(path, events) for path, events in batch.pieces if self._is_run(path)]
        if not pieces:
            return
        ids = sorted({path.parent.name for path, _ in pieces})
        rows = RunRows(
            _rows(cursor, "SELECT * FROM runs WHERE run_id IN (SELECT unnest(?))", ids),
            _rows(cursor, "SELECT * FROM stages WHERE run_id IN (SELECT unnest(?))", ids),
        )
        for path, events in pieces:
            for event in events:
                rows.add(path.parent.name, event)
        for run_id, key in rows.dropped:
            cursor.execute("DELETE FROM stages WHERE run_id = ? AND key = ?", [run_id, key])
        self._insert(cursor, "runs", rows.runs, replace=True)
        self._insert(cursor, "stages", rows.stages, replace=True)

    def _store_jobs(self, cursor: duckdb.DuckDBPyConnection, batch: _Batch) -> None:
        pieces = [(path, events) for path, events in batch.pieces if not self._is_run(path)]
        if not pieces:
            return
        ids = sorted({path.parent.name for path, _ in pieces})
        rows = JobRows(
            _rows(cursor, "SELECT * FROM jobs WHERE job_id IN (SELECT unnest(?))", ids),
            self._declared,
        )
        for _, events in pieces:
            for event in events:
                rows.add(event)
        self._insert(cursor, "jobs", rows.jobs, replace=True)
        for table, results in rows.results.items():
            self._insert(cursor, table, results)
        names = ("catalog", "encoder", "target", "variant")
        touched = [dict(zip(names, group, strict=True)) for group in sorted(rows.touched, key=str)]
        self._insert(cursor, "stale_cells", touched)

    def _insert(
        self, cursor: duckdb.DuckDBPyConnection, table: str, rows: list[Row], replace: bool = False
    ) -> None:
        """Insert rows at once; one that is there already stays, or is replaced."""
        if not rows:
            return
        if table not in self._schemas:
            empty = cursor.sql(f"SELECT * FROM {table} LIMIT 0")
            self._schemas[table] = empty.to_arrow_table().schema
        cursor.register("incoming", pa.Table.from_pylist(rows, schema=self._schemas[table]))
        verb = "INSERT" if table == "stale_cells" else "INSERT OR IGNORE"
        verb = "INSERT OR REPLACE" if replace else verb
        cursor.execute(f"{verb} INTO {table} BY NAME SELECT * FROM incoming")
        cursor.unregister("incoming")

    def _refresh_cells(self) -> None:
        """Recompute the cells of all groups with new results, once per import."""
        with self._cursor() as cursor:
            groups = set(cursor.execute("SELECT DISTINCT * FROM stale_cells").fetchall())
            if groups:
                with _transaction(cursor):
                    cells.refresh(cursor, groups)
                    cursor.execute("DELETE FROM stale_cells")
                self.commits += 1

    def _declared(self, job_id: str) -> Row | None:
        """The stage that the job's folder names."""
        values = spool.read_json(self._home.jobs / job_id / spool.STAGE) or {}
        stage = values.get("stage")
        return stage if isinstance(stage, dict) else None

    def _is_run(self, path: Path) -> bool:
        return path.parent.parent == self._home.runs

    def _name(self, path: Path) -> str:
        return str(path.relative_to(self._home.root))

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor of its own: one connection must not be used by two threads at once."""
        cursor = self._connection.cursor()
        try:
            yield cursor
        finally:
            cursor.close()


@contextmanager
def _transaction(cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
    cursor.execute("BEGIN")
    try:
        yield
        cursor.execute("COMMIT")
    except BaseException as error:
        # A fatal error has already ended the transaction, and the database with it.
        if not isinstance(error, duckdb.FatalException):
            cursor.execute("ROLLBACK")
        raise


def _rows(cursor: duckdb.DuckDBPyConnection, sql: str, ids: list[str]) -> list[Row]:
    rows: list[Row] = cursor.sql(sql, params=[ids]).to_arrow_table().to_pylist()
    return rows
