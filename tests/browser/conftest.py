from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser import dashboard, planned_store
from tests.browser.dashboard import ROOT, Server, Watched, xfer_command
from xfer_core.home import Home

NO_BROWSER = (
    "browser tests skipped: there is no chromium on the PATH (apt-get install chromium); "
    "XFER_REQUIRE_BROWSER=1 makes that a failure"
)
TINY_RUN = (
    "--encoder mini-s --intermediate mini-sst --target mini-xnli,mini-tatoeba "
    "--languages en,de,ru --seeds 1 --set target.steps=4 --set intermediate.steps=4 "
    "--set evaluation.examples=16 --set latency.samples=5 --set latency.warmup=1"
).split()
_left_out: list[str] = []


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if dashboard.chromium_path() or os.environ.get("XFER_REQUIRE_BROWSER") == "1":
        return
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.skip(reason=NO_BROWSER))
            _left_out.append(item.nodeid)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _left_out:
        terminalreporter.write_line(NO_BROWSER)


@pytest.fixture(scope="session")
def slots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("slots")


@pytest.fixture(scope="session")
def xfer(slots: Path) -> Any:
    """The command, as a person types it; returns what it printed."""

    def call(home: Path, *arguments: str) -> str:
        done = subprocess.run(
            [*xfer_command(), *arguments, "--home", str(home)],
            cwd=ROOT,
            env={**os.environ, "XFER_SLOT_FOLDER": str(slots)},
            capture_output=True,
            text=True,
            timeout=200,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    return call


@pytest.fixture(scope="session")
def gains(xfer: Any) -> Any:
    """The zero-shot gains that the command prints, by intermediate and target."""

    def read(home: Path) -> dict[tuple[str, str], dict[str, Any]]:
        rows = json.loads(xfer(home, "gains", "--json"))
        return {(row["intermediate"], row["target"]): row for row in rows}

    return read


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory, xfer: Any) -> Path:
    """A store with one tiny run that really trained and measured."""
    home = tmp_path_factory.mktemp("finished")
    xfer(home, "run", *TINY_RUN)
    return home


@pytest.fixture(scope="session")
def empty_server(tmp_path_factory: pytest.TempPathFactory, slots: Path) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("empty")
    with dashboard.serving(home / "store", home / "serve.log", slots) as server:
        yield server


@pytest.fixture(scope="session")
def full_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A grid with measured, failed, not run and single-seed cells, which can be run."""
    home = Home(tmp_path_factory.mktemp("full") / "store").create()
    planned_store.write(home)
    return home.root


@pytest.fixture(scope="session")
def full_server(full_home: Path, slots: Path) -> Iterator[Server]:
    with dashboard.serving(full_home, full_home.parent / "serve.log", slots) as server:
        yield server


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = dashboard.launched(playwright)
        yield running
        running.close()


@pytest.fixture
def watched(browser: Browser) -> Iterator[Watched]:
    """A light page of 1280 x 800; the test fails if it complains or leaves this machine."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme="light")
    page = Watched(context.new_page())
    yield page
    context.close()
    assert page.complaints == []
    assert page.foreign == []
