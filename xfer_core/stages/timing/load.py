"""What else the machine does while something is timed."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

BUSY_CORES = 0.25
"""More than so many cores busy with something else is load."""
WAITED_SHARE = 0.05
"""A process that stood in the queue for a core for more than this share of the time met load."""
TICK_SECONDS = 0.01
"""The kernel counts busy time in such steps, for each core."""
QUEUE = Path("/proc/self/task")
LOOK_SECONDS = 0.08


@dataclass(frozen=True)
class Load:
    """What others did in some seconds.

    ``others``: mean number of cores they kept busy, time stolen from a virtual machine included.
    ``waited``: share of the seconds in which a thread of this process was ready and had no core;
    0 where the system does not say.
    """

    seconds: float
    others: float
    waited: float

    @property
    def is_quiet(self) -> bool:
        """Whether a measurement made meanwhile is clean.

        Busy time comes in ticks, so in a short span two of them are no sign of anything.
        """
        allowed = BUSY_CORES + 2 * TICK_SECONDS / self.seconds
        return self.others <= allowed and self.waited <= WAITED_SHARE


class Watch:
    """Looks at the machine from now until it is asked; its own work is not counted."""

    def __init__(self) -> None:
        """Start watching."""
        self._at = time.perf_counter()
        self._own, self._busy, self._queued = _own_seconds(), _busy_seconds(), _queued_seconds()

    def load(self) -> Load:
        """What others did since the start."""
        seconds = max(time.perf_counter() - self._at, 1e-6)
        own = _own_seconds() - self._own
        others = max(0.0, _busy_seconds() - self._busy - own)
        waited = max(0.0, _queued_seconds() - self._queued)
        return Load(seconds, others / seconds, waited / seconds)


def wait_for_quiet(seconds: float) -> float:
    """Let neighbours that start or end finish, at most so long; returns the seconds it took."""
    started = time.monotonic()
    while time.monotonic() - started < seconds:
        watch = Watch()
        time.sleep(LOOK_SECONDS)
        if watch.load().is_quiet:
            break
    return time.monotonic() - started


def _own_seconds() -> float:
    return time.process_time()


def _busy_seconds() -> float:
    """Core seconds of work since the start of the machine, this process included."""
    times = psutil.cpu_times()
    busy = sum(times) - times.idle - getattr(times, "iowait", 0.0)
    # Linux counts guest time in user time as well.
    return float(busy - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0))


def _queued_seconds() -> float:
    """Seconds that threads of this process were ready to run and had no core."""
    return sum(_queued()) / 1e9


def _queued() -> Iterator[int]:
    try:
        names = os.listdir(QUEUE)
    except OSError:  # not Linux
        return
    for name in names:
        try:
            yield int((QUEUE / name / "schedstat").read_text().split()[1])
        except (OSError, IndexError, ValueError):  # the thread has ended, or the kernel is silent
            continue
