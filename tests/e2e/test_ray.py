"""Stages on a real Ray cluster of two nodes: the results of one machine, whatever is lost."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
import pytest
from ray_token import use_token

from xfer_core import jobs, launching, runner, spool
from xfer_core.domain.event import Event, EventType
from xfer_core.domain.run import Stage, StageKind, State
from xfer_core.executors.base import Job
from xfer_core.executors.local import LocalExecutor
from xfer_core.fingerprints import encoder_hash
from xfer_core.home import Home
from xfer_core.planning import expand
from xfer_core.rows import Fingerprints
from xfer_core.specification import Spec
from xfer_core.store import Store
from xfer_core.store.doctor import doctor
from xfer_core.views.gains import gains

pytestmark = [pytest.mark.slow, pytest.mark.heavy]

REQUEST = {
    "encoders": ["mini-s-aligned"],
    "intermediates": ["mini-sst"],
    "targets": ["mini-xnli", "mini-tatoeba"],
    "languages": ["en", "de", "sw"],
    "settings": {
        "intermediate": {"steps": 4, "train_examples": 64},
        "target": {"steps": 4, "train_examples": 64},
        "evaluation": {"examples": 20},
        "latency": {"measure": False},
    },
}

# A fast processor takes a hundred steps a second; a state must have travelled long before the end.
LONG_ENOUGH = 400


@pytest.fixture(scope="module")
def scratch(tmp_path_factory) -> Path:
    """The temporary folder of the nodes."""
    return tmp_path_factory.mktemp("nodes")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory, scratch) -> Iterator[Any]:
    use_token(tmp_path_factory)
    from ray.cluster_utils import Cluster

    # Ray's sockets need a short path; it leaves its logs there.
    with (
        TemporaryDirectory(prefix="ray-", dir="/tmp") as place,
        pytest.MonkeyPatch.context() as env,
    ):
        env.setenv("TMPDIR", str(scratch))
        env.setenv("RAY_TMPDIR", place)
        made = Cluster(
            initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False}
        )
        made.second = made.add_node(num_cpus=1)
        yield made
        made.shutdown()


class Kept:
    """The executor of the module, which a run must not close: its workers have torch loaded."""

    def __init__(self, executor: Any) -> None:
        self.submit, self.wait = executor.submit, executor.wait

    def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def bucket(tmp_path_factory) -> Path:
    """Where checkpoints travel; the contract's tests let them lie in the store itself."""
    return tmp_path_factory.mktemp("bucket")


@pytest.fixture(scope="module")
def executor(cluster, bucket) -> Iterator[Any]:
    from xfer_core.executors.ray import RayExecutor

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XFER_CHECKPOINT_SECONDS", "0.2")
        made = RayExecutor(cluster.address, f"file://{bucket}")
        yield made
        made.close()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "store").create()


def target(home: Home, steps: int, seed: int = 1) -> Stage:
    """The target stage without an intermediate task, of so many steps."""
    settings = {**REQUEST["settings"], "target": {"steps": steps, "train_examples": 64}}
    spec = Spec.parse({**REQUEST, "seeds": [seed], "settings": settings})
    plan = expand(spec, Fingerprints(home.root), encoder_hash)
    wanted = (StageKind.TARGET, "none", "mini-xnli")
    return next(s for s in plan.stages if (s.kind, s.intermediate, s.target) == wanted)


def events(home: Home, key: str) -> list[Event]:
    return spool.read_events(home.job(key) / spool.EVENTS)[0]


def until(
    executor: Any, jobs: list[Job], condition: Callable[[], object], seconds: float = 60
) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "It took too long."
        executor.wait(jobs, 0.1)


def begun(home: Home, stage: Stage, place: Path) -> int | None:
    """Process of the stage, once a state of its training has come to that place."""
    found = events(home, stage.key)
    kept = list((place / "jobs" / stage.key).glob("resume/step-*/manifest.json"))
    return int(found[0].payload["pid"]) if kept and found else None


def alive(pids: set[int]) -> set[int]:
    """Those that still work; nobody waits for the dead of a process that was killed itself."""
    found = set()
    for pid in pids:
        with suppress(psutil.Error):
            if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                found.add(pid)
    return found


def outcome(home: Home, key: str) -> list[Any]:
    """What must not depend on where a stage ran: scores by example, weights to the last bit."""
    result = spool.read_json(home.job(key) / spool.RESULT)
    assert result is not None and result["state"] == "succeeded"
    kept = (EventType.SCORE, EventType.CHECKPOINT)
    last = [e for e in events(home, key) if e.attempt == result["attempt"]]
    return [event.payload for event in last if event.type in kept]


def predicted(home: Home) -> dict[Path, bytes]:
    """The files of predictions that an export and "examples that flipped" read."""
    files = home.jobs.glob("*/predictions/*/*.json")
    return {file.relative_to(home.jobs): file.read_bytes() for file in files}


def is_whole(home: Home) -> None:
    assert [check for check in doctor(home) if not check.ok] == []


def carry_through(home: Home, run_id: str, executor: Any) -> None:
    """The run; if it does not succeed, the test says what its stages said."""
    state = runner.run(home, run_id, executor)
    keys = [folder.name for folder in spool.folders(home.jobs)]
    said = [e.payload for key in keys for e in events(home, key) if e.type is EventType.FAILED]
    assert (state, said) == (State.SUCCEEDED, [])


def test_a_plan_has_the_results_of_one_machine(tmp_path, bucket, executor, home):
    alone = Home(tmp_path / "alone").create()
    spec = Spec.parse(REQUEST)
    local = LocalExecutor()
    carry_through(alone, launching.create(alone, spec), local)
    run_id = launching.create(home, spec)
    carry_through(home, run_id, Kept(executor))
    keys = {folder.name for folder in spool.folders(alone.jobs)}
    assert {folder.name for folder in spool.folders(home.jobs)} == keys and len(keys) == 7
    for key in keys:
        found = outcome(home, key)
        assert found == outcome(alone, key) and found
    with Store.temporary(home) as store, Store.temporary(alone) as other:
        assert gains(store)["score"].tolist() == gains(other)["score"].tolist()
        rows = store.query("SELECT state, run_id, host, pid FROM jobs")
        assert (set(rows["state"]), set(rows["run_id"])) == ({"succeeded"}, {run_id})
    pids = {int(pid) for pid in rows["pid"]}
    assert len(pids) == 2  # both nodes worked, and not this process
    for pid in pids - {os.getpid()}:
        assert "duckdb" not in Path(f"/proc/{pid}/maps").read_text()
    is_whole(home)
    trained = [folder.name for folder in spool.folders(home.checkpoints)]
    assert len(trained) == 3 and not list((bucket / "jobs").glob("*/resume/*"))
    for key in trained:
        sent = bucket / "checkpoints" / key / jobs.MANIFEST
        assert sent.read_bytes() == (home.checkpoint(key) / jobs.MANIFEST).read_bytes()
    assert predicted(home) == predicted(alone) and len(predicted(home)) == 10
    # A second run finds everything done.
    carry_through(home, launching.create(home, spec), Kept(executor))
    assert {event.attempt for key in keys for event in events(home, key)} == {1}


def test_a_runner_that_was_busy_misses_nothing_of_a_stage_that_ended_meanwhile(
    bucket, executor, home
):
    """Its first letters wait here, the last one is still in the mailbox, and the task is over."""
    stage = target(home, steps=5)
    job = executor.submit(home, stage, "run-1", False)
    executor.wait([job], 0)  # ... and from now on nobody looks
    arrived = bucket / "checkpoints" / stage.key / jobs.MANIFEST
    deadline = time.monotonic() + 60
    while not arrived.exists():
        assert time.monotonic() < deadline, "It took too long."
        time.sleep(0.1)
    time.sleep(1)
    until(executor, [job], lambda: job.succeeded is not None)
    assert job.succeeded, job.explanation
    assert events(home, stage.key)[-1].type is EventType.FINISHED


def test_two_executors_that_need_one_stage_compute_it_once(executor, home):
    stage, local = target(home, steps=5), LocalExecutor()
    first = local.submit(home, stage, "run-1", False)
    second = executor.submit(home, stage, "run-2", False)
    until(executor, [second], lambda: second.succeeded is not None)
    while first.succeeded is None:
        local.wait([first], 0.1)
    assert first.succeeded and second.succeeded
    found = events(home, stage.key)
    assert [e.type for e in found].count(EventType.STARTED) == 1


def test_a_killed_process_costs_an_attempt_and_not_the_stage(tmp_path, bucket, executor, home):
    stage = target(home, steps=LONG_ENOUGH)
    undisturbed, local = Home(tmp_path / "undisturbed").create(), LocalExecutor()
    other = local.submit(undisturbed, stage, "run-1", False)
    job = executor.submit(home, stage, "run-1", False)
    until(executor, [job], lambda: begun(home, stage, bucket))
    pid = begun(home, stage, bucket)
    os.kill(pid, signal.SIGKILL)
    until(executor, [job], lambda: job.succeeded is not None)
    assert job.succeeded, job.explanation
    first = [e for e in events(home, stage.key) if e.attempt == 1]
    assert [event.seq for event in first] == list(range(len(first)))
    assert f"Process {pid} on node" in first[-1].payload["message"]
    assert "in attempt 1 of 3; the stage begins again." in first[-1].payload["message"]
    assert "Resumed behind step" in (home.job(stage.key) / spool.LOG).read_text()
    while other.succeeded is None:
        local.wait([other], 0.1)
    assert outcome(home, stage.key) == outcome(undisturbed, stage.key)
    assert not list((bucket / "jobs" / stage.key).glob("resume/*"))
    is_whole(home)
    with Store.temporary(home) as store:
        rows = store.query("SELECT attempt, state FROM jobs ORDER BY attempt")
    assert rows.to_numpy().tolist() == [[1, "failed"], [2, "succeeded"]]


def test_a_lost_node_is_named_and_its_stage_goes_on_elsewhere(cluster, bucket, executor, home):
    stages = [target(home, steps=LONG_ENOUGH + 1, seed=seed) for seed in (1, 2)]
    work = [executor.submit(home, stage, "run-1", False) for stage in stages]
    until(executor, work, lambda: all(begun(home, stage, bucket) for stage in stages))
    raylet = cluster.second.all_processes["raylet"][0].process.pid
    there = next(s for s in stages if psutil.Process(begun(home, s, bucket)).ppid() == raylet)
    node_id = cluster.second.node_id
    cluster.remove_node(cluster.second, allow_graceful=False)
    until(executor, work, lambda: None not in [job.succeeded for job in work])
    assert [job.succeeded for job in work] == [True, True], [job.explanation for job in work]
    last = [e for e in events(home, there.key) if e.attempt == 1][-1]
    assert f"(id {node_id[:12]}) was lost in attempt 1 of 3" in last.payload["message"]
    assert {e.attempt for e in events(home, there.key)} == {1, 2}
    is_whole(home)


def test_a_cancelled_stage_ends_soon_and_says_so(bucket, executor, home):
    stage, waiting = target(home, steps=100_000), target(home, steps=99_999)
    job = executor.submit(home, stage, "run-1", False)
    until(executor, [job], lambda: begun(home, stage, bucket))
    queued = executor.submit(home, waiting, "run-1", False)
    since = time.monotonic()
    for one in (job, queued):
        one.cancel()
    until(executor, [job, queued], lambda: None not in (job.succeeded, queued.succeeded))
    assert time.monotonic() - since < 8
    assert (job.succeeded, queued.succeeded) == (False, False)
    last = events(home, stage.key)[-1]
    assert (last.payload["message"], last.payload["state"]) == ("Cancelled.", "cancelled")
    assert (spool.read_json(home.job(stage.key) / spool.RESULT) or {})["state"] == "cancelled"
    assert events(home, waiting.key) == []
    assert not home.checkpoint(stage.key).exists()


@pytest.mark.long
def test_a_stage_that_is_lost_three_times_has_failed(executor, home):
    stage = target(home, steps=100_000)
    job = executor.submit(home, stage, "run-1", False)
    for attempt in (1, 2, 3):

        def steps(attempt: int = attempt) -> list[int]:
            """Processes that have taken a step of this attempt."""
            mine = [e for e in events(home, stage.key) if e.attempt == attempt]
            begun = any(e.type is EventType.PROGRESS for e in mine)
            return [mine[0].payload["pid"]] if begun else []

        until(executor, [job], steps, seconds=120)
        os.kill(steps()[0], signal.SIGKILL)
    until(executor, [job], lambda: job.succeeded is not None)
    assert job.succeeded is False
    assert "in attempt 3 of 3. Look at that node" in job.explanation
    assert (spool.read_json(home.job(stage.key) / spool.RESULT) or {})["state"] == "failed"
    is_whole(home)


def test_a_cancel_on_the_command_line_leaves_nobody(
    scratch, cluster, executor, home, xfer, xfer_process
):
    executor.close()  # its workers' memory, and its scratch folders
    assert len(list(scratch.glob("xfer-ray-*"))) == 1  # of the node that was lost
    settings = {**REQUEST["settings"], "target": {"steps": 100_000, "train_examples": 64}}
    run_id = launching.create(home, Spec.parse({**REQUEST, "settings": settings}))
    given = ("--executor", "ray", "--ray-address", cluster.address)
    process = xfer_process("run", run_id, "--home", home.root, *given)

    def steps() -> list[Path]:
        paths = home.jobs.glob("*/events.jsonl")
        return [path for path in paths if b'"steps":100000' in path.read_bytes()]

    deadline = time.monotonic() + 100
    while not steps() and process.poll() is None:
        assert time.monotonic() < deadline, "It took too long."
        time.sleep(0.1)
    folders = spool.folders(home.jobs)
    found = [event for folder in folders for event in events(home, folder.name)]
    pids = {event.payload["pid"] for event in found if event.type is EventType.STARTED}
    assert alive(pids)
    assert xfer("cancel", run_id, "--home", home.root).code == 0
    _, err = process.communicate(timeout=20)
    assert (process.returncode, "ended as cancelled" in err) == (1, True), err
    results = [json.loads(path.read_text()) for path in home.jobs.glob("*/result.json")]
    assert "cancelled" in [result["state"] for result in results]
    is_whole(home)
    deadline = time.monotonic() + 10
    while alive(pids) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not alive(pids)
    assert list(scratch.glob("xfer-ray-*")) == list(home.root.glob(".ray-*")) == []
