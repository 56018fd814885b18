"""Runs stages one after the other in this very process: for debugging and for tests."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from dataclasses import dataclass

from xfer_core.domain.run import Stage
from xfer_core.executors.base import Job
from xfer_core.home import Home
from xfer_core.stages.worker import run_stage


@dataclass
class InlineJob:
    """A stage that has already ended when ``submit`` returns."""

    stage: Stage
    succeeded: bool | None
    explanation: str = ""

    def cancel(self) -> None:
        """Nothing is left to stop."""

    def kill(self) -> None:
        """Nothing is left to stop."""


class InlineExecutor:
    """Does the work in ``submit``."""

    def submit(self, home: Home, stage: Stage, run_id: str, force: bool) -> Job:
        """Run the stage now."""
        before = signal.getsignal(signal.SIGTERM)
        try:
            return InlineJob(stage, run_stage(home, stage, run_id, force) == 0)
        finally:
            signal.signal(signal.SIGTERM, before)

    def wait(self, jobs: Sequence[Job], seconds: float) -> None:
        """Every job has ended already."""

    def close(self) -> None:
        """Nothing is held."""
