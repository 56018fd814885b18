"""The real server on a store, and readers with real browsers whose waiting is timed."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from xfer_core.bench.figure import NotMeasured
from xfer_core.home import Home

if TYPE_CHECKING:
    from playwright.async_api import Browser, Frame, Page

CELL = ".js-plotly-plot .bars path"
DRAWN = """language => {
    const idle = !document.querySelector("[data-test-script-state=running]");
    return idle && document.body.innerText.includes(language + " \\u00b7");
}"""
"""The line below the title names the language, and the server has sent all of the page."""
IDLE = "() => !document.querySelector('[data-test-script-state=running]')"
SLIDES_READY = "document.documentElement.dataset.ready === 'all'"
NEXT_SLIDE = """() => new Promise(done => {
    const shown = document.querySelector(".slide.on"), began = performance.now();
    const look = () => document.querySelector(".slide.on") === shown
        ? requestAnimationFrame(look)
        : requestAnimationFrame(() => done((performance.now() - began) / 1000));
    document.dispatchEvent(new KeyboardEvent("keydown", {key: "ArrowRight"}));
    look();
})"""
"""Seconds from the key to the frame in which the other slide is drawn."""
PATIENCE = 120_000
"""Milliseconds after which a page counts as broken."""
PAUSE_SECONDS = (2.0, 6.0)
"""A reader looks at a picture that long before the next choice."""


@dataclass
class Waits:
    """Seconds that readers waited."""

    cold: float = 0.0
    warm: list[float] = field(default_factory=list)
    change: list[float] = field(default_factory=list)
    slide: list[float] = field(default_factory=list)
    work: float = 0.0
    """Seconds of a core that the server needed for a change, its answers to idle pages included."""
    memory_bytes: int = 0
    """Resident memory of the server at its peak."""


@contextmanager
def serving(home: Home, log: Path) -> Iterator[tuple[str, psutil.Process]]:
    """`xfer serve` on a store until the block ends: its address and its process.

    Raises:
        NotMeasured: it does not answer.
    """
    command = [sys.executable, "-m", "xfer_core", "serve", "--home", str(home.root)]
    with answering(command, log, "_stcore/health", {"XFER_HOME": str(home.root)}) as found:
        yield found


@contextmanager
def answering(
    command: list[str], log: Path, health: str, environment: dict[str, str]
) -> Iterator[tuple[str, psutil.Process]]:
    """A server until the block ends: its address and its process; it is told its ``--port``.

    Raises:
        NotMeasured: it does not answer at the path ``health``.
    """
    port = _free_port()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--port", str(port)],
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_healthy(url, health, process, log)
        yield url, psutil.Process(process.pid)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser until the block ends.

    Raises:
        NotMeasured: no Chromium, or Playwright is not installed.
    """
    path = shutil.which("chromium")
    if path is None:
        raise NotMeasured("Expected Chromium on the PATH; install it, then measure again.")
    try:
        from playwright.async_api import async_playwright
    except ImportError as error:
        raise NotMeasured("Expected Playwright; 'pip install -r requirements-test.txt'.") from error
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path)
        try:
            yield browser
        finally:
            await browser.close()


def watch(
    url: str, server: psutil.Process, languages: list[str], readers: int, changes: int
) -> Waits:
    """Let one reader come, then many who change the language again and again, then one present.

    Args:
        url: of the dashboard, just started.
        server: its process.
        languages: names as the page shows them.
        readers: how many at once, each in a browser context of its own.
        changes: of each of them.

    Raises:
        NotMeasured: no Chromium, or Playwright is not installed.
    """

    async def everything() -> Waits:
        waits = Waits()
        async with chromium() as browser:
            waits.cold = await timed(lambda: first_look(browser, url))
            for _ in range(5):
                waits.warm.append(await timed(lambda: first_look(browser, url)))
            # One after the other: ten starting browsers keep this machine busy for minutes.
            pages = [await _opened(browser, url) for _ in range(readers)]
            before = _work(server)
            found = await asyncio.gather(
                *(_reads(page, languages, changes, number) for number, page in enumerate(pages))
            )
            waits.change = [seconds for one in found for seconds in one]
            waits.work = (_work(server) - before) / max(len(waits.change), 1)
            waits.memory_bytes = _memory(server)
            waits.slide = await _presents(browser, url)
        return waits

    return asyncio.run(everything())


async def first_look(browser: Browser, url: str) -> None:
    """From an empty browser to the first cell of the heatmap."""
    context = await browser.new_context(viewport={"width": 1920, "height": 1080})
    page = await context.new_page()
    await page.goto(url)
    await page.locator(CELL).first.wait_for(timeout=PATIENCE)
    await context.close()


async def _opened(browser: Browser, url: str) -> Page:
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    page = await context.new_page()
    await page.goto(url)
    await page.locator(CELL).first.wait_for(timeout=PATIENCE)
    return page


async def _reads(page: Page, languages: list[str], changes: int, number: int) -> list[float]:
    chance, waits = random.Random(number), []
    for language in chance.sample(languages, min(changes, len(languages))):
        await asyncio.sleep(chance.uniform(*PAUSE_SECONDS))
        waits.append(await chooses(page, language))
    await page.context.close()
    return waits


async def chooses(page: Page, language: str) -> float:
    """Seconds from the click on a language to its heatmap."""
    await page.get_by_role("combobox", name="Language", exact=True).click()
    option = page.get_by_role("option", name=language, exact=True)
    await page.keyboard.type(language)
    await option.wait_for(timeout=PATIENCE)

    async def chosen() -> None:
        await option.click()
        await page.wait_for_function(DRAWN, arg=language, timeout=PATIENCE, polling=20)

    return await timed(chosen)


async def _presents(browser: Browser, url: str) -> list[float]:
    """Seconds from the key to the next slide, of a deck of the main charts."""
    context = await browser.new_context(viewport={"width": 1920, "height": 1080})
    page = await context.new_page()
    await page.goto(f"{url}/present")
    await page.get_by_role("button", name="Pin the main charts for me").click(timeout=PATIENCE)
    present = page.get_by_role("button", name="Present", exact=True)
    await present.wait_for(timeout=PATIENCE)
    await page.wait_for_function(IDLE, timeout=PATIENCE)
    await present.click()
    frame = await _slides(page)
    await frame.wait_for_function(SLIDES_READY, timeout=PATIENCE)
    count = await frame.locator(".slide").count()
    waits = [float(await frame.evaluate(NEXT_SLIDE)) for _ in range(count - 1)]
    await context.close()
    return waits


async def _slides(page: Page) -> Frame:
    shown = page.locator("iframe").first
    await shown.wait_for(timeout=PATIENCE)
    frame = await (await shown.element_handle()).content_frame()
    if frame is None:
        raise NotMeasured("Expected slides in a frame of the page; found none.")
    return frame


async def timed(action: Callable[[], Awaitable[Any]]) -> float:
    """Seconds that something takes."""
    began = time.perf_counter()
    await action()
    return time.perf_counter() - began


def _memory(server: psutil.Process) -> int:
    return max(int(one.memory_info().rss) for one in _processes(server))


def _work(server: psutil.Process) -> float:
    times = [one.cpu_times() for one in _processes(server)]
    return float(sum(each.user + each.system for each in times))


def _processes(server: psutil.Process) -> list[psutil.Process]:
    return [server, *server.children(recursive=True)]


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait_until_healthy(url: str, health: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            urllib.request.urlopen(f"{url}/{health}", timeout=2).close()
            return
        time.sleep(0.2)
    said = log.read_text(errors="replace")[-500:]
    raise NotMeasured(f"Expected the server at {url} to answer; it said: {said}")
