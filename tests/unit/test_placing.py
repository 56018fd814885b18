from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from xfer_core import launching
from xfer_core.domain.errors import UsageError
from xfer_core.home import Home
from xfer_core.placing import Place
from xfer_core.specification import Spec, preset


@pytest.mark.parametrize(
    "place",
    [
        Place(),
        Place("inline"),
        Place("ray"),
        Place("ray", "10.0.0.1:6379", "s3://bucket/xfer"),
        Place("ray", "[::1]:6379"),
        Place("ray", "head.example.org:6379", "/shared/xfer"),
    ],
)
def test_place_comes_back_from_a_plan(place: Place) -> None:
    assert Place.of(json.loads(json.dumps({"executor": place.plain()}))) == place


def test_plan_without_a_place_is_this_machine() -> None:
    for plan in ({}, {"executor": None}, {"executor": "ray"}, {"executor": []}):
        assert Place.of(plan) == Place()


@pytest.mark.parametrize(
    "values",
    [
        ("shell",),
        ("local", "10.0.0.1:6379"),
        ("local", "", "s3://bucket"),
        ("ray", "--force"),
        ("ray", "host"),
        ("ray", "host:12;rm -rf"),
        ("ray", "$(id):1"),
        ("ray", "host:1\n"),
        ("ray", "a" * 300 + ":1"),
        ("ray", "", "-x"),
        ("ray", "", "s3://a b"),
        ("ray", "", "s3://a\x00"),
    ],
)
def test_what_cannot_be_a_place_is_refused(values: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="Expected"):
        Place(*values)
    with pytest.raises(UsageError, match="Expected"):
        Place.of({"executor": dict(zip(("executor", "address", "storage"), values, strict=False))})


def test_arguments_are_one_word_each() -> None:
    assert Place().arguments() == ["--executor=local"]
    assert Place("ray", "h:1", "s3://b").arguments() == [
        "--executor=ray",
        "--ray-address=h:1",
        "--ray-storage=s3://b",
    ]


def test_run_keeps_its_place_and_retry_can_change_it(tmp_path: Path) -> None:
    home = Home(tmp_path / "store").create()
    spec = Spec.parse(preset("demo"))
    run_id = launching.create(home, spec, place=Place("inline"))
    assert launching.place_of(home, run_id) == Place("inline")
    assert launching.place_of(home, launching.create(home, spec)) == Place()
    with pytest.raises(UsageError, match="no run"):
        launching.place_of(home, "gone")


def test_retry_starts_the_runner_where_it_was_told(tmp_path: Path) -> None:
    pytest.importorskip("ray")
    home = Home(tmp_path / "store").create()
    run_id = launching.create(home, Spec.parse(preset("demo")))
    command = [sys.executable, "-m", "xfer_core", "retry", run_id, "--home", str(home.root)]
    place = ["--executor", "ray", "--ray-address", "127.0.0.1:1"]
    environment = {**os.environ, "XFER_SLOT_FOLDER": str(tmp_path / "slots")}
    subprocess.run([*command, *place], env=environment, check=True)
    assert launching.place_of(home, run_id) == Place("ray", "127.0.0.1:1")
    runner = _runner(run_id)
    words = runner.cmdline()
    runner.kill()
    assert words[-2:] == ["--executor=ray", "--ray-address=127.0.0.1:1"]


def _runner(run_id: str) -> psutil.Process:
    """The process that was started for a run."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for process in psutil.process_iter(["cmdline"]):
            if run_id in (process.info["cmdline"] or []):
                return process
        time.sleep(0.05)
    raise AssertionError("No runner was started.")
