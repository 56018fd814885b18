"""The contract of an executor: success, failure and cancel leave whole, honest files."""

from __future__ import annotations

import hashlib
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from ray_token import use_token

from xfer_core import jobs, spool
from xfer_core.cli.run_commands import EXECUTORS
from xfer_core.domain.event import Event, EventType
from xfer_core.domain.run import Stage, StageKind
from xfer_core.executors.base import Executor, Job
from xfer_core.fingerprints import encoder_hash
from xfer_core.home import Home
from xfer_core.planning import Plan, expand
from xfer_core.rows import Fingerprints
from xfer_core.specification import Spec

# The stages themselves need torch, which takes seconds to import.
pytestmark = pytest.mark.slow

REQUEST = {
    "intermediates": ["mini-sst"],
    "targets": ["mini-xnli"],
    "languages": ["en", "de"],
    "settings": {
        "intermediate": {"steps": 3, "train_examples": 64},
        "target": {"steps": 3, "train_examples": 64},
        "evaluation": {"examples": 6},
        "latency": {"samples": 5, "warmup": 1},
    },
}


@pytest.fixture(scope="module")
def on_ray(tmp_path_factory) -> Iterator[Executor]:
    """One Ray for all tests: its processes take long to load torch."""
    use_token(tmp_path_factory)
    # Its sockets need a short path, and it leaves its logs there.
    with TemporaryDirectory(prefix="ray-", dir="/tmp") as place, pytest.MonkeyPatch.context() as at:
        at.setenv("RAY_TMPDIR", place)
        made = EXECUTORS["ray"]()
        yield made
        made.close()


@pytest.fixture(
    params=[
        pytest.param(name, marks=() if name == "inline" else pytest.mark.heavy)
        for name in EXECUTORS
    ]
)
def executor(request) -> Iterator[Executor]:
    if request.param == "ray":
        yield request.getfixturevalue("on_ray")
        return
    made = EXECUTORS[request.param]()
    yield made
    made.close()


@pytest.fixture(scope="module")
def plan(tmp_path_factory) -> Plan:
    home = Home(tmp_path_factory.mktemp("plan"))
    return expand(Spec.parse(REQUEST), Fingerprints(home.root), encoder_hash)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "store").create()


def of_kind(plan: Plan, kind: StageKind, intermediate: str = "mini-sst") -> Stage:
    return next(s for s in plan.stages if (s.kind, s.intermediate) == (kind, intermediate))


def ended(executor: Executor, job: Job, seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while job.succeeded is None and time.monotonic() < deadline:
        executor.wait([job], 0.1)
    assert job.succeeded is not None
    return job.succeeded


def do(executor: Executor, home: Home, stage: Stage, force: bool = False) -> bool:
    return ended(executor, executor.submit(home, stage, "run-1", force))


def events(home: Home, stage: Stage) -> list[Event]:
    """Of the latest attempt; the published result is checked against them."""
    path = home.job(stage.key) / spool.EVENTS
    found, _, damaged = spool.read_events(path)
    assert damaged == 0
    result = spool.read_json(home.job(stage.key) / spool.RESULT)
    assert result is not None
    mine = [event for event in found if event.attempt == result["attempt"]]
    assert [event.seq for event in mine] == list(range(len(mine)))
    assert mine == found[-len(mine) :]
    assert result["rows"] == len(mine)
    lines = b"".join(map(spool.encode, mine))
    assert hashlib.sha256(lines).hexdigest() == result["sha256"]
    assert path.read_bytes().endswith(lines)
    return mine


def types(found: list[Event]) -> list[str]:
    return list(dict.fromkeys(str(event.type) for event in found))


def test_a_chain_of_stages_succeeds_and_is_not_done_twice(executor, home, plan):
    kinds = (StageKind.INTERMEDIATE, StageKind.TARGET, StageKind.EVALUATE, StageKind.LATENCY)
    chain = [of_kind(plan, kind) for kind in kinds]
    for stage in chain:
        assert do(executor, home, stage), events(home, stage)
        assert jobs.is_finished(home, stage)
    training, _, scores, timing = (events(home, stage) for stage in chain)
    assert types(training) == ["started", "progress", "checkpoint", "finished"]
    assert training[0].payload["run_id"] == "run-1"
    assert [e.payload["step"] for e in training if e.type is EventType.PROGRESS] == [1, 3]
    assert types(scores) == ["started", "score", "finished"]
    by_language = {e.payload["language"]: e.payload for e in scores[1:-1]}
    assert list(by_language) == ["en", "de"]
    for one in by_language.values():
        assert one["n_examples"] == len(one["scores"]) == 6
        assert one["value"] == pytest.approx(sum(one["scores"]) / 6)
    assert types(timing) == ["started", "latency", "finished"]
    assert len(timing[1].payload["samples"]) == timing[1].payload["n"] == 5
    before = {stage.key: events(home, stage) for stage in chain}
    assert all(do(executor, home, stage) for stage in chain)
    assert {stage.key: events(home, stage) for stage in chain} == before


def test_force_makes_a_new_attempt_with_the_same_outcome(executor, home, plan):
    stage = of_kind(plan, StageKind.EVALUATE, "none")
    assert do(executor, home, of_kind(plan, StageKind.TARGET, "none"))
    assert do(executor, home, stage)
    first = events(home, stage)
    assert ended(executor, executor.submit(home, stage, "run-2", True))
    second = events(home, stage)
    assert {event.attempt for event in second} == {2}
    assert [e.payload for e in second[1:-1]] == [e.payload for e in first[1:-1]]


def test_a_missing_parent_checkpoint_is_a_failure_in_a_sentence(executor, home, plan):
    parent, stage = of_kind(plan, StageKind.INTERMEDIATE), of_kind(plan, StageKind.TARGET)
    assert do(executor, home, parent)
    (home.checkpoint(parent.key) / jobs.MANIFEST).unlink()
    assert not do(executor, home, stage)
    found = events(home, stage)
    assert types(found) == ["started", "failed"]
    assert "it has no manifest" in found[-1].payload["message"]
    assert "CheckpointError" in found[-1].payload["traceback"]
    assert not jobs.is_finished(home, stage)
    assert not home.checkpoint(stage.key).exists()
    # Mended, the very same stage succeeds in a second attempt.
    assert do(executor, home, parent) and do(executor, home, stage)
    assert {event.attempt for event in events(home, stage)} == {2}


def test_a_changed_parent_checkpoint_is_noticed(executor, home, plan):
    parent, stage = of_kind(plan, StageKind.INTERMEDIATE), of_kind(plan, StageKind.TARGET)
    assert do(executor, home, parent)
    weights = home.checkpoint(parent.key) / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    assert not do(executor, home, stage)
    assert "was changed after it was written" in events(home, stage)[-1].payload["message"]


def test_a_loss_that_is_no_number_is_a_failure(executor, home, plan, poison):
    parent, stage = of_kind(plan, StageKind.INTERMEDIATE), of_kind(plan, StageKind.TARGET)
    assert do(executor, home, parent)
    poison(home, parent.key)
    assert not do(executor, home, stage)
    found = events(home, stage)
    assert types(found) == ["started", "progress", "failed"]
    assert found[1].payload["loss"] == "nan"
    assert "The loss became nan at step 1 of 3" in found[-1].payload["message"]
    assert not home.checkpoint(stage.key).exists()


def long(plan: Plan) -> Stage:
    stage = of_kind(plan, StageKind.TARGET, "none")
    training = {**stage.settings["training"], "steps": 100_000}
    return replace(
        stage, key="long" + stage.key[4:], settings={**stage.settings, "training": training}
    )


def started(home: Home, stage: Stage) -> Event:
    """Wait for its first step; returns the started event."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found, _, _ = spool.read_events(home.job(stage.key) / spool.EVENTS)
        if any(event.type is EventType.PROGRESS for event in found):
            return found[0]
        time.sleep(0.05)
    raise AssertionError("The stage took no step.")


def test_a_cancelled_stage_ends_soon_and_says_so(home, plan):
    executor, stage = EXECUTORS["local"](), long(plan)
    job = executor.submit(home, stage, "run-1", False)
    started(home, stage)
    since = time.monotonic()
    job.cancel()
    assert not ended(executor, job)
    assert time.monotonic() - since < 8
    found = events(home, stage)
    assert types(found) == ["started", "progress", "failed"]
    assert found[-1].payload["message"] == "Cancelled."
    assert (spool.read_json(home.job(stage.key) / spool.RESULT) or {})["state"] == "cancelled"
    assert not home.checkpoint(stage.key).exists()


def test_a_killed_stage_is_explained_and_can_be_repeated(home, plan):
    executor, stage = EXECUTORS["local"](), long(plan)
    job = executor.submit(home, stage, "run-1", False)
    os.kill(started(home, stage).payload["pid"], signal.SIGKILL)
    assert not ended(executor, job)
    assert "killed (signal 9)" in job.explanation
    assert not (home.job(stage.key) / spool.RESULT).exists()
    short = replace(stage, settings=of_kind(plan, StageKind.TARGET, "none").settings)
    assert do(executor, home, short)
    assert {event.attempt for event in events(home, short)} == {2}
