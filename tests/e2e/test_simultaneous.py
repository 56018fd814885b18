"""Many launches of one plan at the same moment: each stage is done exactly once."""

from __future__ import annotations

import multiprocessing
import sys
from collections import Counter
from multiprocessing.context import ForkServerProcess

import pytest

from xfer_core import launching, runner, spool
from xfer_core.domain.event import EventType
from xfer_core.domain.run import State
from xfer_core.executors.inline import InlineExecutor
from xfer_core.executors.local import PRELOADED
from xfer_core.home import Home
from xfer_core.specification import Spec

pytestmark = [pytest.mark.slow, pytest.mark.heavy]

SPEC = {
    "encoders": ["mini-s-aligned"],
    "intermediates": ["mini-sst"],
    "targets": ["mini-xnli", "mini-tatoeba"],
    "languages": ["en", "de"],
    "settings": {
        "intermediate": {"steps": 3, "train_examples": 64},
        "target": {"steps": 3, "train_examples": 64},
        "evaluation": {"examples": 8},
        "latency": {"samples": 5, "warmup": 1},
    },
}


def _launch(home: Home) -> None:
    """As 'xfer run' does: a run of its own, carried through in this process."""
    run_id = launching.create(home, Spec.parse(SPEC))
    sys.exit(runner.run(home, run_id, InlineExecutor()) is not State.SUCCEEDED)


@pytest.mark.parametrize("launches", [6, pytest.param(20, marks=pytest.mark.long)])
def test_launches_at_once_do_each_stage_once(tmp_path, launches):
    home = Home(tmp_path / "store")
    home.root.mkdir()
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(PRELOADED)
    launched: list[ForkServerProcess] = []
    for _ in range(launches):
        launched.append(processes.Process(target=_launch, args=(home,)))
        launched[-1].start()
    for process in launched:
        process.join(timeout=240)
    assert [process.exitcode for process in launched] == [0] * launches
    assert len(list(spool.folders(home.runs))) == launches
    starts = Counter()
    for folder in spool.folders(home.jobs):
        events, _, damaged = spool.read_events(folder / spool.EVENTS)
        starts[folder.name] = sum(event.type is EventType.STARTED for event in events)
        assert damaged == 0 and events[-1].type is EventType.FINISHED
    plans = [spool.read_json(folder / spool.PLAN) for folder in spool.folders(home.runs)]
    keys = {stage["key"] for plan in plans for stage in plan["stages"]}
    assert dict(starts) == dict.fromkeys(keys, 1) and len(keys) == 11
