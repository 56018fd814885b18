"""Processes that the suite measures in: forked, fresh or answering; each has a time limit."""

from __future__ import annotations

import json
import multiprocessing
import os
import pkgutil
import select
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from xfer_core.domain.errors import StageFailed

ROOT = Path(__file__).resolve().parent.parent.parent
PRELOADED = ["xfer_core.bench.preloaded"]
START_SECONDS = 120.0
"""The fork server may take so long to import its libraries, once."""


def forked(
    function: Callable[..., Any] | str,
    *arguments: object,
    log: Path,
    limit_seconds: float = 120.0,
) -> Any:
    """What a function returns in a process forked from one that has the libraries loaded.

    Each side of each round starts in a process of its own: no memory, thread pool or cache of
    one side helps or hurts the other.

    Args:
        function: one of a module, or "module:name" where this process shall not import it.
        arguments: plain values, or what multiprocessing can send.
        log: where its prints go.
        limit_seconds: after so long it is killed.

    Raises:
        StageFailed: it raised, died, or took too long.
    """
    name = function if isinstance(function, str) else function.__name__
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(sender, log, function, arguments))
    process.start()
    sender.close()
    try:
        if not receiver.poll(START_SECONDS + limit_seconds):
            raise StageFailed(f"{name} took longer than {limit_seconds:.0f} s.")
        ok, value = receiver.recv()
    except EOFError:
        process.join(5)
        raise StageFailed(f"{name} ended with exit code {process.exitcode}: {_tail(log)}") from None
    finally:
        receiver.close()
        process.kill()
        process.join()
    if not ok:
        raise StageFailed(f"{name} failed: {value}")
    return value


def _answer(
    sender: Connection,
    log: Path,
    function: Callable[..., Any] | str,
    arguments: tuple[object, ...],
) -> None:
    """What the forked process does."""
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(file, 1)
    os.dup2(file, 2)
    try:
        called = pkgutil.resolve_name(function) if isinstance(function, str) else function
        sender.send((True, called(*arguments)))
    except Exception as error:
        traceback.print_exc()
        sender.send((False, f"{type(error).__name__}: {error}"))


def fresh(
    command: Sequence[str],
    *,
    log: Path,
    limit_seconds: float,
    environment: Mapping[str, str] | None = None,
) -> float:
    """Wall seconds of a command in a process and session of its own, from start to end.

    Raises:
        StageFailed: it did not end with 0, or took longer than ``limit_seconds``.
    """
    started = time.perf_counter()
    with log.open("ab") as file:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
            start_new_session=True,
        )
        try:
            code = process.wait(limit_seconds)
        except subprocess.TimeoutExpired:
            raise StageFailed(f"{_name(command)} took longer than {limit_seconds:.0f} s.") from None
        finally:
            _end(process)
    if code:
        raise StageFailed(f"{_name(command)} ended with exit code {code}: {_tail(log)}")
    return time.perf_counter() - started


class Companion:
    """A program that answers one line of JSON with another, so that its start is paid once."""

    def __init__(self, python: Path, module: str, *, log: Path, start_seconds: float = 120.0):
        """Start ``python -m module`` and wait for its greeting.

        Raises:
            StageFailed: it does not come up.
        """
        self._module, self._log = module, log
        self._file = log.open("ab")
        self._process = subprocess.Popen(
            [str(python), "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._file,
            cwd=log.parent,
            env={**os.environ, **QUIET, "PYTHONPATH": str(ROOT)},
            start_new_session=True,
        )
        try:
            self.greeting = self._read(start_seconds)
        except BaseException:
            self.close()
            raise

    def ask(self, request: dict[str, Any], limit_seconds: float) -> dict[str, Any]:
        """Its answer.

        Raises:
            StageFailed: it ended, said that it failed, or took longer.
        """
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        self._process.stdin.flush()
        return self._read(limit_seconds)

    def close(self) -> None:
        """End it and all that it started."""
        _end(self._process)
        self._file.close()

    def __enter__(self) -> Self:
        """The companion itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it, whatever happened."""
        self.close()

    def _read(self, limit_seconds: float) -> dict[str, Any]:
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], limit_seconds)
        if not ready:
            raise StageFailed(f"{self._module} took longer than {limit_seconds:.0f} s.")
        line = self._process.stdout.readline()
        if not line:
            raise StageFailed(f"{self._module} ended without an answer: {_tail(self._log)}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise StageFailed(f"{self._module} failed: {answer['error']}")
        return answer


QUIET = {
    "HF_HUB_OFFLINE": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "TOKENIZERS_PARALLELISM": "false",
}


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill the process's whole session, if something of it is left."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _name(command: Sequence[str]) -> str:
    """The program of ``python -m program ...``, which says what failed."""
    return command[2] if list(command[:2]) == [sys.executable, "-m"] else command[0]


def _tail(log: Path) -> str:
    """The last line that a process left."""
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return lines[-1][:300] if lines else "it printed nothing"
