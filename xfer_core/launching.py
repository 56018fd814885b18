"""Starts, stops and looks at runs: what a button and a command have in common."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from xfer_core import jobs, locks, pace, spool
from xfer_core.domain.errors import UsageError
from xfer_core.domain.event import EventType
from xfer_core.domain.run import TERMINAL, TRAINING, StageKind, State
from xfer_core.estimates import Estimator, Throughput
from xfer_core.home import Home
from xfer_core.placing import ENTRY, RAY, Place
from xfer_core.planning import check, reusable, shared, unshared
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
_FOR_RAY = "RAY_ADDRESS RAY_AUTH_MODE RAY_AUTH_TOKEN RAY_AUTH_TOKEN_PATH".split()
"""What a runner of a Ray cluster needs beside that: the cluster lets nobody in without a token."""


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
    from_history: bool = False
    """Whether such stages have run in this store, so that the seconds are its own."""


def create(
    home: Home,
    spec: Spec,
    *,
    force: bool | Sequence[StageKind] = False,
    place: Place | None = None,
) -> str:
    """Write a new run down as queued and return its id; nothing is started.

    Args:
        home: the store.
        spec: the request.
        force: whether stages that are done are repeated, or the kinds of those that are.
        place: where it will run; None is this machine.

    Raises:
        UsageError: a request that cannot be planned: nothing is written.
        StoreError: the store cannot be written.
    """
    check(spec)
    home.create()
    run_id = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    folder = home.run(run_id)
    repeated = force if isinstance(force, bool) else [str(kind) for kind in force]
    asked = {"spec": spec.plain(), "force": repeated, "attempt": 0}
    spool.publish(folder / spool.PLAN, asked | {ENTRY: (place or Place()).plain()})
    with spool.Writer(folder, run_id, 0) as writer:
        writer.append(EventType.PLAN, spec=spec.plain(), stages=[], reused=[], environment={})
        writer.append(EventType.STATE, state=str(State.QUEUED), reason="")
    return run_id


def submit(home: Home, spec: Spec, *, force: bool = False, place: Place | None = None) -> str:
    """Create a run and start its runner, detached from this process; returns the run's id.

    Raises:
        XferError: a request that cannot be planned, or a place that cannot be: nothing is written.
    """
    (place or Place()).check_installed()
    run_id = create(home, spec, force=force, place=place)
    start(home, run_id)
    return run_id


def start(home: Home, run_id: str) -> None:
    """Start ``xfer run <run id>`` in a session of its own: it survives whoever started it."""
    folder = home.run(run_id)
    place = place_of(home, run_id)
    names = [*_PASSED_ON, *(_FOR_RAY if place.executor == RAY else [])]
    log = os.open(folder / spool.LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        subprocess.Popen(
            [
                *(sys.executable, "-m", "xfer_core", "run", run_id, "--home", str(home.root)),
                *place.arguments(),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env={name: os.environ[name] for name in names if name in os.environ},
        )
    finally:
        os.close(log)


def resume(home: Home, run_id: str, place: Place | None = None) -> None:
    """Start the runner of an ended or lost run again; finished stages are kept.

    Args:
        home: the store.
        run_id: the run.
        place: where it goes on, and later on as well; None is where it was.

    Raises:
        UsageError: there is no such run, it is still being worked on, or a place that cannot be.
    """
    path = home.run(run_id) / spool.PLAN
    asked = _request(home, run_id)
    if is_alive(home, run_id):
        raise UsageError(f"Run {run_id} is still running; cancel it first, or wait.")
    (place or Place.of(asked)).check_installed()
    if place is not None:
        spool.publish(path, {**asked, ENTRY: place.plain()})
    start(home, run_id)


def place_of(home: Home, run_id: str) -> Place:
    """Where a run works, as its plan.json says.

    Raises:
        UsageError: there is no such run.
    """
    return Place.of(_request(home, run_id))


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


def cancel_soon(home: Home, run_id: str, wait_seconds: float = 14.0) -> None:
    """``cancel`` without waiting for it: the kill, if one is needed, comes from a thread.

    Raises:
        UsageError: there is no such run, or it has already ended.
    """
    if not is_alive(home, run_id):
        cancel(home, run_id)
        return

    def carry() -> None:
        with suppress(UsageError, ProcessLookupError):  # it ended by itself meanwhile
            cancel(home, run_id, wait_seconds)

    threading.Thread(target=carry, name="cancel", daemon=True).start()


def is_alive(home: Home, run_id: str) -> bool:
    """Whether a runner holds the run's lock."""
    return locks.is_held(home.run(run_id) / RUN_LOCK)


def live_state(home: Home, run_id: str, stored_state: str) -> str:
    """The state as it is now: a run without a runner is interrupted, whatever was stored.

    One that has said its end is as it was stored until that is imported, so that its state fits to
    the numbers beside it.
    """
    if stored_state in TERMINAL or is_alive(home, run_id):
        return stored_state
    if stored_state == State.QUEUED and _age(home, run_id) < STARTING_SECONDS:
        return stored_state
    if _has_said_its_end(home, run_id):
        return stored_state
    return str(State.INTERRUPTED)


def _has_said_its_end(home: Home, run_id: str) -> bool:
    last = spool.last_event(home.run(run_id) / spool.EVENTS)
    return last is not None and last.type is EventType.STATE and last.payload["state"] in TERMINAL


def preview(
    home: Home, spec: Spec, *, force: bool = False, throughput: Throughput | None = None
) -> Summary:
    """What the request would run and reuse, and about how long and how much disk it takes.

    Seconds of stages with a shipped encoder are by this store's pace; those of larger models are
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
    history, estimator = jobs.pace(home), Estimator(throughput)
    stages, seconds, hours, kept, small = [], 0.0, 0.0, 0.0, 0
    here: list[float] = []
    for stage in plan.stages:
        cost = estimator.cost(stage)
        takes = cost.seconds if cost.on_gpu else pace.seconds(stage, history)
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
                "encoder": stage.encoder,
                "intermediate": stage.intermediate,
                "target": stage.target,
                "seed": stage.seed,
                "tokens": cost.tokens,
                "gpu_hours": gpu_hours,
                "bytes": cost.bytes,
            }
        )
        if not done:
            hours += gpu_hours
            if cost.on_gpu:
                seconds += takes
                kept += cost.bytes
            else:
                here.append(takes)
                small += stage.kind in TRAINING
    return Summary(
        stages=stages,
        to_run=len(stages) - len(reused),
        reused=len(reused),
        estimated_seconds=seconds + pace.together(here, locks.slot_count()),
        estimated_bytes=kept + (small * jobs.mean_bytes(home) if small else 0.0),
        warnings=(*plan.warnings, *plan.absent),
        absent=plan.absent,
        gpu_hours=hours,
        gpu=str(estimator.throughput),
        shared=shared(plan),
        unshared=unshared(plan),
        from_history={stage["kind"] for stage in stages if not stage["reused"]} <= history.keys()
        and not hours,
    )


def _write_off(home: Home, run_id: str) -> None:
    """Say that a run which nobody works on was cancelled."""
    folder, request = home.run(run_id), _request(home, run_id)
    events, _, _ = spool.read_events(folder / spool.EVENTS)
    states = [event.payload["state"] for event in events if event.type is EventType.STATE]
    if states and states[-1] in (State.SUCCEEDED, State.FAILED, State.CANCELLED):
        raise UsageError(f"Run {run_id} has already ended ({states[-1]}); nothing is left to stop.")
    attempt = int(request.get("attempt", 0)) + 1
    spool.publish(folder / spool.PLAN, {**request, "attempt": attempt})
    with spool.Writer(folder, run_id, attempt) as writer:
        writer.append(EventType.STATE, state=str(State.CANCELLED), reason="Cancelled.")


def _request(home: Home, run_id: str) -> dict[str, Any]:
    request = spool.read_json(home.run(run_id) / spool.PLAN)
    if request is None:
        raise UsageError(f"There is no run {run_id!r} in {home.root}; see 'xfer status'.")
    return request


def _age(home: Home, run_id: str) -> float:
    return time.time() - (home.run(run_id) / spool.PLAN).stat().st_mtime
