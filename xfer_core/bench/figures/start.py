"""P5: from the request for a stage to the first line that the stage writes."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, datetime
from statistics import median

from xfer_core import spool
from xfer_core.bench import engine, isolation
from xfer_core.bench.figure import Figure, Found, Measurement, Part, Settings
from xfer_core.bench.ratios import interleaved, paired
from xfer_core.domain.errors import StageFailed
from xfer_core.domain.event import EventType
from xfer_core.domain.run import Stage, StageKind
from xfer_core.executors.local import LocalExecutor
from xfer_core.home import Home

IMPORT = "import torch, transformers"
LIMIT_MS = 100.0
LIMIT_SECONDS = 120.0
STARTS = 5
"""Starts of ours a round: one is over in a moment, and the median of several says more."""
RATIO = Part("P5a", "starting a stage", f'a fresh python -c "{IMPORT}"', 100.0)
TIME = Part("P5b", "starting a stage", f"the limit of {LIMIT_MS:.0f} ms", 1.0)


def run(settings: Settings) -> Found:
    """A fork server that is up already, as in the middle of a run, against a fresh process."""
    plan = engine.planned(
        settings.home,
        ("mini-sst",),
        1,
        target={"steps": 1, "train_examples": 8, "batch_tokens": 32},
    )
    stage = engine.only(plan, StageKind.TARGET)
    isolation.forked(engine.prepare, settings.home, stage, log=settings.folder / "log.txt")
    executor = LocalExecutor()
    starts = iter(range(1000))
    sides = {
        "theirs": lambda number: _import_seconds(),
        "ours": lambda number: median(
            _start_seconds(executor, settings.home, stage, f"run-{next(starts)}")
            for _ in range(settings.either(STARTS, 2))
        ),
    }
    found = interleaved(sides, settings.either(3, 1))
    ours, theirs = found["ours"], found["theirs"]
    note = (
        "From submitting a stage to the local executor to its 'started' event, lock, slot and "
        f"attempt number included; {settings.either(STARTS, 2)} starts a round. The fork server "
        "was up: it starts once per run."
    )
    seconds = median(ours)
    return {
        RATIO.id: Measurement(
            paired(theirs, ours), seconds, median(theirs), "s", None, f"{note} {_baseline_note()}"
        ),
        TIME.id: Measurement(
            tuple(LIMIT_MS / 1000 / one for one in ours),
            1000 * seconds,
            LIMIT_MS,
            "ms",
            None,
            note,
        ),
    }


def _baseline_note() -> str:
    return (
        "The baseline imports the bare packages; the classes that a stage uses load lazily and "
        "would come on top."
    )


def _import_seconds() -> float:
    """From starting Python to the line behind its imports."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", f"{IMPORT}; print(1, flush=True)"], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        seconds = time.perf_counter() - started
        process.wait(LIMIT_SECONDS)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    if not line:
        raise StageFailed(f'python -c "{IMPORT}" ended without importing them.')
    return seconds


def _start_seconds(executor: LocalExecutor, home: Home, stage: Stage, run_id: str) -> float:
    asked = datetime.now(UTC)
    job = executor.submit(home, stage, run_id, True)
    deadline = time.monotonic() + LIMIT_SECONDS
    while job.succeeded is None and time.monotonic() < deadline:
        executor.wait([job], 1.0)
    if not job.succeeded:
        job.kill()
        raise StageFailed(f"A stage of one step did not succeed: {job.explanation}")
    found, _, _ = spool.read_events(home.job(stage.key) / spool.EVENTS)
    began = [event.at for event in found if event.type is EventType.STARTED][-1]
    return max(0.001, (datetime.fromisoformat(began) - asked).total_seconds())


REASON = (
    "The limit of 100 ms is kept. The ratio is missed because the imports take about 4.5 s "
    "here, from a warm file cache, and not the 9 to 10 s of the machine that the goal was set "
    "on."
)
P5 = Figure("P5", (RATIO, TIME), run, reason=REASON)
