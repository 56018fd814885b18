"""Lock files: who works on a job, which run is alive, how many stages the machine runs at once.

All are ``flock`` on a file that stays: the kernel frees a lock when its holder dies, however it
dies, so there is nothing to clean up and a reused process id fools nobody.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from xfer_core.spool import now

SLOTS_VARIABLE = "XFER_SLOTS"
SLOT_FOLDER_VARIABLE = "XFER_SLOT_FOLDER"


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the lock, waiting for whoever has it."""
    with _opened(path) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def attempted(path: Path) -> Iterator[bool]:
    """Hold the lock if it is free; says whether it was. The holder's description is written."""
    with _opened(path) as file:
        if not _taken_soon(file):
            yield False
            return
        os.ftruncate(file, 0)
        os.pwrite(file, json.dumps(_holder()).encode(), 0)
        yield True


def is_held(path: Path) -> bool:
    """Whether some process holds the lock."""
    if not path.exists():
        return False
    with _opened(path) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def holder(path: Path) -> dict[str, Any]:
    """Who wrote its description into the lock last: pid, host, started_at, process_started."""
    try:
        return dict(json.loads(path.read_bytes()))
    except (OSError, ValueError):
        return {}


@contextmanager
def slots(all_of_them: bool = False) -> Iterator[None]:
    """Hold one slot of this machine, or all of them.

    Everyone passes a gate first. Who wants all slots keeps the gate while the others finish, so
    nobody overtakes, and as slots are taken in order there is no deadlock.
    """
    folder = slot_folder()
    files = [folder / f"slot-{number}.lock" for number in range(slot_count())]
    with ExitStack() as held:
        with exclusive(folder / "gate.lock"):
            if all_of_them:
                for file in files:
                    held.enter_context(exclusive(file))
            else:
                held.enter_context(_any(files))
        yield


def slot_count() -> int:
    """Slots of this machine: XFER_SLOTS, else the cores this process may use."""
    given = os.environ.get(SLOTS_VARIABLE, "")
    return max(1, int(given)) if given.isdigit() else len(os.sched_getaffinity(0))


def slot_folder() -> Path:
    """Where the slots of this machine and user lie, whichever store is used."""
    given = os.environ.get(SLOT_FOLDER_VARIABLE)
    folder = Path(given) if given else user_cache_path("xfer") / "slots"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


@contextmanager
def _any(files: list[Path]) -> Iterator[None]:
    """Hold the first lock that is free; look again every 20 ms while none is."""
    while True:
        for path in files:
            with _opened(path) as file:
                if _taken(file):
                    yield
                    return
        time.sleep(0.02)


def _taken_soon(file: int) -> bool:
    """Take the lock; somebody's ``is_held`` may have it for a moment, so ask more than once."""
    for _ in range(10):
        if _taken(file):
            return True
        time.sleep(0.02)
    return False


def _taken(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield file
    finally:
        os.close(file)


def _holder() -> dict[str, Any]:
    return {"pid": os.getpid(), "host": socket.gethostname(), "started_at": now()}
