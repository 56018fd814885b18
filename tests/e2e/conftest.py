"""A small grid, run once per session by a real ``xfer run``, and ways to call the command line."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.sharing import shared
from xfer_core import spool
from xfer_core.cli.app import main
from xfer_core.domain.event import Event, EventType
from xfer_core.home import Home

ROOT = Path(__file__).parents[2]
QUICK = (
    "target.steps=4",
    "target.train_examples=64",
    "intermediate.steps=4",
    "intermediate.train_examples=64",
    "evaluation.examples=8",
    "latency.samples=5",
    "latency.warmup=1",
)
GRID = ("--intermediate", "mini-sst", "--target", "mini-xnli,mini-tatoeba", "--seeds", "1,2")


@dataclass(frozen=True)
class Answer:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out)


def options(*settings: str) -> list[str]:
    """Spec options with the quick settings, later ones overruling them."""
    return [part for setting in (*QUICK, *settings) for part in ("--set", setting)]


@pytest.fixture(scope="session")
def request_options() -> Callable[..., list[str]]:
    """Options of the small grid; more settings may follow."""

    def grid(*settings: str, languages: str = "en,de") -> list[str]:
        return [*GRID, "--languages", languages, *options(*settings)]

    return grid


@pytest.fixture(scope="session")
def xfer() -> Callable[..., Answer]:
    """A command in this very process: the program takes seconds to start, the tests are many."""

    def call(*arguments: object) -> Answer:
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = main([str(argument) for argument in arguments])
        return Answer(code, out.getvalue(), err.getvalue())

    return call


@pytest.fixture(scope="session")
def xfer_process() -> Callable[..., subprocess.Popen[str]]:
    """A command as a process and session of its own, as a person or a button starts it."""

    def start(*arguments: object, source: Path = ROOT) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "xfer_core", *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=source,
            env={**os.environ, "PYTHONPATH": str(source)},
            start_new_session=True,
        )

    return start


@pytest.fixture(scope="session")
def finished(tmp_path_factory, xfer_process, request_options) -> Home:
    """A store with the finished small grid; read it, never change it."""

    def run(folder: Path) -> None:
        process = xfer_process("run", "--home", folder / "store", *request_options())
        out, err = process.communicate(timeout=240)
        assert process.returncode == 0, out + err

    return Home(shared(tmp_path_factory, "small-grid", run) / "store")


@pytest.fixture
def copied(finished: Home, tmp_path: Path) -> Home:
    """The finished grid in a store that a test may change."""
    shutil.copytree(finished.root, tmp_path / "store")
    return Home(tmp_path / "store")


@pytest.fixture(scope="session")
def run_events() -> Callable[[Home, str], list[Event]]:
    """All events of a run."""

    def read(home: Home, run_id: str) -> list[Event]:
        return spool.read_events(home.run(run_id) / spool.EVENTS)[0]

    return read


@pytest.fixture(scope="session")
def worked_on(run_events) -> Callable[[Home, str], set[tuple[str, str, str | None, int]]]:
    """Kind, intermediate, target and seed of the stages that a run did, not reused."""

    def read(home: Home, run_id: str) -> set[tuple[str, str, str | None, int]]:
        events = run_events(home, run_id)
        plan = [e.payload for e in events if e.type is EventType.PLAN][-1]
        done = {e.payload["key"] for e in events if e.type is EventType.JOB}
        assert not done & set(plan["reused"])
        return {
            (s["kind"], s["intermediate"], s["target"], s["seed"])
            for s in plan["stages"]
            if s["key"] in done
        }

    return read
