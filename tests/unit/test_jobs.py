"""What counts as finished: a result, a whole checkpoint, and the parent it was made from."""

from __future__ import annotations

import pytest
from spool_samples import stage

from xfer_core import jobs, spool
from xfer_core.domain.run import Stage
from xfer_core.home import Home


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "store").create()


def publish(home: Home, of: Stage, *, attempt: int = 1, **more: object) -> None:
    values = {"state": "succeeded", "attempt": attempt, "kind": str(of.kind), "wall_seconds": 2.0}
    values["parent_attempt"] = jobs.last_attempt(home, of.parent)
    spool.publish(home.job(of.key) / spool.RESULT, {**values, **more})


def save(home: Home, of: Stage, data: bytes = b"weights") -> None:
    folder = home.checkpoint(of.key)
    folder.mkdir(exist_ok=True)
    (folder / "model.safetensors").write_bytes(data)
    files = {"model.safetensors": {"bytes": len(data), "sha256": "0" * 64}}
    spool.publish(folder / jobs.MANIFEST, {"files": files})


def test_a_measurement_is_finished_by_its_result(home):
    one = stage("evaluate")
    assert not jobs.is_finished(home, one)
    publish(home, one)
    assert jobs.is_finished(home, one)


@pytest.mark.parametrize("state", ["failed", "cancelled"])
def test_a_result_without_success_does_not_count(home, state):
    one = stage("evaluate")
    publish(home, one, state=state)
    assert not jobs.is_finished(home, one)


def test_training_needs_its_whole_checkpoint(home):
    one = stage("target")
    publish(home, one)
    assert not jobs.is_finished(home, one)
    save(home, one)
    assert jobs.is_finished(home, one)
    weights = home.checkpoint(one.key) / "model.safetensors"
    weights.write_bytes(b"weight")
    assert not jobs.is_finished(home, one)
    weights.unlink()
    assert not jobs.is_finished(home, one)
    save(home, one)
    (home.checkpoint(one.key) / jobs.MANIFEST).write_text("{")
    assert not jobs.is_finished(home, one)


def test_a_result_on_an_older_parent_does_not_count(home):
    parent = stage("target")
    child = stage("evaluate", parent=parent.key)
    save(home, parent)
    publish(home, parent, attempt=1)
    publish(home, child)
    assert jobs.is_finished(home, child)
    publish(home, parent, attempt=2)
    assert not jobs.is_finished(home, child)
    publish(home, child, attempt=2)
    assert jobs.is_finished(home, child)


def test_a_damaged_result_is_no_result(home):
    one = stage("evaluate")
    publish(home, one)
    (home.job(one.key) / spool.RESULT).write_text('{"state": "succ')
    assert not jobs.is_finished(home, one)
    assert jobs.last_attempt(home, one.key) is None


def test_attempts_count_up_even_if_nothing_came_of_them(home):
    one = stage("target")
    assert [jobs.next_attempt(home, one) for _ in range(3)] == [1, 2, 3]
    kept = spool.read_json(home.job(one.key) / spool.STAGE)
    assert kept is not None and Stage.from_json(kept["stage"]) == one
    assert jobs.last_attempt(home, one.key) is None
    assert jobs.last_attempt(home, None) is None


def test_mean_bytes(home):
    assert jobs.mean_bytes(home) == 8 * 2**20
    save(home, stage("target", seed=1), b"12")
    save(home, stage("target", seed=2), b"1234")
    assert jobs.mean_bytes(home) == 3.0
