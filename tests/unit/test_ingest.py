"""Importing the spool: everything once, in any pieces, whatever the jobs write."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest
from spool_samples import LANGUAGES, TORN, append, stage, write_grid, write_job, write_run

from xfer_core import spool
from xfer_core.domain.event import EventType
from xfer_core.home import Home
from xfer_core.store import Store, ingest, reading
from xfer_core.store.rebuild import content_hash
from xfer_core.store.seal import seal

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "store").create()


def states(store: Store, table: str = "jobs") -> list[str]:
    return store.query(f"SELECT state FROM {table} ORDER BY ALL")["state"].tolist()


def test_a_grid_arrives_in_all_tables(home: Home) -> None:
    stages = write_grid(home)
    with Store.open(home) as store:
        counts = {
            table: int(store.query(f"SELECT count(*) AS n FROM {table}")["n"][0])
            for table in ("runs", "stages", "jobs", "scores", "example_scores", "curves", "latency")
        }
        assert counts == {
            "runs": 1, "stages": 12, "jobs": 12, "scores": 12, "example_scores": 12,
            "curves": 12, "latency": 4,
        }  # fmt: skip
        run = store.query("SELECT * FROM runs").iloc[0]
        assert run["state"] == "succeeded" and run["created_at"] <= run["ended_at"]
        assert set(states(store, "stages")) == {"succeeded"}
        order = store.query("SELECT key FROM stages ORDER BY position")["key"].tolist()
        assert order == [each.key for each in stages]
        row = store.query("SELECT * FROM current_scores WHERE seed = 2 AND language = 'de'")
        assert set(row["intermediate"]) == {"none", "mini-mnli"}
        assert set(row["variant"]) == {"v1"} and set(row["source"]) == {"measured"}
        gains = store.query("SELECT * FROM cells WHERE language = 'zero-shot' ORDER BY ALL")
        assert gains["n_seeds"].tolist() == [2, 2]
        assert store.query("SELECT * FROM stale_cells").empty


def test_importing_again_changes_nothing(home: Home) -> None:
    write_grid(home)
    with Store.open(home) as store:
        before, version = content_hash(store), store.version
        assert store.import_new() == 0 and store.version == version
        store.query("SELECT 1")
        cursor = store._connection.cursor()
        cursor.execute("DELETE FROM sources")
        cursor.close()
    with Store.open(home) as store:
        assert content_hash(store) == before


@pytest.mark.parametrize("pieces", [1, 7, 301])
def test_a_file_may_grow_by_any_bytes(home: Home, tmp_path: Path, pieces: int) -> None:
    """Split in mid-line or not, the rows are those of the whole file."""
    other = Home(tmp_path / "other").create()
    for each in (stage("target"), stage("evaluate")):
        write_job(home, each, end="torn")
        write_job(home, each, attempt=2)
    with Store.temporary(home) as whole, Store.open(other) as store:
        for each in (stage("target"), stage("evaluate")):
            data = (home.job(each.key) / spool.EVENTS).read_bytes()
            other.job(each.key).mkdir()
            cuts = sorted(random.Random(pieces).sample(range(len(data)), min(pieces, 40)))
            for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
                append(other.job(each.key), data[start:end])
                store.import_new()
        assert content_hash(store) == content_hash(whole)
        assert store.query("SELECT sum(damaged) AS n FROM sources")["n"][0] == 2


def test_small_batches_and_chunks_give_the_same(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_grid(home)
    with Store.temporary(home) as store:
        expected = content_hash(store)
    monkeypatch.setattr(ingest, "BATCH_EVENTS", 3)
    monkeypatch.setattr(reading.chunks, "__defaults__", (200,))
    with Store.temporary(home) as store:
        assert content_hash(store) == expected and store.version > 20


def test_job_states_follow_the_events(home: Home) -> None:
    of = stage("target")
    with Store.open(home) as store:
        write_job(home, of, end="torn")
        store.import_new()
        assert states(store) == ["running"]
        write_job(home, of, attempt=2, end="failed")
        store.import_new()
        assert states(store) == ["failed", "interrupted"]
        write_job(home, of, attempt=3)
        store.import_new()
        assert states(store) == ["failed", "interrupted", "succeeded"]
        assert store.query("SELECT attempt FROM current_jobs")["attempt"].tolist() == [3]
        failed = store.query("SELECT * FROM jobs WHERE state = 'failed'").iloc[0]
        assert failed["message"] == "Out of memory." and failed["kind"] == "target"


@pytest.mark.parametrize(
    ("run", "job"), [("cancelled", "cancelled"), ("lost", "interrupted"), ("running", "running")]
)
def test_no_job_runs_on_in_a_run_that_ended(home: Home, run: str, job: str) -> None:
    of = stage("target")
    write_job(home, of, end="killed")
    with Store.open(home) as store:
        write_run(home, "run-1", [of], state=run, jobs="running")
        store.import_new()
        assert states(store) == [job]
        with Store.temporary(home) as fresh:
            assert content_hash(fresh) == content_hash(store)


def test_a_resumed_run_gets_a_new_plan(home: Home) -> None:
    stages = [stage("target", seed=seed) for seed in (1, 2, 3)]
    write_run(home, "run-1", stages[:2], state="interrupted", jobs="failed")
    with Store.open(home) as store:
        assert states(store, "stages") == ["failed", "failed"]
        write_run(home, "run-1", stages[1:], attempt=2, state="running", reused=[stages[2].key])
        store.import_new()
        rows = store.query("SELECT key, state FROM stages ORDER BY position")
        assert rows.to_numpy().tolist() == [
            [stages[1].key, "succeeded"],
            [stages[2].key, "reused"],
        ]
        run = store.query("SELECT * FROM runs").iloc[0]
        assert run["state"] == "running" and run["attempt"] == 2
        assert run[["ended_at"]].isna().all()


def test_what_is_not_a_number_is_null(home: Home) -> None:
    of = stage("target")
    write_job(home, of, losses=[float("nan"), float("inf"), "nonsense", None, 0.5])
    scores = {"language": "en", "split": "test", "metric": "accuracy", "n_examples": 0}
    with spool.Writer(home.job("empty"), "empty", 1) as writer:
        writer.append(EventType.STARTED, run_id="run-1", stage=stage().to_json())
        writer.append(EventType.SCORE, **scores, value=None, scores=[], weights=None)
        writer.append(EventType.SCORE, **scores, value=float("nan"), scores=["x"], weights=[1])
        writer.append(EventType.FINISHED, wall_seconds=1, rows=3)
    with Store.open(home) as store:
        loss = store.query("SELECT loss FROM curves ORDER BY step")["loss"]
        assert loss.isna().tolist() == [True, True, True, True, False]
        assert store.query("SELECT value FROM scores")["value"].isna().all()


def test_strange_lines_are_counted_and_stop_nothing(home: Home) -> None:
    folder = write_job(home, stage("target"), end="killed")
    good = '{"job_id":"%s","attempt":%s,"seq":%s,"type":"%s","at":%s,"payload":%s}\n'
    for values in (
        ("someone-else", 1, 90, "progress", '"now"', "{}"),
        (folder.name, '"one"', 91, "progress", '"now"', "{}"),
        (folder.name, 1, 99999999999, "progress", '"now"', "{}"),
        (folder.name, 1, 92, "gossip", '"now"', "{}"),
        (folder.name, 1, 93, "progress", '"now"', "[]"),
    ):
        append(folder, (good % values).encode())
    odd = '{"step":1e300,"loss":[1],"what":"\\ud800\\u0000"}'
    append(folder, (good % (folder.name, 1, 94, "progress", "7", odd)).encode())
    append(folder, TORN + b"\n\xff\xfe\n\n[1]\n")
    with Store.open(home) as store:
        assert store.query("SELECT sum(damaged) AS n FROM sources")["n"][0] == 8
        assert len(store.query("SELECT * FROM curves")) == 4


def test_a_job_without_its_first_line_is_still_known(home: Home) -> None:
    folder = write_job(home, stage())
    lines = (folder / spool.EVENTS).read_bytes().splitlines(keepends=True)
    (folder / spool.EVENTS).write_bytes(b"broken\n" + b"".join(lines[1:]))
    with Store.open(home) as store:
        assert set(store.query("SELECT target FROM current_scores")["target"]) == {"mini-xnli"}


def test_sealing_while_open_and_going_on_afterwards(home: Home) -> None:
    jobs = [stage("target"), stage("evaluate")]
    for each in jobs:
        write_job(home, each, end="killed")
        write_job(home, each, attempt=2)
    with Store.open(home) as store:
        expected = content_hash(store)
        assert seal(home) == []
        assert seal(home, 0) == sorted(each.key for each in jobs)
        store.import_new()
        assert content_hash(store) == expected
        # The successor is as long as its predecessor was read, and must be read from 0.
        folder = write_job(home, jobs[1], attempt=3)
        store.import_new()
        assert len(store.query("SELECT * FROM scores")) == 3 * len(LANGUAGES)
        write_job(home, jobs[1], attempt=4)
        assert seal(home, 0) == [folder.name] and not (folder / spool.EVENTS).exists()
        store.import_new()
        with Store.temporary(home) as fresh:
            assert content_hash(fresh) == content_hash(store)
            assert len(fresh.query("SELECT * FROM scores")) == 4 * len(LANGUAGES)


def test_a_kill_while_sealing_is_harmless(home: Home) -> None:
    folder = write_job(home, stage())
    before = (folder / spool.EVENTS).read_bytes()
    seal(home, 0)
    (folder / spool.EVENTS).write_bytes(before)
    with Store.open(home) as store:
        assert len(store.query("SELECT * FROM scores")) == len(LANGUAGES)
        assert len(list(reading.lines(folder))) == before.count(b"\n")
    assert seal(home, 0) == [folder.name]
    assert b"".join(line for _, line in reading.lines(folder)) == before


KILLS = """
import os, random, signal, sys, time
from pathlib import Path
from xfer_core import spool
from xfer_core.domain.event import EventType
from xfer_core.home import Home
from xfer_core.store import Store, ingest as importing, reading

importing.BATCH_EVENTS, reading.chunks.__defaults__ = 2000, (200_000,)  # Many commits to kill.
home, chance = Home(Path(sys.argv[1])), random.Random(7)

def write():
    writer = spool.Writer(home.job("fast"), "fast", 1)
    for step in range(10**9):
        writer.append(EventType.PROGRESS, step=step, steps=10**9, loss=0.5, what="training")

def ingest():
    store = Store.open(home, ingest=False)
    while True:
        store.import_new()
        rows = store.query("SELECT count(*) AS n FROM curves")["n"][0]
        os.write(told, b"%d\\n" % rows)

def start(work):
    child = os.fork()
    if not child:
        work()
    return child

def kill(child):
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)

writer, acknowledged = start(write), b"0"
for round_ in range(6):
    heard, told = os.pipe()
    owner = start(ingest)
    if round_ % 2:  # After a commit; else at any moment of opening and importing.
        acknowledged = os.read(heard, 100).split()[-1]
    time.sleep(chance.uniform(0.0, 0.4))
    kill(owner)
kill(writer)
print(acknowledged.decode())
"""


@pytest.mark.slow
def test_kill_9_of_both_sides_loses_and_doubles_nothing(home: Home) -> None:
    """A process writes as fast as it can; six owners in a row are killed while they import."""
    command = [sys.executable, "-c", KILLS, str(home.root)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    count = "SELECT count(*) AS n, count(DISTINCT step) AS steps FROM curves"
    written = (home.job("fast") / spool.EVENTS).read_bytes().count(b"\n")
    with Store.open(home, ingest=False) as store:
        assert 0 < int(done.stdout) <= store.query(count)["n"][0] <= written
        assert not store.notices
        store.import_new()
        row = store.query(count).iloc[0]
    assert row["n"] == row["steps"] == written, done.stderr
