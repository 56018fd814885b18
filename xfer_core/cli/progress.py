"""Progress bars of a run in a terminal; plain lines where there is no terminal."""

from __future__ import annotations

import time
from collections import defaultdict
from types import TracebackType
from typing import Self

from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from xfer_core import jobs, locks, spool
from xfer_core.cli.output import console, duration
from xfer_core.domain.event import EventType
from xfer_core.domain.run import Stage, StageKind
from xfer_core.home import Home
from xfer_core.pace import START_SECONDS, pace_of, work
from xfer_core.scheduling import Progress

LINE_SECONDS = 10.0


class RunProgress:
    """Stages, the steps of what runs now, and the time left; give it to ``runner.run``."""

    def __init__(self, home: Home) -> None:
        """Nothing is drawn before the first observation."""
        self._home = home
        self._pace, self._asked = jobs.pace(home), time.monotonic()
        self._open: dict[StageKind, float] | None = None
        self._closed = 0
        self._offsets: dict[str, int] = {}
        self._steps: dict[str, tuple[int, int]] = {}
        self._bars = Bars(
            TextColumn("{task.description}"),
            BarColumn(bar_width=28),
            TextColumn("{task.completed:.0f}/{task.total:.0f}"),
            TextColumn("{task.fields[note]}", style="dim"),
            TimeElapsedColumn(),
            console=console,
        )
        self._overall: TaskID | None = None
        self._lines: dict[str, TaskID] = {}
        self._said = 0.0

    def __enter__(self) -> Self:
        """Start drawing, in a terminal."""
        if console.is_terminal:
            self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop drawing."""
        if console.is_terminal:
            self._bars.stop()

    def __call__(self, progress: Progress) -> None:
        """Show how far the run is."""
        if console.is_terminal:
            self._draw(progress, self._note(progress))
        elif time.monotonic() - self._said > LINE_SECONDS:
            self._said = time.monotonic()
            stages = f"stages {progress.ended}/{len(progress.plan.stages)}"
            console.print(f"{stages}, {self._note(progress)}")

    def _note(self, progress: Progress) -> str:
        left = f"about {duration(self._seconds_left(progress))} left, "
        left += f"{len(progress.reused)} reused"
        return left + (f", {len(progress.failed)} failed" if progress.failed else "")

    def _draw(self, progress: Progress, left: str) -> None:
        if self._overall is None:
            self._overall = self._bars.add_task("stages", total=1, note="")
        total = len(progress.plan.stages)
        self._bars.update(self._overall, completed=progress.ended, total=total, note=left)
        for key in [key for key in self._lines if key not in progress.running]:
            self._bars.remove_task(self._lines.pop(key))
        for key, job in progress.running.items():
            step, steps = self._position(job.stage)
            if key not in self._lines:
                self._lines[key] = self._bars.add_task("", total=None, note="steps")
            self._bars.update(
                self._lines[key], description=job.stage.name, completed=step, total=steps
            )

    def _position(self, stage: Stage) -> tuple[int, int]:
        path = self._home.job(stage.key) / spool.EVENTS
        events, self._offsets[stage.key], _ = spool.read_events(
            path, self._offsets.get(stage.key, 0)
        )
        for event in events:
            if event.type is EventType.PROGRESS:
                self._steps[stage.key] = (event.payload["step"], event.payload["steps"])
        return self._steps.get(stage.key, (0, 1))

    def _seconds_left(self, progress: Progress) -> float:
        if time.monotonic() - self._asked > LINE_SECONDS:  # this run's own stages tell most
            self._pace, self._asked = jobs.pace(self._home), time.monotonic()
        left, stages = self._work_left(progress), len(progress.plan.stages) - progress.ended
        for job in progress.running.values():
            step, steps = self._position(job.stage)
            left[job.stage.kind] -= work(job.stage) * step / steps
        seconds = sum(n * pace_of(kind, self._pace) for kind, n in left.items())
        at_a_time = min(locks.slot_count(), max(1, stages))
        return (seconds + stages * START_SECONDS) / at_a_time

    def _work_left(self, progress: Progress) -> dict[StageKind, float]:
        """By kind; each stage is looked at when it ends, however many there are."""
        if self._open is None:
            self._open = defaultdict(float)
            for stage in progress.plan.stages:
                if stage.key not in progress.reused:
                    self._open[stage.kind] += work(stage)
        for stage in progress.closed[self._closed :]:
            self._open[stage.kind] -= work(stage)
        self._closed = len(progress.closed)
        return dict(self._open)
