from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from xfer_core import launching, spool
from xfer_core.domain.errors import UsageError
from xfer_core.home import Home

STUBBORN = """
import signal, sys, time
from pathlib import Path
from xfer_core import locks
signal.signal(signal.SIGTERM, signal.SIG_IGN)
with locks.attempted(Path(sys.argv[1])) as mine:
    print("held", flush=True)
    time.sleep(60)
"""


def test_runner_that_does_not_listen_is_killed_from_the_background(tmp_path: Path) -> None:
    home = Home(tmp_path / "store").create()
    spool.publish(home.run("run-1") / spool.PLAN, {"spec": {}, "attempt": 1})
    lock = home.run("run-1") / "run.lock"
    with subprocess.Popen(
        [sys.executable, "-c", STUBBORN, str(lock)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as runner:
        assert runner.stdout is not None
        assert runner.stdout.readline() == "held\n"
        began = time.monotonic()
        launching.cancel_soon(home, "run-1", wait_seconds=0.5)
        assert time.monotonic() - began < 0.4, "the page does not wait"
        assert runner.wait(20) == -9
    deadline = time.monotonic() + 10
    states: list[str] = []
    while "cancelled" not in states and time.monotonic() < deadline:
        time.sleep(0.1)
        events, _, _ = spool.read_events(home.run("run-1") / spool.EVENTS)
        states = [event.payload["state"] for event in events]
    assert states == ["cancelled"]
    with pytest.raises(UsageError, match="already ended"):
        launching.cancel_soon(home, "run-1")
