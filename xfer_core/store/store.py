"""The open store: questions in SQL, and the thread that imports what the jobs append."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb
import pandas as pd

from xfer_core.domain.errors import StoreError, StoreOwned, XferError
from xfer_core.home import Home
from xfer_core.store import catalog_rows, opening
from xfer_core.store.answers import Answers
from xfer_core.store.frames import Parameters, frame
from xfer_core.store.ingest import Ingester
from xfer_core.store.ownership import Ownership
from xfer_core.store.seal import seal

SEAL_SECONDS = 3600.0
"""How often the owner looks for jobs that ended long enough ago to be sealed."""
BUSY_SHARE = 0.2
"""At most this share of the ingester's time goes into looking for news."""


class Store:
    """One store as its owner sees it; safe to share between threads."""

    def __init__(self, home: Home, database: str, lock: Ownership | None = None) -> None:
        """Use ``open``, ``temporary`` or ``connect`` instead.

        Args:
            home: the folders of the store.
            database: name of the file below the store folder, or ":memory:".
            lock: released when the store closes.
        """
        self.home = home
        self.notices: list[str] = []
        """What the user must know about the opening, in sentences."""
        self.ingest_error: str | None = None
        """Why the last import failed; None as soon as one succeeds."""
        self._database, self._lock = database, lock
        self._opening, self._importing = threading.RLock(), threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._version, self._answers = 0, Answers()
        self._open()

    @classmethod
    def open(cls, home: Home, ingest: bool = True) -> Store:
        """The store with its database, up to date if ``ingest``.

        Raises:
            StoreOwned: another process has it open; the sentence names it.
            StoreTooNew: a newer Xfer wrote it.
            StoreError: it cannot be read or written.
        """
        home.create()
        lock = Ownership(home)
        try:
            store = cls(home, home.database.name, lock)
        except BaseException:
            lock.release()
            raise
        return store._filled(ingest)

    @classmethod
    def temporary(cls, home: Home) -> Store:
        """The spool as it is now in an index in memory; needs no lock and writes nothing."""
        return cls(home, opening.MEMORY)._filled(True)

    @classmethod
    def connect(cls, home: Home) -> Store:
        """``open``, or ``temporary`` where another process owns the store."""
        try:
            return cls.open(home)
        except StoreOwned:
            return cls.temporary(home)

    @property
    def version(self) -> int:
        """Grows whenever rows were imported; the key of every cache."""
        return self._version

    @property
    def is_temporary(self) -> bool:
        """Whether this is an index in memory because another process owns the store."""
        return self._database == opening.MEMORY

    def query(self, sql: str, parameters: Parameters = ()) -> pd.DataFrame:
        """The rows of one SELECT. Values go in as ``?`` or ``$name`` parameters only.

        What many views ask for is worked out once per ``version``.

        Raises:
            StoreError: the question is wrong, or the database cannot be read even after it was
                reopened.
        """
        return self._answers.get(self._version, sql, parameters, self._query)

    def import_new(self) -> int:
        """Import what is new in the spool; returns how many events were read.

        Raises:
            StoreError: the database cannot be written even after it was reopened.
        """
        with self._importing:
            connection = self._connection
            try:
                return self._import()
            except duckdb.Error as error:
                if not _is_broken(error):
                    raise _not_imported(error) from error
                self._reopen(connection, error)
            try:
                return self._import()
            except duckdb.Error as error:
                raise _not_imported(error) from error

    def copy_to(self, path: Path) -> None:
        """Write the database as it is now into a new file that needs no other file beside it.

        Raises:
            StoreError: this is an index in memory, or the database cannot be read.
            OSError: the copy cannot be written.
        """
        if self.is_temporary:
            raise StoreError("Another process owns the store; only its owner can copy it.")
        with self._importing:  # nothing is written meanwhile
            opening.copy(self._connection, self._path, path)

    def start_ingesting(self, interval: float = 0.3) -> None:
        """Import in a thread from now on, every ``interval`` seconds while that is cheap."""
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._ingest, args=(interval,), name="ingester", daemon=True
            )
            self._thread.start()

    def close(self) -> None:
        """Stop importing, close the database, let another process own it."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        with self._opening:
            self._connection.close()
            self._answers = Answers()
        if self._lock is not None:
            self._lock.release()

    def __enter__(self) -> Self:
        """The store itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close, whatever happened."""
        self.close()

    def _query(self, sql: str, parameters: Parameters) -> pd.DataFrame:
        connection = self._connection
        try:
            return _ask(connection, sql, parameters)
        except duckdb.Error as error:
            if not _is_broken(error):
                raise _unanswered(error) from error
            self._reopen(connection, error)
            if self.is_temporary or opening.is_corrupt(error):
                self.import_new()
        try:
            return _ask(self._connection, sql, parameters)
        except duckdb.Error as error:
            raise _unanswered(error) from error

    def _open(self) -> None:
        """Open the database; one that turns out to be damaged is set aside for a new one."""
        try:
            self._open_once()
        except duckdb.Error as error:
            if self.is_temporary or not opening.is_corrupt(error):
                raise _unanswered(error) from error
            self._set_aside(error)
            self._open_once()

    def _open_once(self) -> None:
        if self.is_temporary:
            self._connection = opening.open_memory()
        else:
            self._connection = opening.open_file(self._path, self.notices)
        try:
            catalog_rows.fill(self._connection)
            self._ingester = Ingester(self._connection, self.home)
        except BaseException:
            self._connection.close()
            raise

    @property
    def _path(self) -> Path:
        return self.home.root / self._database

    def _set_aside(self, error: duckdb.Error) -> None:
        aside = opening.set_aside(self._path, "corrupt")
        self.notices.append(
            f"The database was damaged ({opening.first_line(error)}); it was kept as {aside.name} "
            "and rebuilt from the spool, nothing is lost."
        )

    def _filled(self, ingest: bool) -> Store:
        try:
            if ingest or self.notices:
                self.import_new()
        except BaseException:
            self.close()
            raise
        return self

    def _import(self) -> int:
        ingester = self._ingester
        before = ingester.commits
        try:
            return ingester.import_new()
        finally:
            self._version += ingester.commits - before

    def _ingest(self, interval: float) -> None:
        seal_at = 0.0
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                self.import_new()
                if began >= seal_at:
                    seal_at = began + SEAL_SECONDS
                    seal(self.home)
                self.ingest_error = None
            except XferError as error:
                self.ingest_error = str(error)
            except Exception as error:
                # Whatever it is, the page shows it and the next round tries again: a dead thread
                # would let the figures stand still without a word.
                self.ingest_error = f"Importing failed with {error!r}; run `xfer doctor`."
            took = time.monotonic() - began
            self._stop.wait(max(interval, took / BUSY_SHARE))

    def _reopen(self, broken: duckdb.DuckDBPyConnection, error: duckdb.Error) -> None:
        """Open the database again, once for all threads that ran into the same dead one."""
        with self._opening:
            if self._stop.is_set():
                raise StoreError("The store was closed; open it again.") from error
            if self._connection is not broken:
                return
            broken.close()
            if opening.is_corrupt(error) and not self.is_temporary:
                self._set_aside(error)
            self._open()
            self._version += 1


def _ask(connection: duckdb.DuckDBPyConnection, sql: str, parameters: Parameters) -> pd.DataFrame:
    cursor = connection.cursor()
    try:
        return frame(cursor, sql, parameters)
    finally:
        cursor.close()


def _is_broken(error: duckdb.Error) -> bool:
    """Whether only a new connection can help."""
    closed = isinstance(error, duckdb.ConnectionException) and "closed" in str(error).lower()
    return closed or isinstance(error, duckdb.FatalException) or opening.is_corrupt(error)


def _unanswered(error: duckdb.Error) -> StoreError:
    return StoreError(
        f"The store could not answer a question ({opening.first_line(error)}); run `xfer doctor`."
    )


def _not_imported(error: duckdb.Error) -> StoreError:
    return StoreError(
        f"New results could not be imported ({opening.first_line(error)}); nothing is lost, they "
        "stay in the spool: free disk space if it is full, and run `xfer doctor`."
    )
