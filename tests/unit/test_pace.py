"""How long stages will take: by what they have to do, at the pace of what has ended here."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from spool_samples import ended, training

from xfer_core import jobs, pace, spool
from xfer_core.domain.run import Stage, StageKind
from xfer_core.home import Home

BODY = 12 * 3 * 128**2
"""Parameters of mini-s outside the embeddings."""


def timing() -> Stage:
    return replace(training(), kind=StageKind.LATENCY, key="timing", settings={})


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "store").create()


def test_work_is_tokens_times_parameters():
    assert pace.work(training(60)) == 60 * 256 * BODY
    assert pace.work(training(60, "mini-m-aligned")) == 60 * 256 * 12 * 4 * 192**2
    assert pace.work(timing()) == 1


def test_ten_times_the_steps_take_ten_times_as_long(home):
    """... but for the start, which is half a second of each."""
    ended(home, training(60), 3.5)
    found = jobs.pace(home)
    assert pace.seconds(training(600), found) == pytest.approx(30.5)
    assert pace.seconds(training(60, "mini-m-aligned"), found) == pytest.approx(9.5)


def test_a_stage_that_ended_before_it_began_tells_something_too(home):
    ended(home, training(60), 0.1)
    assert pace.seconds(training(600), jobs.pace(home)) == pytest.approx(0.5 + 10 * 0.01)


def test_stages_side_by_side_take_no_less_than_the_longest():
    assert pace.together([], 2) == 0
    assert pace.together([9.0], 2) == 9
    assert pace.together([3.0, 3.0, 2.0], 2) == 4


def test_a_kind_that_never_ran_here_takes_what_it_took_elsewhere(home):
    assert jobs.pace(home) == {}
    assert pace.seconds(training(60), {}) == pytest.approx(0.5 + 60 * 256 * BODY * 8e-11)
    assert pace.seconds(timing(), {"target": 7.0}) == 1


def test_the_pace_is_of_what_succeeded(home):
    ended(home, training(60), 2.5)
    ended(home, training(120), 4.5)
    ended(home, training(60, seed=2), 90.0, "failed")
    ended(home, timing(), 0.8)
    assert jobs.pace(home) == pytest.approx({"target": 2 / (60 * 256 * BODY), "latency": 0.3})


def test_the_newest_results_say_how_long_stages_take_here(home):
    for age, seconds in ((0, 2.0), (1, 4.0), (9, 60.0)):
        old = training(seed=age)
        ended(home, old, seconds)
        os.utime(home.job(old.key) / spool.RESULT, (1e9 - age, 1e9 - age))
    assert pace.seconds(training(), jobs.pace(home, newest=2)) == pytest.approx(3.0)


def test_what_the_catalogue_no_longer_has_does_not_count(home):
    ended(home, training(encoder="mini-gone"), 2.0)
    assert jobs.pace(home) == {}
