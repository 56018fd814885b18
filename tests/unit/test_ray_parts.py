"""The parts of the Ray executor that need no Ray: needs, events on their way, scratch folders."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from xfer_core import spool
from xfer_core.cli.app import main
from xfer_core.domain.errors import StoreError, XferError
from xfer_core.domain.event import EventType
from xfer_core.domain.run import Stage, StageKind
from xfer_core.executors import ray_scratch
from xfer_core.executors.ray_mailbox import Ended, Letter
from xfer_core.executors.ray_needs import LIBRARIES_BYTES, Machine, needs
from xfer_core.executors.ray_pump import Keeper, Pump
from xfer_core.executors.ray_relay import Relay
from xfer_core.executors.ray_storage import Storage
from xfer_core.home import Home

SMALL = Machine(4, 0, 8 * 2**30)
LARGE = Machine(16, 2, 64 * 2**30)


@pytest.fixture
def home(tmp_path) -> Home:
    return Home(tmp_path / "store").create()


def stage(kind: StageKind, threads: int = 1, parent: str | None = None) -> Stage:
    settings = {"training": {"threads": threads}, "tasks": ["mini-xnli"]}
    task = "mini-xnli"
    return Stage(kind, "key", "mini", "mini-s", "none", task, 1, parent=parent, settings=settings)


@pytest.mark.parametrize(
    ("kind", "machines", "expected"),
    [
        (StageKind.TARGET, [SMALL], (3, 0)),
        (StageKind.EVALUATE, [SMALL], (3, 0)),
        (StageKind.TARGET, [SMALL, LARGE], (3, 1)),
        (StageKind.LATENCY, [SMALL], (4, 0)),
        (StageKind.LATENCY, [SMALL, LARGE], (16, 2)),  # all of the largest: nobody beside it
    ],
)
def test_a_stage_asks_for_its_threads_and_a_measured_one_for_a_node(home, kind, machines, expected):
    asked = needs(home, stage(kind, threads=3), machines)
    assert (asked.cpus, asked.gpus) == expected
    assert any(asked.fit(machine) for machine in machines)
    assert not asked.fit(Machine(asked.cpus - 1, 9, 2**40))
    assert not asked.fit(Machine(99, 9, asked.memory - 1))


def test_memory_follows_the_weights(home):
    manifest = {"files": {"model.safetensors": {"bytes": 1000, "sha256": ""}}}
    spool.publish(home.checkpoint("parent") / "manifest.json", manifest)
    training, other = (
        needs(home, stage(kind, parent="parent"), [SMALL]).memory
        for kind in (StageKind.TARGET, StageKind.EVALUATE)
    )
    assert (training - LIBRARIES_BYTES, other - LIBRARIES_BYTES) == (6000, 2000)


def write(folder: Path, attempt: int = 2) -> bytes:
    """Events as a node writes them."""
    with spool.Writer(folder, "key", attempt) as writer:
        writer.append(EventType.STARTED, run_id="run-1")
        writer.append(EventType.SCORE, value=0.5, scores=[1.0, float("nan")])
        writer.append(EventType.FINISHED, wall_seconds=1.0)
    return (folder / spool.EVENTS).read_bytes()


def test_lines_arrive_byte_for_byte_behind_a_torn_one(tmp_path):
    lines = write(tmp_path / "node")
    here = tmp_path / "here"
    here.mkdir()
    (here / spool.EVENTS).write_bytes(b'{"torn')
    first, rest = lines.split(b"\n", 1)
    with Relay(here, "key", 2) as relay:
        relay.pass_on(first + b"\n")
        relay.pass_on(b"")
        relay.pass_on(rest)
        with spool.Writer(tmp_path / "again", "key", 2) as other:
            other.append(EventType.STARTED)
        assert (relay.rows, len(relay.sha256)) == (3, 64)
    assert (here / spool.EVENTS).read_bytes() == b'{"torn\n' + lines


@pytest.mark.parametrize("wrong", ["missing", "twice", "other attempt", "damaged"])
def test_lines_that_cannot_be_next_are_refused_and_not_written(tmp_path, wrong):
    first, second, third, _ = write(tmp_path / "node").split(b"\n")
    other = write(tmp_path / "other", attempt=1).split(b"\n")[0]
    bad = {"missing": third, "twice": first, "other attempt": other, "damaged": second[:-5]}
    with Relay(tmp_path / "here", "key", 2) as relay:
        relay.pass_on(first + b"\n")
        with pytest.raises(StoreError, match="Expected event 1 of attempt 2"):
            relay.pass_on(bad[wrong] + b"\n")
    assert (tmp_path / "here" / spool.EVENTS).read_bytes() == first + b"\n"


def test_finished_is_said_last(tmp_path):
    letters: list[Letter] = []
    lines = write(tmp_path / "job")
    (tmp_path / "job" / spool.LOG).write_bytes(b"hello\n")
    pump = Pump(tmp_path / "job", letters.append, "token")
    pump.turn()
    pump.turn()  # nothing new: no letter
    (letter,) = letters
    assert letter.log == b"hello\n" and lines.startswith(letter.lines)
    last = pump.last(Ended({"rows": 3}))
    assert letter.lines + last.lines == lines and last.log == b""
    assert b'"finished"' in last.lines and last.lines.count(b"\n") == 1
    assert (last.token, last.ended) == ("token", Ended({"rows": 3}))


def test_the_newest_state_is_kept_elsewhere(tmp_path):
    storage = Storage((tmp_path / "bucket").as_uri())
    keeper = Keeper(tmp_path / "resume", storage, "jobs/key/resume")
    keeper.turn()
    for step in (9, 10):
        state = {"position": {"step": step}, "files": {}}
        spool.publish(tmp_path / "resume" / f"step-{step}" / "manifest.json", state)
        keeper.turn()
    assert storage.names("jobs/key/resume") == ["step-10"]
    (tmp_path / "resume" / "step-11").mkdir()  # without a manifest: not whole
    keeper.turn()
    assert storage.names("jobs/key/resume") == ["step-10"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"code": "0123"}, "Expected the same Xfer on every node"),
        ({"encoder": "0123"}, "Expected the same encoder mini-s"),
        ({"mark": ".ray-other"}, "this node sees another one"),
    ],
)
def test_a_node_refuses_what_means_something_else_there(tmp_path, wrong, said):
    from xfer_core.executors import ray_node

    storage = Storage(f"file://{tmp_path}")
    storage.mark(".ray-1")
    right = ray_node.Errand(
        token="key-1",
        scratch="name",
        stage=stage(StageKind.TARGET).to_json(),
        run_id="run-1",
        attempt=1,
        parent_attempt=None,
        storage=storage.url,
        mark=".ray-1",
        code=ray_node.code_version(),
        encoder=ray_node.encoder_version("mini-s"),
    )
    ray_node.check(right, stage(StageKind.TARGET), storage)
    with pytest.raises(XferError, match=said):
        ray_node.check(replace(right, **wrong), stage(StageKind.TARGET), storage)


HOLD = """
import sys, time
from xfer_core.executors.ray_scratch import scratch
with scratch(sys.argv[1], "node") as home:
    (home.root / "rows" / "kept.json").write_text("{}")
    print(home.root, flush=True)
    time.sleep(60)
"""


def test_folders_of_the_dead_are_swept_and_those_of_the_living_stay(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    processes = [
        subprocess.Popen([sys.executable, "-c", HOLD, name], stdout=subprocess.PIPE, text=True)
        for name in ("dead", "living")
    ]
    try:
        places = [Path(process.stdout.readline().strip()) for process in processes]
        assert all(place.is_dir() for place in places)
        processes[0].kill()
        processes[0].wait()
        ray_scratch.sweep()
        assert not places[0].parent.exists()
        assert (places[1].parent / "rows" / "kept.json").exists()
    finally:
        for process in processes:
            process.kill()
            process.communicate()
    ray_scratch.forget("living", "node")
    assert list(tmp_path.iterdir()) == []


def refused(capsys, *given: str) -> str:
    assert main(["run", "--intermediate", "mini-sst", "--target", "mini-xnli", *given]) == 2
    said = capsys.readouterr().err
    assert said.startswith("xfer: ") and said.count("\n") == 1
    return said


def test_what_ray_cannot_use_is_one_sentence_and_writes_nothing(capsys, tmp_path):
    home, ray = ("--home", str(tmp_path / "store")), ("--executor", "ray")
    assert "--executor ray with" in refused(capsys, *home, "--ray-address", "10.0.0.1:6379")
    assert "--executor ray with" in refused(capsys, *home, "--ray-storage", "s3://bucket")
    assert "host:port" in refused(capsys, *home, *ray, "--ray-address", "ray://10.0.0.1:10001")
    assert "nobody answers" in refused(capsys, *home, *ray, "--ray-address", "127.0.0.1:1")
    assert "cannot be opened" in refused(capsys, *home, *ray, "--ray-storage", "nonsense://a")
    assert list(tmp_path.iterdir()) == []


def test_without_ray_the_sentence_says_what_to_install(capsys, tmp_path, monkeypatch):
    for name in [name for name in sys.modules if name.startswith("xfer_core.executors.ray")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "ray", None)  # as if it were not installed
    said = refused(capsys, "--home", str(tmp_path / "store"), "--executor", "ray")
    assert "pip install -r requirements-cluster.txt" in said
    assert list(tmp_path.iterdir()) == []
