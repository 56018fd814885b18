"""Killed anywhere, a run finishes when it is started again, and no row is lost or doubled."""

from __future__ import annotations

import math
import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

import psutil
import pytest

from xfer_core import launching, spool
from xfer_core.domain.event import EventType
from xfer_core.home import Home
from xfer_core.specification import Spec
from xfer_core.store import Store
from xfer_core.store.doctor import doctor
from xfer_core.store.rebuild import content_hash, rebuild
from xfer_core.views.gains import gains

pytestmark = pytest.mark.slow

REQUEST = {
    "intermediates": ["mini-sst"],
    "targets": ["mini-xnli"],
    "languages": ["en", "de"],
    "seeds": [1],
    "settings": {
        "target": {"steps": 4, "train_examples": 64},
        "intermediate": {"steps": 4, "train_examples": 64},
        "evaluation": {"examples": 8},
        "latency": {"samples": 5, "warmup": 1},
    },
}
TABLES = {"score": "scores", "progress": "curves", "latency": "latency"}


@pytest.fixture
def home(tmp_path) -> Home:
    return Home(tmp_path / "store")


def new_run(home: Home, **more: object) -> str:
    return launching.create(home, Spec.parse({**REQUEST, **more}))


def lines(home: Home) -> int:
    """Events of all jobs so far."""
    return sum(path.read_bytes().count(b"\n") for path in home.jobs.glob("*/events.jsonl"))


def wait_until(
    condition: Callable[[], bool], process: subprocess.Popen, seconds: float = 90
) -> None:
    """Until it is so, or the process has ended."""
    deadline = time.monotonic() + seconds
    while not condition() and process.poll() is None:
        assert time.monotonic() < deadline, "It took too long."
        time.sleep(0.01)


def session(process: subprocess.Popen) -> list[psutil.Process]:
    """Every process that the run started and that is still there."""
    found = []
    for one in psutil.process_iter():
        with suppress(ProcessLookupError, psutil.Error):
            if os.getsid(one.pid) == process.pid and one.status() != psutil.STATUS_ZOMBIE:
                found.append(one)
    return found


def workers(home: Home, process: subprocess.Popen) -> list[int]:
    """Processes that are at work on a stage, as their started events name them."""
    alive = {one.pid for one in session(process)}
    found = []
    for folder in spool.folders(home.jobs):
        events, _, _ = spool.read_events(folder / spool.EVENTS)
        begun = [e.payload["pid"] for e in events if e.type is EventType.STARTED]
        over = events and events[-1].type in (EventType.FINISHED, EventType.FAILED)
        found += [pid for pid in begun[-1:] if pid in alive and not over]
    return found


def gone(process: subprocess.Popen, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while session(process) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not session(process)


def is_whole(home: Home, finished: Home) -> None:
    """The doctor is content, rows are as the spool says, numbers as without any kill."""
    assert [check for check in doctor(home) if not check.ok] == []
    _rows_are_those_of_the_spool(home)
    report = rebuild(home)
    assert report.content_hash_before == report.content_hash_after
    with Store.temporary(home) as afresh:
        assert content_hash(afresh) == report.content_hash_after
        _gains_are_those_without_a_kill(afresh, finished)


def _rows_are_those_of_the_spool(home: Home) -> None:
    with Store.open(home) as store:
        stored = {
            (table, row.job_id, row.attempt): row.n
            for table in TABLES.values()
            for row in store.query(
                f"SELECT job_id, attempt, count(*) AS n FROM {table} GROUP BY ALL"
            ).itertuples()
        }
    assert len(list(spool.folders(home.jobs))) == 7
    for folder in spool.folders(home.jobs):
        result = spool.read_json(folder / spool.RESULT)
        assert result is not None and result["state"] == "succeeded"
        events, _, _ = spool.read_events(folder / spool.EVENTS)
        last = [event for event in events if event.attempt == result["attempt"]]
        assert [event.seq for event in last] == list(range(result["rows"]))
        identities = Counter((event.attempt, event.seq) for event in events)
        assert max(identities.values()) == 1
        expected = Counter((TABLES[e.type], e.attempt) for e in events if e.type in TABLES)
        found = {key: stored.get((key[0], folder.name, key[1])) for key in expected}
        assert found == expected


def _gains_are_those_without_a_kill(store: Store, finished: Home) -> None:
    """The other store has a second seed, so seeds are compared one by one."""
    with Store.temporary(finished) as other:
        expected = gains(other, target="mini-xnli").set_index(["intermediate", "language"])
    found = gains(store, target="mini-xnli")
    assert len(found) == len(expected) == 8
    for row in found.to_dict("records"):
        one = expected.loc[(row["intermediate"], row["language"])]
        place = list(one["seeds"]).index(1)
        assert list(row["seeds"]) == [1]
        score, baseline = one["seed_scores"][place], one["seed_baselines"][place]
        assert math.isclose(row["score"], score, abs_tol=1e-6)
        if row["intermediate"] != "none":
            gain = 100 * (score - baseline)
            assert math.isclose(row["gain_points"], gain, abs_tol=1e-6)


# In all 52 kills at random points; one chain of them is quick enough for every day.
@pytest.mark.parametrize(
    ("seed", "kills"),
    [(1, 2), *(pytest.param(seed, 5, marks=pytest.mark.long) for seed in range(2, 12))],
)
@pytest.mark.heavy
def test_killed_again_and_again_a_run_still_finishes(
    xfer, xfer_process, home, finished, seed, kills
):
    rng = random.Random(seed)
    run_id = new_run(home)
    for number in range(kills):
        process = xfer_process("run", run_id, "--home", home.root)
        begun, more = lines(home), rng.randint(1, 9)
        wait_until(lambda begun=begun, more=more: lines(home) >= begun + more, process)
        time.sleep(rng.random() * 0.1)
        victims = workers(home, process) if number % 2 else []
        if process.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(rng.choice(victims or [process.pid]), signal.SIGKILL)
        process.communicate(timeout=120)
        assert [check for check in doctor(home) if not check.ok] == []
        state = xfer("status", run_id, "--home", home.root, "--json").json["state"]
        assert state in ("interrupted", "failed", "succeeded")
    answer = xfer("run", run_id, "--home", home.root)
    assert answer.code == 0, answer.err
    assert xfer("doctor", "--home", home.root).code == 0
    assert xfer("status", run_id, "--home", home.root, "--json").json["state"] == "succeeded"
    is_whole(home, finished)


@pytest.mark.heavy
def test_ctrl_c_can_be_resumed_and_a_cancel_leaves_nobody(xfer, xfer_process, home, finished):
    run_id = new_run(home)
    process = xfer_process("run", run_id, "--home", home.root)
    wait_until(lambda: lines(home) >= 2, process)
    os.kill(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=15)
    assert (process.returncode, "ended as interrupted" in err) == (1, True)
    assert gone(process, 5)
    process = xfer_process("run", run_id, "--home", home.root)
    before = lines(home)
    wait_until(lambda: lines(home) > before, process)
    since = time.monotonic()
    assert xfer("cancel", run_id, "--home", home.root).code == 0
    _, err = process.communicate(timeout=15)
    assert gone(process, max(0.0, 15 - (time.monotonic() - since)))
    assert (process.returncode, "ended as cancelled" in err) == (1, True)
    assert xfer("status", run_id, "--home", home.root, "--json").json["state"] == "cancelled"
    assert xfer("doctor", "--home", home.root).code == 0
    assert xfer("run", run_id, "--home", home.root).code == 0
    is_whole(home, finished)


@pytest.mark.heavy
def test_a_long_stage_is_stopped_within_15_seconds(xfer_process, home):
    run_id = new_run(home, settings={"target": {"steps": 100_000, "train_examples": 64}})
    process = xfer_process("run", run_id, "--home", home.root)

    def trains() -> bool:
        return any(b'"progress"' in p.read_bytes() for p in home.jobs.glob("*/events.jsonl"))

    wait_until(trains, process)
    with_workers = len(session(process))
    assert with_workers >= 3  # runner, fork server, a stage
    since = time.monotonic()
    os.kill(process.pid, signal.SIGTERM)
    process.communicate(timeout=15)
    assert gone(process, 15 - (time.monotonic() - since))
    states = [
        (spool.read_json(folder / spool.RESULT) or {}).get("state")
        for folder in spool.folders(home.jobs)
    ]
    assert "cancelled" in states
    assert not list(home.checkpoints.glob(".tmp-*"))
