"""Opening the database: its schema, its version, and what to do when it cannot be read."""

from __future__ import annotations

import os
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from xfer_core.domain.errors import StoreError, StoreOwned, StoreTooNew

SCHEMA_VERSION = 5
MEMORY = ":memory:"
_SCHEMA = Path(__file__).with_name("schema.sql")
_CONFIG = {
    # Extensions would be asked for over the network, and SQL has no business with other files.
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "enable_external_access": "false",
}
_LOOKS = 20
"""How often a copy tries to bring all that was written into the one file."""
_NOT_CORRUPT = (
    "No space left",
    "Permission denied",
    "Read-only file system",
    "Too many open files",
    "Cannot open file",
    "File too large",
)


def open_memory() -> duckdb.DuckDBPyConnection:
    """A database in memory with empty tables."""
    connection = _connect(MEMORY)
    _create(connection)
    return connection


def open_file(path: Path, notices: list[str]) -> duckdb.DuckDBPyConnection:
    """The database at ``path`` with the tables of this version, empty if it had to be made.

    What cannot be read, or is of an older version, is renamed, never deleted, and said so in
    ``notices``: the caller fills the new one from the spool.

    Raises:
        StoreTooNew: a newer Xfer wrote it; the file is untouched.
        StoreOwned: another program has it open.
        StoreError: it cannot be opened, and that is not the file's fault.
    """
    version = None
    try:
        version = _version(path)
        if version is not None and version > SCHEMA_VERSION:
            raise StoreTooNew(
                f"The store {path.parent} has version {version} and this Xfer reads up to "
                f"{SCHEMA_VERSION}; update Xfer, or name another store with --home."
            )
        if version in (None, SCHEMA_VERSION):
            return _ready(path, version)
    except duckdb.Error as error:
        _refuse(path, error)
        aside = set_aside(path, "corrupt")
        notices.append(
            f"The database could not be read ({first_line(error)}); it was kept as {aside.name} "
            "and rebuilt from the spool, nothing is lost."
        )
        return _ready(path, None)
    aside = set_aside(path, f"v{version}")
    notices.append(
        f"The database was of version {version}; it was kept as {aside.name} and rebuilt as "
        f"version {SCHEMA_VERSION} from the spool."
    )
    return _ready(path, None)


def set_aside(path: Path, why: str) -> Path:
    """Rename a database and its WAL to ``<name>.<why>-<time>``; returns the new name.

    The WAL goes first: a database that has lost its WAL is only behind, but a WAL beside a new
    database would be replayed into it.
    """
    aside = path.with_name(f"{path.name}.{why}-{datetime.now(UTC):%Y%m%dT%H%M%S.%f}")
    wal = wal_of(path)
    if wal.exists():
        os.replace(wal, wal_of(aside))
    if path.exists():
        os.replace(path, aside)
    return aside


def copy(connection: duckdb.DuckDBPyConnection, path: Path, target: Path) -> None:
    """Copy an open database that nobody writes to now, readable by its owner alone.

    Raises:
        StoreError: what was just written cannot be brought into the file.
        OSError: the copy cannot be written.
    """
    for _ in range(_LOOKS):
        try:
            connection.cursor().execute("CHECKPOINT")
        except duckdb.Error as error:
            raise StoreError(
                f"The results could not be copied ({first_line(error)}); try again in a moment."
            ) from error
        if not _has_wal(path):
            break
        time.sleep(0.1)  # somebody reads a state from before it
    else:
        raise StoreError("The results could not be copied while they are read; try again.")
    with open(target, "wb", opener=_private) as copied, path.open("rb") as file:
        shutil.copyfileobj(file, copied, 2**20)


def wal_of(path: Path) -> Path:
    """The write-ahead log beside a database."""
    return path.with_name(f"{path.name}.wal")


def is_corrupt(error: duckdb.Error) -> bool:
    """Whether the error says that the file's content is damaged."""
    message = str(error).lower()
    return any(sign in message for sign in ("corrupt", "checksum", "not a valid duckdb"))


def first_line(error: BaseException) -> str:
    """The first sentence of an error, without the rest of its report."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _connect(path: str, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(path, read_only=read_only, config=dict(_CONFIG))
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    return connection


def _version(path: Path) -> int | None:
    """The schema version on disk; None for a missing or still empty database.

    Read-only, because opening for writing would already change a newer version's file.
    """
    if not path.exists():
        return None
    connection = _connect(str(path), read_only=True)
    try:
        found = "SELECT count(*) FROM duckdb_tables()"
        if connection.execute(found).fetchall() == [(0,)]:
            return None
        rows = connection.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchall()
        return int(rows[0][0]) if rows and str(rows[0][0]).isdigit() else 0
    finally:
        connection.close()


def _ready(path: Path, version: int | None) -> duckdb.DuckDBPyConnection:
    connection = _connect(str(path))
    try:
        if version is None:
            _create(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _create(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("BEGIN")
    connection.execute(_SCHEMA.read_text(encoding="utf-8"))
    version = ["schema_version", str(SCHEMA_VERSION)]
    connection.execute("INSERT INTO meta VALUES (?, ?)", version)
    connection.execute("COMMIT")


def _has_wal(path: Path) -> bool:
    wal = wal_of(path)
    return wal.exists() and wal.stat().st_size > 0


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _refuse(path: Path, error: duckdb.Error) -> None:
    """Raise if the error is not about the file's content."""
    message = str(error)
    if "Could not set lock" in message:
        raise StoreOwned(
            f"The database of the store {path.parent} is open in another program; close it, or "
            "name another store with --home or XFER_HOME."
        ) from error
    if "version number" in message:
        raise StoreTooNew(
            f"The database of the store {path.parent} was written by a newer DuckDB than "
            f"{duckdb.__version__}; update Xfer, or name another store with --home."
        ) from error
    if isinstance(error, duckdb.OutOfMemoryException) or any(
        sign in message for sign in _NOT_CORRUPT
    ):
        raise StoreError(
            f"The database of the store {path.parent} cannot be opened ({first_line(error)}); "
            "free disk space or memory, or check the folder's permissions, and try again."
        ) from error
