"""One stage in one process: locks, events, result. What an executor starts."""

from __future__ import annotations

import os
import platform
import shutil
import signal
import socket
import time
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from importlib.metadata import version
from types import FrameType

from xfer_core import jobs, locks, spool
from xfer_core.domain.errors import XferError
from xfer_core.domain.event import EventType
from xfer_core.domain.run import Stage, StageKind, State
from xfer_core.home import Home

Work = Callable[[Home, Stage, spool.Writer], None]

JOB_LOCK = "job.lock"
PACKAGES = ("torch", "transformers", "tokenizers", "numpy", "accelerate")


def run_stage(home: Home, stage: Stage, run_id: str, force: bool = False) -> int:
    """Do a stage, or wait for whoever is doing it; 0 when its result is there, else 1.

    The job's lock is held while working, so two runs that need the same stage compute it once.
    Slots of the machine are taken after that: one for a stage, all for a latency measurement.
    """
    signal.signal(signal.SIGTERM, _stop)
    folder = home.job(stage.key)
    with ExitStack() as held:
        held.enter_context(locks.exclusive(folder / JOB_LOCK))
        if _is_done(home, stage, run_id, force):
            return 0
        exclusive = stage.kind is StageKind.LATENCY
        held.enter_context(locks.slots(all_of_them=exclusive))
        attempt = jobs.next_attempt(home, stage)
        writer = held.enter_context(spool.Writer(folder, stage.key, attempt))
        return _attempt(home, stage, run_id, attempt, writer)


def _is_done(home: Home, stage: Stage, run_id: str, force: bool) -> bool:
    """A forced stage is done only when this very run did it."""
    if not jobs.is_finished(home, stage):
        return False
    result = spool.read_json(home.job(stage.key) / spool.RESULT) or {}
    return not force or result.get("run_id") == run_id


def _attempt(home: Home, stage: Stage, run_id: str, attempt: int, writer: spool.Writer) -> int:
    started = time.monotonic()
    state = State.FAILED
    writer.append(EventType.STARTED, run_id=run_id, stage=stage.to_json(), **_conditions())
    try:
        _work(stage.kind)(home, stage, writer)
        state = State.SUCCEEDED
    except _Stopped:
        cancelled = str(State.CANCELLED)
        writer.append(EventType.FAILED, message="Cancelled.", traceback="", state=cancelled)
        state = State.CANCELLED
    except Exception as error:
        # Whatever a stage dies of belongs in its events, where the pages show it.
        writer.append(EventType.FAILED, message=_sentence(error), traceback=traceback.format_exc())
        traceback.print_exc()
    seconds = time.monotonic() - started
    if state is State.SUCCEEDED:
        writer.append(EventType.FINISHED, wall_seconds=seconds, rows=writer.rows)
    writer.sync()
    spool.publish(
        home.job(stage.key) / spool.RESULT,
        {
            "job_id": stage.key,
            "run_id": run_id,
            "attempt": attempt,
            "parent_attempt": jobs.last_attempt(home, stage.parent),
            "state": str(state),
            "kind": str(stage.kind),
            "rows": writer.rows,
            "sha256": writer.sha256,
            "wall_seconds": seconds,
        },
    )
    return 0 if state is State.SUCCEEDED else 1


def _work(kind: StageKind) -> Work:
    """The function of a kind; torch is imported here and not before."""
    if kind is StageKind.PRETRAIN:  # needs scikit-learn, which no other stage does
        from xfer_core.stages.pretraining.stage import pretrain

        return pretrain
    from xfer_core.stages.evaluate import evaluate
    from xfer_core.stages.latency import measure
    from xfer_core.stages.train import train

    return {
        StageKind.INTERMEDIATE: train,
        StageKind.TARGET: train,
        StageKind.EVALUATE: evaluate,
        StageKind.LATENCY: measure,
    }[kind]


def _conditions() -> dict[str, object]:
    return {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in PACKAGES},
    }


def _sentence(error: Exception) -> str:
    """What a person reads first: our own sentence, or the library's with its kind."""
    if isinstance(error, XferError):
        return str(error)
    if isinstance(error, OSError) and error.errno == 28:
        free = shutil.disk_usage(".").free // 2**20
        return f"The disk is full ({free} MiB free); free some space and resume the run."
    if _is_memory(error):
        return (
            "The stage ran out of memory; lower batch_tokens and raise accumulate by as much, set "
            "gradient_checkpointing=true, or use fewer slots."
        )
    return f"{type(error).__name__}: {error}"


def _is_memory(error: Exception) -> bool:
    """A GPU's or the processor's; torch is not imported here, so its class is told by its name."""
    told = str(error)
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"
        or "not enough memory" in told
        or "can't allocate memory" in told
    )


class _Stopped(BaseException):
    """The run was cancelled."""


def _stop(number: int, frame: FrameType | None) -> None:
    raise _Stopped
