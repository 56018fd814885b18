"""A cluster that only pretends: stages take made-up times and leave events as real ones do."""

from __future__ import annotations

import heapq
import json
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from xfer_core import spool
from xfer_core.domain.event import Event, EventType
from xfer_core.domain.run import TRAINING, Stage, StageKind, State
from xfer_core.executors.base import Job
from xfer_core.home import Home

EXAMPLES = 60
CURVE_POINTS = 5


@dataclass
class PretendedJob:
    """A stage that ends at a moment which was drawn when it began."""

    stage: Stage
    ends: float
    succeeded: bool | None = None
    explanation: str = ""

    def cancel(self) -> None:
        """It ends at once, without a result."""
        self.succeeded = False

    def kill(self) -> None:
        """As cancel."""
        self.succeeded = False


class PretendedCluster:
    """An executor whose stages take exponentially distributed times and no processor."""

    def __init__(self, mean_seconds: float, seed: int = 1) -> None:
        """Of all stages, whatever their kind."""
        self._mean, self._chance = mean_seconds, random.Random(seed)
        self._queue: list[tuple[float, int, PretendedJob, Home, str]] = []
        self._number = 0
        self.spent = 0.0
        """Seconds that the pretended nodes needed for writing: not the runner's."""
        self.idle = 0.0
        """Seconds the runner slept."""

    def submit(self, home: Home, stage: Stage, run_id: str, force: bool) -> Job:
        """Draw how long it takes."""
        job = PretendedJob(stage, time.monotonic() + self._chance.expovariate(1 / self._mean))
        self._number += 1
        heapq.heappush(self._queue, (job.ends, self._number, job, home, run_id))
        return job

    def wait(self, jobs: Sequence[Job], seconds: float) -> None:
        """Sleep until the next stage ends; then it and all that are over leave their files."""
        if self._queue:
            pause = min(seconds, max(0.0, self._queue[0][0] - time.monotonic()))
            started = time.monotonic()
            time.sleep(pause)
            self.idle += time.monotonic() - started
        started = time.monotonic()
        while self._queue and self._queue[0][0] <= started:
            _, _, job, home, run_id = heapq.heappop(self._queue)
            _leave(home, job.stage, run_id)
            job.succeeded = True
        self.spent += time.monotonic() - started

    def close(self) -> None:
        """Nothing is held."""


def _leave(home: Home, stage: Stage, run_id: str) -> None:
    """What a worker leaves: stage, events, result. Nothing is synced: nodes have disks too."""
    folder = home.job(stage.key)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    payloads = [
        (EventType.STARTED, {"run_id": run_id, "stage": stage.to_json(), "pid": 1, "host": "n"}),
        *_results(stage),
        (EventType.FINISHED, {"wall_seconds": 1.0, "rows": 0}),
    ]
    at = spool.now()
    lines = [
        spool.encode(Event(stage.key, 1, seq, type_, at, payload))
        for seq, (type_, payload) in enumerate(payloads)
    ]
    (folder / spool.EVENTS).write_bytes(b"".join(lines))
    _write(folder / spool.STAGE, {"stage": stage.to_json(), "attempt": 1})
    result = {
        "job_id": stage.key,
        "run_id": run_id,
        "attempt": 1,
        "parent_attempt": 1 if stage.parent else None,
        "state": str(State.SUCCEEDED),
        "kind": str(stage.kind),
        "rows": len(lines),
        "wall_seconds": 1.0,
    }
    _write(folder / spool.RESULT, result)


def _results(stage: Stage) -> list[tuple[EventType, dict[str, Any]]]:
    if stage.kind in TRAINING:
        return [
            (
                EventType.PROGRESS,
                {"what": "train", "step": step, "steps": CURVE_POINTS, "loss": 1 / step},
            )
            for step in range(1, CURVE_POINTS + 1)
        ]
    if stage.kind is not StageKind.EVALUATE:
        return []
    chance = random.Random(stage.key)
    return [(EventType.SCORE, _score(language, chance)) for language in stage.languages]


def _score(language: str, chance: random.Random) -> dict[str, Any]:
    scores = [float(chance.random() < 0.5) for _ in range(EXAMPLES)]
    return {
        "language": language,
        "split": "test",
        "metric": "accuracy",
        "value": sum(scores) / EXAMPLES,
        "n_examples": EXAMPLES,
        "scores": scores,
        "weights": None,
    }


def _write(path: Any, values: dict[str, Any]) -> None:
    path.write_text(json.dumps(values), encoding="utf-8")
