"""The real server on a store, and a browser that looks at it: for tests and screenshots."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Playwright
from playwright.sync_api import TimeoutError as TooLate

ROOT = Path(__file__).parents[2]
HEATMAP_CELL = ".js-plotly-plot .bars path"
TITLES = {
    "heatmap": "Which intermediate task helps which target?",
    "overview": "What is known so far",
    "accuracy_latency": "What does accuracy cost in latency?",
    "compare": "How do two models differ?",
    "evidence": "Which claims hold here?",
    "launch": "Launch a run",
    "runs": "Runs",
    "present": "Present",
    "data": "What do the tasks ask?",
}
OWN_HOST = "127.0.0.1"


@dataclass
class Server:
    """A dashboard that runs."""

    port: int
    pid: int

    @property
    def url(self) -> str:
        return f"http://{OWN_HOST}:{self.port}"


@contextmanager
def serving(home: Path, log: Path, slots: Path | None = None, **variables: str) -> Iterator[Server]:
    """`xfer serve` on a store, until the block ends; further variables of its environment."""
    environment = {**os.environ, "XFER_HOME": str(home), **variables}
    if slots is not None:
        environment["XFER_SLOT_FOLDER"] = str(slots)
    port = _free_port()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*xfer_command(), "serve", "--port", str(port), "--home", str(home)],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        _wait_until_healthy(port, process, log)
        yield Server(port, process.pid)
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the command and the server below it; one that is gone already is no error."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(15)
            return


def xfer_command() -> list[str]:
    return [sys.executable, "-m", "xfer_core"]


def chromium_path() -> str | None:
    return shutil.which("chromium")


def launched(playwright: Playwright) -> Browser:
    path = chromium_path()
    assert path is not None, "Chromium is not on the PATH: apt-get install chromium"
    return playwright.chromium.launch(executable_path=path)


@dataclass
class Watched:
    """A page, what went wrong on its console, and the foreign hosts it asked."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda line: self._note(line.type == "error", line.text))
        self.page.on("pageerror", lambda error: self._note(True, str(error)))
        self.page.on("request", lambda request: self._host(request.url))
        self.page.on("websocket", lambda socket: self._host(socket.url))

    def open(self, url: str, title: str, ready: str = "h1") -> None:
        """Load a page and wait for its title and for what makes it complete.

        One retry: of eight first loads on a busy machine one never showed its page (stack.md, B).
        """
        for patience in (40_000, 60_000):
            self.page.goto(url)
            try:
                self.page.get_by_role("heading", name=title, exact=True).wait_for(timeout=patience)
                self.page.locator(ready).first.wait_for(timeout=patience)
                return
            except TooLate:
                if patience == 60_000:
                    raise

    def settle(self, timeout: float = 30.0) -> None:
        """Wait until no script runs."""
        deadline = time.monotonic() + timeout
        quiet_since = None
        while time.monotonic() < deadline:
            busy = self.page.locator("[data-test-script-state=running]").count()
            stale = self.page.locator("[data-stale=true]").count()
            now = time.monotonic()
            quiet_since = None if busy or stale else quiet_since or now
            if quiet_since and now - quiet_since > 0.4:
                return
            time.sleep(0.1)

    def _note(self, wrong: bool, text: str) -> None:
        if wrong:
            self.complaints.append(text)

    def _host(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname != OWN_HOST:
            self.foreign.append(url)


def how_busy() -> float:
    """1 on a machine that has time; else twice the processes per core, as load comes in bursts."""
    per_core = os.getloadavg()[0] / (os.cpu_count() or 1)
    return 1.0 if per_core <= 1 else 2 * per_core


def _free_port() -> int:
    with socket.socket() as free:
        free.bind((OWN_HOST, 0))
        return int(free.getsockname()[1])


def _wait_until_healthy(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://{OWN_HOST}:{port}/_stcore/health", timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise AssertionError(f"The dashboard did not start: {log.read_text(errors='replace')[-2000:]}")
