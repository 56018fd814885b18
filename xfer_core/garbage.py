"""Which checkpoints no run needs any more, and freeing them: scores and curves always stay."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from xfer_core import jobs, locks, spool
from xfer_core.domain.errors import UsageError
from xfer_core.domain.event import EventType
from xfer_core.domain.run import Stage, State
from xfer_core.home import Home
from xfer_core.runner import RUN_LOCK

PINS = "pins.json"
ASIDE = ".tmp-"
LEFTOVER_SECONDS = 3600.0
"""Older than that, half a checkpoint is what a killed process left."""


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint on disk: what it is of, its bytes, when it was written, and who needs it."""

    key: str
    name: str
    bytes: int
    written: float
    """Seconds since 1970."""
    needed_by: str
    """Why it is kept; "" if no run needs it."""


def checkpoints(home: Home) -> list[Checkpoint]:
    """All checkpoints of a store, the oldest first."""
    needed = _needed(home)
    found = []
    for folder in spool.folders(home.checkpoints):
        if folder.name.startswith(ASIDE):
            continue
        stage = _stage(home, folder.name)
        why = needed.get(folder.name, "")
        if locks.is_held(home.job(folder.name) / "job.lock"):
            why = "a stage is at work on it"
        found.append(
            Checkpoint(
                folder.name,
                stage.name if stage else "unknown stage",
                _bytes(folder),
                folder.stat().st_mtime,
                why,
            )
        )
    return sorted(found, key=lambda one: (one.written, one.key))


def free(home: Home, most: int | None = None) -> list[Checkpoint]:
    """Delete checkpoints that no run needs, the oldest first; returns them.

    ``most`` is how many bytes are enough; None frees all of them. A finished stage stays
    finished: its checkpoint is made again if something new has to build on it.
    """
    _clear_leftovers(home)
    freed: list[Checkpoint] = []
    for one in checkpoints(home):
        if one.needed_by or (most is not None and sum(f.bytes for f in freed) >= most):
            continue
        with locks.attempted(home.job(one.key) / "job.lock") as mine:
            if mine:  # else a stage has just begun to make it anew
                _remove(home.checkpoint(one.key))
                freed.append(one)
    return freed


def pins(home: Home) -> set[str]:
    """Ids of runs whose checkpoints are never freed."""
    return set((spool.read_json(home.root / PINS) or {}).get("runs", []))


def pin(home: Home, run_id: str, *, keep: bool = True) -> None:
    """Keep the checkpoints of a run for good, or no longer.

    Raises:
        UsageError: there is no such run.
    """
    if not (home.run(run_id) / spool.PLAN).is_file():
        raise UsageError(f"There is no run {run_id!r} in {home.root}; see 'xfer status'.")
    found = pins(home) | {run_id} if keep else pins(home) - {run_id}
    spool.publish(home.root / PINS, {"runs": sorted(found)})


def _needed(home: Home) -> dict[str, str]:
    """Key of a checkpoint -> why it is needed."""
    pinned = pins(home)
    needed: dict[str, str] = {}
    for folder in spool.folders(home.runs):
        stages = _planned(folder)
        if folder.name in pinned:
            needed |= {stage.key: f"pinned with run {folder.name}" for stage in stages}
        elif _goes_on(folder):
            open_ = [stage for stage in stages if not jobs.has_result(home, stage)]
            needed |= {s.parent: f"run {folder.name} is not finished" for s in open_ if s.parent}
    return needed


def _planned(run: Path) -> list[Stage]:
    plan = spool.read_json(run / spool.PLAN) or {}
    return [Stage.from_json(values) for values in plan.get("stages", [])]


def _goes_on(run: Path) -> bool:
    """Whether the run works, waits, or was interrupted or failed and may be carried on."""
    if locks.is_held(run / RUN_LOCK):
        return True
    events, _, _ = spool.read_events(run / spool.EVENTS)
    states = [event.payload.get("state") for event in events if event.type is EventType.STATE]
    return not states or states[-1] not in (State.SUCCEEDED, State.CANCELLED)


def _stage(home: Home, key: str) -> Stage | None:
    found = spool.read_json(home.job(key) / spool.STAGE)
    return Stage.from_json(found["stage"]) if found else None


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _clear_leftovers(home: Home) -> None:
    for folder in spool.folders(home.checkpoints):
        old = time.time() - folder.stat().st_mtime > LEFTOVER_SECONDS
        if folder.name.startswith(ASIDE) and old:
            shutil.rmtree(folder)


def _remove(folder: Path) -> None:
    """Move aside first: nobody ever sees half a checkpoint."""
    aside = folder.with_name(f"{ASIDE}freed-{folder.name}")
    shutil.rmtree(aside, ignore_errors=True)
    folder.rename(aside)
    shutil.rmtree(aside)
