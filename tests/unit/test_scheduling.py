"""Which stage may start when: parents first, in the order of the plan, each once."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xfer_core.domain.run import Stage, StageKind
from xfer_core.executors.inline import InlineJob
from xfer_core.planning import Plan
from xfer_core.scheduling import Progress


def plan_of(parents: dict[str, str | None]) -> Plan:
    stages = [
        Stage(StageKind.TARGET, key, "mini", "mini-s", "none", key, 1, parent=parent)
        for key, parent in parents.items()
    ]
    return Plan(spec=None, stages=tuple(stages))  # type: ignore[arg-type]


CHAIN = {"a": None, "b": "a", "c": "b", "x": None, "y": "x", "z": "a"}


def started(progress: Progress) -> str:
    stage = progress.next_ready()
    progress.running[stage.key] = InlineJob(stage, None)
    return stage.key


def test_roots_come_first_and_children_in_the_order_of_the_plan():
    progress = Progress(plan_of(CHAIN), reused=set())
    assert [started(progress), started(progress)] == ["a", "x"]
    assert not progress.has_ready
    progress.succeed("x")
    progress.succeed("a")
    assert [started(progress) for _ in range(3)] == ["b", "y", "z"]
    assert progress.ended == 2 and [stage.key for stage in progress.closed] == ["x", "a"]


def test_what_is_reused_is_not_started_and_its_children_are_ready():
    progress = Progress(plan_of(CHAIN), reused={"a", "b"})
    assert [started(progress) for _ in range(3)] == ["c", "x", "z"]


def test_all_that_stands_on_a_failure_is_skipped():
    progress = Progress(plan_of(CHAIN), reused=set())
    started(progress)
    lost = progress.fail("a", "it broke")
    assert {stage.key for stage in lost} == {"b", "c", "z"} == progress.skipped
    assert progress.failed == {"a": "it broke"} and started(progress) == "x"
    progress.succeed("x")
    assert started(progress) == "y"
    progress.succeed("y")
    assert progress.ended == 6 and {stage.key for stage in progress.closed} == set(CHAIN)


@given(st.integers(1, 40), st.randoms(use_true_random=False))
def test_any_plan_ends_with_every_stage_touched_once(n: int, rng: random.Random):
    parents = {
        str(k): str(rng.randrange(k)) if k and rng.random() < 0.7 else None for k in range(n)
    }
    plan = plan_of(parents)
    progress, order = Progress(plan, reused=set()), []
    while progress.ended < n:
        while progress.has_ready and len(progress.running) < 3:
            order.append(started(progress))
        key = rng.choice(list(progress.running))
        progress.fail(key, "") if rng.random() < 0.2 else progress.succeed(key)
    assert len(order) == len(set(order)) and set(order) | progress.skipped == set(parents)
    for key in order:
        assert parents[key] is None or parents[key] in progress.done


def test_nothing_is_ready_in_an_empty_plan():
    progress = Progress(plan_of({}), reused=set())
    assert not progress.has_ready and progress.ended == 0
    with pytest.raises(IndexError):
        progress.next_ready()
