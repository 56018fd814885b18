"""A reader's question in SQL, on its way through a child process that is killed when it must be.

Limits in the manner of Datasette's: a question that takes long is interrupted, then killed; a
long answer is cut, and says so; one question a reader and three in all at a time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from xfer_core.domain.errors import UsageError

CHILD = Path(__file__).with_name("child.py")
READY = b"ready\n"
START_SECONDS = 30.0
"""A busy machine may take so long to start a Python; the clock of the question starts after."""
LONGEST_SQL = 10_000
MOST_AT_ONCE = 3
_PASSED_ON = ("LD_LIBRARY_PATH", "SYSTEMROOT")


@dataclass(frozen=True)
class Limits:
    """What one question may use."""

    soft_seconds: float = 2.0
    """Then DuckDB is asked to stop."""
    hard_seconds: float = 4.0
    """Then the process is killed."""
    rows: int = 1000
    bytes: int = 1_000_000
    """Of the answer."""
    cell_characters: int = 2000
    memory_bytes: int = 512 * 2**20
    """Of address space, kept by the kernel."""


@dataclass(frozen=True)
class Answer:
    """Rows, or why there are none."""

    columns: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    """DuckDB's names of the columns' types."""
    rows: tuple[tuple[Any, ...], ...] = ()
    cut: str = ""
    """What was left out, in a sentence; "" if nothing was."""
    error: str = ""
    """Why there is no answer, in a sentence; "" if there is one."""
    seconds: float = 0.0
    """From the open database to the answer."""


class Question:
    """One question at work; ``answer`` comes within the hard limit, or says why it does not."""

    def __init__(self, database: Path, sql: str, limits: Limits, ended: Callable[[], None]) -> None:
        """Start the child.

        Args:
            database: a copy that nobody writes to.
            sql: what the reader typed.
            limits: what it may use.
            ended: called once, whatever became of it.
        """
        self._limits, self._ended = limits, ended
        self._over = threading.Event()
        self._is_cancelled = self._is_late = False
        self._answer = Answer(error="The question was not answered; ask it again.")
        self._child = subprocess.Popen(
            [sys.executable, "-I", "-X", "utf8", str(CHILD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=database.parent,
            env=_environment(),
            start_new_session=True,
        )
        asked = {"sql": sql, "database": database.name, **asdict(limits)}
        threading.Thread(target=self._carry, args=(asked,), name="sql", daemon=True).start()

    def answer(self, wait_seconds: float = 0.0) -> Answer | None:
        """The answer once it is there; None while the child works."""
        return self._answer if self._over.wait(wait_seconds) else None

    def cancel(self) -> None:
        """Kill the child; the answer then says so."""
        self._is_cancelled = True
        self._child.kill()

    def _carry(self, asked: dict[str, Any]) -> None:
        try:
            said, seconds = self._talk(asked)
            self._answer = self._read(said, seconds)
        except OSError:
            self._answer = Answer(error=self._why_nothing("The copy of the results did not open; "))
        except ValueError:
            self._answer = Answer(error=self._why_nothing())
        finally:
            self._child.kill()
            self._child.wait()
            self._over.set()
            self._ended()

    def _talk(self, asked: dict[str, Any]) -> tuple[bytes, float]:
        stdin, stdout = self._child.stdin, self._child.stdout
        assert stdin is not None and stdout is not None
        with stdin, stdout:
            clock = self._killed_after(START_SECONDS)
            stdin.write(json.dumps(asked).encode())
            stdin.close()
            is_ready = stdout.readline() == READY
            clock.cancel()
            began = time.monotonic()
            if not is_ready:
                raise OSError("The child did not open the database.")
            clock = self._killed_after(self._limits.hard_seconds)
            said = stdout.read(2 * self._limits.bytes)
            clock.cancel()
            return said, time.monotonic() - began

    def _killed_after(self, seconds: float) -> threading.Timer:
        def kill() -> None:
            self._is_late = True
            self._child.kill()

        clock = threading.Timer(seconds, kill)
        clock.daemon = True
        clock.start()
        return clock

    def _read(self, said: bytes, seconds: float) -> Answer:
        values = json.loads(said) if said else None
        if not isinstance(values, dict) or self._is_cancelled:
            return Answer(error=self._why_nothing(), seconds=seconds)
        if "kind" in values:
            return Answer(error=_sentence(values, self._limits), seconds=seconds)
        return Answer(
            columns=tuple(values["columns"]),
            types=tuple(values["types"]),
            rows=tuple(tuple(row) for row in values["rows"]),
            cut=_cut(values["cut"], len(values["rows"]), self._limits),
            seconds=seconds,
        )

    def _why_nothing(self, unready: str = "") -> str:
        if self._is_cancelled:
            return "The question was cancelled."
        if unready:
            return f"{unready}take a new copy of the results and ask again."
        return _sentence({"kind": "time" if self._is_late else "memory"}, self._limits)


class Desk:
    """Where questions are handed in: one a reader, a few in all."""

    def __init__(self, limits: Limits | None = None, most: int = MOST_AT_ONCE) -> None:
        """``limits`` hold for each question."""
        self.limits = limits or Limits()
        self._most = most
        self._lock = threading.Lock()
        self._at_work: set[str] = set()

    def ask(self, database: Path, sql: str, reader: str) -> Question:
        """Start answering.

        Raises:
            UsageError: nothing was typed, too much, or others are at work already.
        """
        if not sql.strip():
            raise UsageError("Expected a question in SQL, such as: SELECT * FROM cells; got none.")
        if len(sql) > LONGEST_SQL:
            raise UsageError(
                f"Expected at most {LONGEST_SQL:,} characters of SQL; got {len(sql):,}. Shorten it."
            )
        with self._lock:
            if reader in self._at_work:
                raise UsageError("Your last question is still at work; cancel it, or wait.")
            if len(self._at_work) >= self._most:
                raise UsageError(
                    f"{self._most} questions are at work already; ask again in a few seconds."
                )
            self._at_work.add(reader)
        try:
            return Question(database, sql, self.limits, lambda: self._leave(reader))
        except OSError as error:
            self._leave(reader)
            raise UsageError(
                f"The question could not be asked ({error.strerror}); try again in a moment."
            ) from error

    def _leave(self, reader: str) -> None:
        with self._lock:
            self._at_work.discard(reader)


def _environment() -> dict[str, str]:
    """No secret, no home: the child needs neither. One malloc arena keeps address space small."""
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {**kept, "MALLOC_ARENA_MAX": "1", "TZ": "UTC"}


def _sentence(values: dict[str, Any], limits: Limits) -> str:
    said = str(values.get("error", ""))
    match values["kind"]:
        case "time":
            return (
                f"The question took longer than {limits.soft_seconds:g} s and was stopped; ask for "
                "fewer rows, or add up in SQL."
            )
        case "memory":
            return (
                f"The question needed more than the {limits.memory_bytes // 2**20} MiB it may "
                "have; ask for fewer or shorter rows."
            )
        case "statements":
            return f"Expected one statement; got {said}. Ask one question at a time."
        case "statement":
            return f"Expected SELECT or EXPLAIN; got {said}. This page only reads."
    return said


def _cut(what: str, n_rows: int, limits: Limits) -> str:
    if what == "rows":
        return f"Only the first {n_rows:,} rows are shown; there are more."
    if what == "bytes":
        return (
            f"Only the first {n_rows:,} rows are shown: more would be over "
            f"{limits.bytes / 1e6:g} MB."
        )
    return ""
