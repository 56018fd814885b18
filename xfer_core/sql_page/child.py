"""Answers one question and ends: the process that ``asking`` starts, and kills if it must.

It is run as a file of its own (``python -I child.py``), with nothing of Xfer in it: what a reader
typed meets a read-only copy of the database, a locked configuration, and limits that the kernel
keeps. DuckDB's own interrupt and memory limit come first, because they end in a sentence; they
are a courtesy, not a boundary.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import threading
from typing import Any

READY = b"ready\n"
CONFIG = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
    "memory_limit": "256MB",
    "threads": "2",
    "temp_directory": "",
    "lock_configuration": "true",
}
NUMBERS = (
    *("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UHUGEINT", "UTINYINT", "USMALLINT"),
    *("UINTEGER", "UBIGINT", "FLOAT", "DOUBLE", "BOOLEAN"),
)
LARGEST = 2**63


def main() -> None:
    """Read the question from standard input, write ``READY`` and then the answer as JSON."""
    asked = json.load(sys.stdin.buffer)
    _limit_memory_and_files(asked)
    try:
        answer = _answer(asked)
    except MemoryError:
        answer = {"kind": "memory", "error": ""}
    sys.stdout.buffer.write(json.dumps(answer).encode())
    sys.stdout.buffer.flush()
    os._exit(0)  # tidying up would take longer than some answers


def _limit_memory_and_files(asked: dict[str, Any]) -> None:
    bytes_ = int(asked["memory_bytes"])
    resource.setrlimit(resource.RLIMIT_AS, (bytes_, bytes_))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_time(asked: dict[str, Any]) -> None:
    """A clock of our own, for the case that whoever started us is gone."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent, hard = used.ru_utime + used.ru_stime, float(asked["hard_seconds"])
    seconds = int(spent + 2 * hard) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    signal.setitimer(signal.ITIMER_REAL, hard + 1.0)


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    connection = connected(asked["database"])
    _limit_time(asked)
    sys.stdout.buffer.write(READY)
    sys.stdout.buffer.flush()
    clock = threading.Timer(float(asked["soft_seconds"]), connection.interrupt)
    clock.daemon = True
    clock.start()
    return reply(connection, asked)


def connected(database: str) -> Any:
    """The copy, read-only, with a configuration that no statement can change."""
    import duckdb

    return duckdb.connect(database, read_only=True, config=dict(CONFIG))


def reply(connection: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """Columns and rows, or ``kind`` and ``error`` of a question that has no answer."""
    import duckdb

    try:
        refusal = _refusal(duckdb, connection.extract_statements(asked["sql"]))
        return refusal or _rows(connection, asked)
    except duckdb.InterruptException:
        return {"kind": "time", "error": ""}
    except duckdb.OutOfMemoryException:
        return {"kind": "memory", "error": ""}
    except duckdb.Error as error:
        return {"kind": "refused", "error": str(error)[:1500]}
    except (TypeError, ValueError, OverflowError) as error:  # a value that Python cannot hold
        return {"kind": "refused", "error": f"A value of the answer cannot be shown: {error}"[:500]}


def _refusal(duckdb: Any, statements: list[Any]) -> dict[str, Any] | None:
    """Exactly one statement that reads; what it may read the configuration decides."""
    if len(statements) != 1:
        return {"kind": "statements", "error": str(len(statements))}
    kind = statements[0].type
    if kind not in (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN):
        return {"kind": "statement", "error": str(kind).rpartition(".")[2]}
    return None


def _rows(connection: Any, asked: dict[str, Any]) -> dict[str, Any]:
    found = connection.sql(asked["sql"])
    if found is None:
        return {"columns": [], "types": [], "rows": [], "cut": ""}
    columns, types = list(found.columns), [str(kind) for kind in found.types]
    longest, most = int(asked["cell_characters"]), int(asked["rows"])
    shown = ", ".join(_shown(place, kind, longest) for place, kind in enumerate(types, 1))
    reading = found.select(shown).limit(most + 1)
    rows: list[list[Any]] = []
    size, cut = 0, ""
    for row in reading.fetchall():
        values = [_plain(value) for value in row]
        size += len(json.dumps(values))
        if len(rows) == most or size > int(asked["bytes"]):
            cut = "rows" if len(rows) == most else "bytes"
            break
        rows.append(values)
    return {"columns": columns, "types": types, "rows": rows, "cut": cut}


def _shown(place: int, kind: str, longest: int) -> str:
    """The SQL of a column: numbers as they are, all else as text that fits a cell."""
    if kind in NUMBERS:
        return f"#{place}"
    if kind.startswith("DECIMAL"):
        return f"CAST(#{place} AS DOUBLE)"
    return f"left(CAST(#{place} AS VARCHAR), {longest})"


def _plain(value: Any) -> Any:
    """A number too large for a table column becomes text."""
    return str(value) if isinstance(value, int) and abs(value) >= LARGEST else value


if __name__ == "__main__":
    main()
