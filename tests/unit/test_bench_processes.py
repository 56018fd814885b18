"""The processes that the suite measures in: they end in time, and say what went wrong."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from xfer_core.bench import environment
from xfer_core.bench.figure import NotMeasured
from xfer_core.bench.isolation import Companion, fresh
from xfer_core.domain.errors import StageFailed


def test_a_fresh_process_is_timed_from_start_to_end(tmp_path):
    seconds = fresh(
        [sys.executable, "-c", "import time; time.sleep(0.3)"],
        log=tmp_path / "log.txt",
        limit_seconds=20,
    )
    assert 0.3 <= seconds < 10


def test_a_fresh_process_that_fails_shows_its_last_line(tmp_path):
    program = "import sys; print('first'); sys.exit('the reason')"
    with pytest.raises(StageFailed, match="exit code 1: the reason"):
        fresh([sys.executable, "-c", program], log=tmp_path / "log.txt", limit_seconds=20)


def test_what_takes_too_long_is_ended_with_all_that_it_started(tmp_path):
    pid = tmp_path / "pid"
    program = (
        "import subprocess, sys, time; "
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); "
        f"open({str(pid)!r}, 'w').write(str(child.pid)); time.sleep(60)"
    )
    started = time.monotonic()
    with pytest.raises(StageFailed, match="longer than 3 s"):
        fresh([sys.executable, "-c", program], log=tmp_path / "log.txt", limit_seconds=3)
    assert time.monotonic() - started < 20
    _is_gone(int(pid.read_text()))


def _is_gone(pid: int) -> None:
    deadline = time.monotonic() + 5
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.05)


ANSWERING = """
from xfer_core.bench.baselines.answering import answer_all
def answer(request):
    print("a library talks")
    if request["n"] < 0:
        raise ValueError("below zero")
    while request["n"] > 100:
        pass
    return {"double": 2 * request["n"]}
answer_all(answer, {"version": "1"})
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch) -> str:
    """A module that doubles numbers; a companion looks in its own folder first."""
    (tmp_path / "doubling.py").write_text(ANSWERING)
    return "doubling"


def test_a_companion_answers_until_it_is_closed(tmp_path, program):
    with Companion(Path(sys.executable), program, log=tmp_path / "log.txt") as companion:
        assert companion.greeting == {"version": "1"}
        assert companion.ask({"n": 21}, 20) == {"double": 42}
        with pytest.raises(StageFailed, match="ValueError: below zero"):
            companion.ask({"n": -1}, 20)
        assert companion.ask({"n": 4}, 20) == {"double": 8}
        pid = companion._process.pid
    _is_gone(pid)
    assert "a library talks" in (tmp_path / "log.txt").read_text()


def test_a_companion_that_hangs_is_not_waited_for(tmp_path, program):
    with Companion(Path(sys.executable), program, log=tmp_path / "log.txt") as companion:
        with pytest.raises(StageFailed, match="longer than 1 s"):
            companion.ask({"n": 101}, 1)
        pid = companion._process.pid
    _is_gone(pid)


def test_a_companion_that_does_not_come_up_says_so(tmp_path):
    with pytest.raises(StageFailed, match="No module named no_such_module"):
        Companion(Path(sys.executable), "no_such_module", log=tmp_path / "log.txt")


def test_the_baselines_are_pinned():
    assert {"sentence-transformers", "mlflow-skinny"} <= environment.pins().keys()


def test_an_environment_that_pip_cannot_fill_is_a_reason(tmp_path, monkeypatch):
    missing = tmp_path / "requirements-bench.txt"
    missing.write_text("no-such-package-of-anybody==1.2.3\n")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(NotMeasured, match="no-such-package-of-anybody"):
        environment.python(missing)
    # The next call tries again: nothing says that it is installed.
    missing.write_text("\n")
    python = environment.python(missing)
    shown = subprocess.run(
        [python, "-c", "import sys, platformdirs; print(sys.prefix)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(shown.stdout.strip()) == tmp_path / "cache" / "xfer" / "bench-venv"
