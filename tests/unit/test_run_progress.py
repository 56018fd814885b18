"""The line that a run prints: what is done, and how long the rest takes."""

from __future__ import annotations

import pytest
from spool_samples import ended, training

from xfer_core import locks, spool
from xfer_core.cli import progress as bars
from xfer_core.domain.event import EventType
from xfer_core.domain.run import Stage
from xfer_core.executors.inline import InlineJob
from xfer_core.home import Home
from xfer_core.planning import Plan
from xfer_core.scheduling import Progress


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    said: list[str] = []
    monkeypatch.setattr(bars, "LINE_SECONDS", -1)
    monkeypatch.setattr(bars.console, "print", said.append)
    monkeypatch.setattr(locks, "slot_count", lambda: 2)
    return said


def started(progress: Progress) -> Stage:
    stage = progress.next_ready()
    progress.running[stage.key] = InlineJob(stage, None)
    return stage


def test_the_time_left_counts_work_and_the_steps_that_were_done(tmp_path, lines):
    home = Home(tmp_path / "store").create()
    ended(home, training(100, seed=9), 10.5)  # 10 s beyond its start: a tenth of a second a step
    stages = [training(100), training(1000), training(200, seed=2)]
    progress = Progress(Plan(spec=None, stages=tuple(stages)), {stages[0].key})  # type: ignore[arg-type]
    observe = bars.RunProgress(home)
    observe(progress)  # 1000 and 200 steps, two starts, two at a time
    first = started(progress)
    with spool.Writer(home.job(first.key), first.key, 1) as writer:
        writer.append(EventType.PROGRESS, what="training", step=500, steps=1000, loss=1.0)
        observe(progress)  # 50 s less of it
        second = started(progress)
        progress.succeed(second.key)
        observe(progress)  # one at a time: half of the first, which starts no more, and its start
        progress.fail(first.key, "Boom.")
        observe(progress)
    assert lines == [
        "stages 1/3, about 1 min 0 s left, 1 reused",
        "stages 1/3, about 36 s left, 1 reused",
        "stages 2/3, about 50 s left, 1 reused",
        "stages 3/3, about 0 s left, 1 reused, 1 failed",
    ]
