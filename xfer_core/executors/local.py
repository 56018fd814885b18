"""Runs each stage in a process of its own, forked from a server that has torch loaded.

Importing torch and transformers takes seconds; forking a process that has them takes
milliseconds. The server starts no thread pool and touches no GPU before it forks.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerProcess

from xfer_core import spool
from xfer_core.domain.run import Stage
from xfer_core.executors.base import Job
from xfer_core.home import Home
from xfer_core.stages.worker import run_stage

PRELOADED = ["xfer_core.stages.preloaded"]


@dataclass
class LocalJob:
    """A stage in a forked process."""

    stage: Stage
    process: ForkServerProcess

    @property
    def succeeded(self) -> bool | None:
        """None while the process lives; then whether it ended with 0."""
        code = self.process.exitcode
        return None if code is None else code == 0

    @property
    def explanation(self) -> str:
        """Signal or exit code of a process that did not end with 0."""
        code = self.process.exitcode or 0
        if code == -signal.SIGKILL:
            return "The stage's process was killed (signal 9), possibly for lack of memory."
        if code < 0:
            return f"The stage's process was ended by {signal.Signals(-code).name}."
        return f"The stage's process ended with exit code {code}." if code else ""

    def cancel(self) -> None:
        """SIGTERM."""
        self.process.terminate()

    def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()


class LocalExecutor:
    """Processes on this machine; how many work at once is bounded by the machine's slots."""

    def __init__(self) -> None:
        """Start the fork server: it imports torch while the plan is made."""
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(PRELOADED)
        forkserver.ensure_running()

    def submit(self, home: Home, stage: Stage, run_id: str, force: bool) -> Job:
        """Fork a process that does the stage."""
        process = self._context.Process(
            target=_work, args=(home, stage, run_id, force), name=stage.name
        )
        process.start()
        return LocalJob(stage, process)

    def wait(self, jobs: Sequence[Job], seconds: float) -> None:
        """Sleep until a process ends, at most so long."""
        wait([job.process.sentinel for job in jobs if isinstance(job, LocalJob)], seconds)

    def close(self) -> None:
        """The server ends with this process."""


def _work(home: Home, stage: Stage, run_id: str, force: bool) -> None:
    """What the forked process does: its prints go to the job's own log."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the runner decides what Ctrl-C means
    folder = home.job(stage.key)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    log = os.open(folder / spool.LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    sys.exit(run_stage(home, stage, run_id, force))
