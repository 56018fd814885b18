"""What a run is said to be while its runner is gone."""

from __future__ import annotations

import pytest
from spool_samples import stage, write_run

from xfer_core import launching, locks, spool
from xfer_core.domain.event import EventType
from xfer_core.domain.run import State
from xfer_core.home import Home
from xfer_core.runner import RUN_LOCK


def live_state(home: Home) -> str:
    return launching.live_state(home, "run-1", "running")


@pytest.fixture
def home(tmp_path) -> Home:
    return Home(tmp_path).create()


def test_a_killed_one_is_interrupted_though_its_last_stage_succeeded(home):
    write_run(home, "run-1", [stage()], state="running")
    assert live_state(home) == State.INTERRUPTED
    with locks.attempted(home.run("run-1") / RUN_LOCK) as mine:
        assert mine and live_state(home) == State.RUNNING


@pytest.mark.parametrize("end", ["succeeded", "failed", "cancelled"])
def test_one_that_has_said_its_end_is_as_stored_until_that_is_imported(home, end):
    write_run(home, "run-1", [stage()], state=end)
    assert live_state(home) == State.RUNNING
    assert launching.live_state(home, "run-1", end) == end
    with spool.Writer(home.run("run-1"), "run-1", 2) as writer:  # resumed, and killed
        writer.append(EventType.STATE, state=str(State.STARTING), reason="")
    assert live_state(home) == State.INTERRUPTED
