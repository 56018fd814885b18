"""Starts, stops and looks at runs: what a button and a command have in common."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from xfer_core import jobs, locks, spool
from xfer_core.domain.errors import UsageError
from xfer_core.domain.event import EventType
from xfer_core.domain.run import TERMINAL, TRAINING, State
from xfer_core.estimates import Estimator, Throughput
from xfer_core.home import Home
from xfer_core.planning import check, estimated_seconds, reusable, shared, unshared
from xfer_core.runner import RUN_LOCK, plan_run
from xfer_core.specification import Spec

STARTING_SECONDS = 20.0
"""A new runner may take so long to import its libraries before it takes its lock."""
_PASSED_ON = (
    "PATH HOME LANG LC_ALL TZ TMPDIR VIRTUAL_ENV PYTHONPATH XDG_CACHE_HOME CUDA_VISIBLE_DEVICES "
    "XFER_SLOTS XFER_SLOT_FOLDER XFER_XTREME_DIR XFER_DATA_DIR XFER_CATALOG_DIR "
    "XFER_CATALOG_FILES HF_HOME HF_HUB_CACHE HF_DATASETS_CACHE HF_HUB_OFFLINE"
).split()
"""The environment a runner gets: what it needs, and no secret of whoever started it."""


@dataclass(frozen=True)
class Summary:
    """What a request would do: its stages, and what they cost."""

    stages: list[dict[str, Any]]
    to_run: int
    reused: int
    estimated_seconds: float
    estimated_bytes: float
    warnings: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    """What has to be brought here before the request can run; among the warnings as well."""
    gpu_hours: float = 0.0
    """Of what is to run, with encoders that are not shipped."""
    gpu: str = ""
    """What those hours are counted for."""
    shared: int = 0
    """Trained stages that serve several others."""
    unshared: int = 0
    """Stages there would be if every cell trained all that it stands on."""


def create(home: Home, spec: Spec, *, force: bool = False) -> str:
    """Write a new run down as queued and return its id; nothing is started.

    Raises:
        UsageError: a request that cannot be planned: nothing is written.
        StoreError: the store cannot be written.
    """
    check(spec)
    home.create()
    run_id = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    folder = home.run(run_id)
    spool.publish(folder / spool.PLAN, {"spec": spec.plain(), "force": force, "attempt": 0})
    with spool.Writer(folder, run_id, 0) as writer:
        writer.append(EventType.PLAN, spec=spec.plain(), stages=[], reused=[], environment={})
        writer.append(EventType.STATE, state=str(State.QUEUED), reason="")
    return run_id


def submit(home: Home, spec: Spec, *, force: bool = False) -> str:
    """Create a run and start its runner, detached from this process; returns the run's id.

    Raises:
        XferError: a request that cannot be planned: nothing is written.
    """
    run_id = create(home, spec, force=force)
    start(home, run_id)
    return run_id


def start(home: Home, run_id: str) -> None:
    """Start ``xfer run <run id>`` in a session of its own: it survives whoever started it."""
    folder = home.run(run_id)
    log = os.open(folder / spool.LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        subprocess.Popen(
            [sys.executable, "-m", "xfer_core", "run", run_id, "--home", str(home.root)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
        )
    finally:
        os.close(log)


def resume(home: Home, run_id: str) -> None:
    """Start the runner of an ended or lost run again; finished stages are kept.

    Raises:
        UsageError: there is no such run, or it is still being worked on.
    """
    if spool.read_json(home.run(run_id) / spool.PLAN) is None:
        raise UsageError(f"There is no run {run_id!r} in {home.root}; see 'xfer status'.")
    if is_alive(home, run_id):
        raise UsageError(f"Run {run_id} is still running; cancel it first, or wait.")
    start(home, run_id)


def cancel(home: Home, run_id: str, wait_seconds: float = 0.0) -> None:
    """Ask a run's runner to stop its stages and end; kills the group if it is still there later.

    Raises:
        UsageError: there is no such run, or it has already ended.
    """
    lock = home.run(run_id) / RUN_LOCK
    if not locks.is_held(lock):
        _write_off(home, run_id)
        return
    pid = int(locks.holder(lock)["pid"])
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + wait_seconds
    while time.monotonic() < deadline:
        if not locks.is_held(lock):
            return
        time.sleep(0.1)
    if wait_seconds and locks.is_held(lock) and os.getpgid(pid) == pid:
        os.killpg(pid, signal.SIGKILL)
        _write_off(home, run_id)


def is_alive(home: Home, run_id: str) -> bool:
    """Whether a runner holds the run's lock."""
    return locks.is_held(home.run(run_id) / RUN_LOCK)


def live_state(home: Home, run_id: str, stored_state: str) -> str:
    """The state as it is now: a run without a runner is interrupted, whatever was stored."""
    if stored_state in TERMINAL or is_alive(home, run_id):
        return stored_state
    if stored_state == State.QUEUED and _age(home, run_id) < STARTING_SECONDS:
        return stored_state
    return str(State.INTERRUPTED)


def preview(
    home: Home, spec: Spec, *, force: bool = False, throughput: Throughput | None = None
) -> Summary:
    """What the request would run and reuse, and about how long and how much disk it takes.

    Seconds of stages with a shipped encoder are this store's means; those of larger models are
    estimates for a GPU (see ``estimates``), one stage at a time. A plan whose data are not here
    is listed all the same, and ``absent`` says what lacks.
    """
    plan = plan_run(home, spec, listing=True)
    reused: set[str] = set()
    if not force:
        reused = reusable(
            plan,
            lambda stage: jobs.has_result(home, stage),
            lambda stage: jobs.is_usable(home, stage),
        )
    history, estimator = jobs.mean_seconds(home), Estimator(throughput)
    stages, seconds, hours, kept, small = [], 0.0, 0.0, 0.0, 0
    for stage in plan.stages:
        cost = estimator.cost(stage)
        takes = cost.seconds if cost.on_gpu else estimated_seconds(stage, history)
        gpu_hours = cost.seconds / 3600 if cost.on_gpu else 0.0
        done = stage.key in reused
        stages.append(
            {
                "kind": str(stage.kind),
                "name": stage.name,
                "key": stage.key,
                "reused": done,
                "estimated_seconds": 0.0 if done else takes,
                "about": stage.target or stage.intermediate,
                "tokens": cost.tokens,
                "gpu_hours": gpu_hours,
                "bytes": cost.bytes,
            }
        )
        if not done:
            seconds += takes if cost.on_gpu else takes / locks.slot_count()
            hours += gpu_hours
            kept += cost.bytes if cost.on_gpu else 0
            small += stage.kind in TRAINING and not cost.on_gpu
    return Summary(
        stages=stages,
        to_run=len(stages) - len(reused),
        reused=len(reused),
        estimated_seconds=seconds,
        estimated_bytes=kept + (small * jobs.mean_bytes(home) if small else 0.0),
        warnings=(*plan.warnings, *plan.absent),
        absent=plan.absent,
        gpu_hours=hours,
        gpu=str(estimator.throughput),
        shared=shared(plan),
        unshared=unshared(plan),
    )


def _write_off(home: Home, run_id: str) -> None:
    """Say that a run which nobody works on was cancelled."""
    folder = home.run(run_id)
    request = spool.read_json(folder / spool.PLAN)
    if request is None:
        raise UsageError(f"There is no run {run_id!r} in {home.root}; see 'xfer status'.")
    events, _, _ = spool.read_events(folder / spool.EVENTS)
    states = [event.payload["state"] for event in events if event.type is EventType.STATE]
    if states and states[-1] in (State.SUCCEEDED, State.FAILED, State.CANCELLED):
        raise UsageError(f"Run {run_id} has already ended ({states[-1]}); nothing is left to stop.")
    attempt = int(request.get("attempt", 0)) + 1
    spool.publish(folder / spool.PLAN, {**request, "attempt": attempt})
    with spool.Writer(folder, run_id, attempt) as writer:
        writer.append(EventType.STATE, state=str(State.CANCELLED), reason="Cancelled.")


def _age(home: Home, run_id: str) -> float:
    return time.time() - (home.run(run_id) / spool.PLAN).stat().st_mtime
