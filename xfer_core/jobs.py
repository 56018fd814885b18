"""Job folders: what is finished, what it cost, and who may work on it. Reads files, no DuckDB."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from pathlib import Path

from xfer_core import spool
from xfer_core.domain.errors import XferError
from xfer_core.domain.run import TRAINING, Stage, State
from xfer_core.home import Home
from xfer_core.pace import beyond_start, work

MANIFEST = "manifest.json"


def is_finished(home: Home, stage: Stage) -> bool:
    """Whether the stage has a result and, if it trains, a whole checkpoint."""
    return has_result(home, stage) and is_usable(home, stage)


def has_result(home: Home, stage: Stage) -> bool:
    """Whether the stage has succeeded on what its parent made last.

    A result that was made from an earlier attempt of the parent does not count.
    """
    result = spool.read_json(home.job(stage.key) / spool.RESULT)
    if not result or result.get("state") != State.SUCCEEDED:
        return False
    return bool(result.get("parent_attempt") == last_attempt(home, stage.parent))


def is_usable(home: Home, stage: Stage) -> bool:
    """Whether others can build on the stage: if it trains, its checkpoint is there and whole.

    File sizes are compared here; hashes are compared when the checkpoint is loaded.
    """
    return stage.kind not in TRAINING or checkpoint_is_whole(home, stage.key)


def checkpoint_is_whole(home: Home, key: str) -> bool:
    """Whether a checkpoint has its manifest and files of the sizes that it names."""
    folder = home.checkpoint(key)
    manifest = spool.read_json(folder / MANIFEST)
    if not manifest:
        return False
    return all(
        (folder / name).is_file() and (folder / name).stat().st_size == entry["bytes"]
        for name, entry in manifest["files"].items()
    )


def last_attempt(home: Home, key: str | None) -> int | None:
    """Attempt that the current result of a job came from; None without a job or a result."""
    result = spool.read_json(home.job(key) / spool.RESULT) if key else None
    return int(result["attempt"]) if result else None


def next_attempt(home: Home, stage: Stage) -> int:
    """Number of the attempt that starts now, kept in stage.json before any event is written."""
    path = home.job(stage.key) / spool.STAGE
    before = spool.read_json(path) or {}
    attempt = int(before.get("attempt", 0)) + 1
    spool.publish(path, {"stage": stage.to_json(), "attempt": attempt})
    return attempt


def pace(home: Home, newest: int = 100) -> dict[str, float]:
    """Stage kind -> seconds by unit of work (see ``pace``) of the newest finished jobs here.

    Older ones may have run on another machine; those of tasks or encoders that are no longer in the
    catalogue do not count.
    """
    seconds: dict[str, float] = defaultdict(float)
    done: dict[str, float] = defaultdict(float)
    ended = [(_ended_at(folder), folder) for folder in spool.folders(home.jobs)]
    for _, folder in sorted(ended)[-newest:]:
        result, told = (spool.read_json(folder / name) for name in (spool.RESULT, spool.STAGE))
        if not told or not result or result.get("state") != State.SUCCEEDED:
            continue
        with suppress(XferError, KeyError):  # of another version, or of a catalogue of that day
            stage = Stage.from_json(told["stage"])
            amount = work(stage)
            done[str(stage.kind)] += amount
            seconds[str(stage.kind)] += beyond_start(float(result["wall_seconds"]))
    return {kind: seconds[kind] / done[kind] for kind in done}


def _ended_at(folder: Path) -> float:
    """When its result was published; 0 before that."""
    try:
        return (folder / spool.RESULT).stat().st_mtime
    except OSError:
        return 0.0


def mean_bytes(home: Home, most: int = 50) -> float:
    """Mean size of a checkpoint in this store; 8 MiB before there is one."""
    sizes = []
    for folder in list(spool.folders(home.checkpoints))[:most]:
        manifest = spool.read_json(folder / MANIFEST)
        if manifest:
            sizes.append(sum(entry["bytes"] for entry in manifest["files"].values()))
    return sum(sizes) / len(sizes) if sizes else 8 * 2**20
