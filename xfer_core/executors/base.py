"""The contract of an executor: start a stage somewhere, watch it, stop it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from xfer_core.domain.run import Stage
from xfer_core.home import Home


class Job(Protocol):
    """A stage handed to an executor."""

    stage: Stage

    @property
    def succeeded(self) -> bool | None:
        """None while it works; then whether its result is there."""
        ...

    @property
    def explanation(self) -> str:
        """Why it ended without a result of its own, such as "killed by signal 9"."""
        ...

    def cancel(self) -> None:
        """Ask it to stop (SIGTERM or the like); returns at once."""
        ...

    def kill(self) -> None:
        """Stop it for good."""
        ...


class Executor(Protocol):
    """Starts stages; closing it leaves no process behind."""

    def submit(self, home: Home, stage: Stage, run_id: str, force: bool) -> Job:
        """Start a stage."""
        ...

    def wait(self, jobs: Sequence[Job], seconds: float) -> None:
        """Sleep until one of the jobs ends, at most so long."""
        ...

    def close(self) -> None:
        """Free what the executor holds."""
        ...
