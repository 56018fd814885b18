"""The dashboard beside MLflow's web interface, on the same runs and scores, in the same browser."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from xfer_core.bench import browsing, environment
from xfer_core.bench.figure import NotMeasured
from xfer_core.bench.isolation import QUIET, Companion
from xfer_core.home import Home

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

FILLER = "xfer_core.bench.baselines.mlflow_runs"
FILLING_SECONDS = 1500.0
RUN = ".ag-row a[href*='/runs/']"
ONLY = """word => {
    const names = [...document.querySelectorAll(".ag-row a[href*='/runs/']")];
    return names.length > 0 && names.every(name => name.textContent.includes(`-${word}-`));
}"""
"""Every run that is shown came after this intermediate task."""


@dataclass
class Rounds:
    """Seconds of each round, ours and theirs."""

    version: str = ""
    """MLflow's."""
    ours_open: list[float] = field(default_factory=list)
    theirs_open: list[float] = field(default_factory=list)
    ours_narrow: list[float] = field(default_factory=list)
    theirs_narrow: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Tracked:
    """MLflow's store with the runs and scores of one of ours."""

    python: Path
    database: Path
    experiment: str
    runs: int
    scores: int
    """How many MLflow holds."""
    version: str
    log: Path

    @contextmanager
    def served(self) -> Iterator[str]:
        """Address of the table of its runs.

        Raises:
            NotMeasured: MLflow's server does not answer.
        """
        command = [str(self.python), "-m", "mlflow", "server"]
        command += ["--backend-store-uri", f"sqlite:///{self.database}"]
        with browsing.answering(command, self.log, "health", QUIET) as (url, _):
            yield f"{url}/#/experiments/{self.experiment}/runs"


def tracked(home: Home, folder: Path) -> Tracked:
    """The runs and scores of a store that nobody serves yet, in a store of MLflow's.

    Raises:
        NotMeasured: MLflow could not be installed.
        StageFailed: its store could not be filled.
    """
    python = environment.python(environment.INTERFACE)
    folder.mkdir(exist_ok=True)
    with Companion(python, FILLER, log=folder / "filling.txt") as filler:
        request = {"database": str(home.database), "folder": str(folder)}
        filled = filler.ask(request, FILLING_SECONDS)
        version = str(filler.greeting["version"])
    database, log = folder / "mlflow.db", folder / "server.txt"
    return Tracked(python, database, **filled, version=version, log=log)


def rounds(ours: str, theirs: str, languages: list[str], tasks: list[str]) -> Rounds:
    """One reader opens both main views in turn and narrows them, as often as there are names.

    Args:
        ours: address of the dashboard; it has been opened before.
        theirs: address of MLflow's table.
        languages: names to choose in ours.
        tasks: intermediate tasks to search for in theirs.

    Raises:
        NotMeasured: no Chromium, Playwright is not installed, or a page did not come in time.
    """

    async def everything() -> Rounds:
        found = Rounds()
        async with browsing.chromium() as browser:
            await _in_time(_opens(browser, theirs))  # theirs has been opened before as well
            for language, task in zip(languages, tasks, strict=False):
                await _in_time(_ours(browser, ours, language, found))
                await _in_time(_theirs(browser, theirs, task, found))
        return found

    return asyncio.run(everything())


async def _in_time(looking: Awaitable[None]) -> None:
    from playwright.async_api import TimeoutError as TooLate

    try:
        await looking
    except TooLate as error:
        said = str(error).splitlines()[0]
        raise NotMeasured(
            f"Expected a page within {browsing.PATIENCE / 1000:g} s: {said}"
        ) from error


async def _ours(browser: Browser, url: str, language: str, found: Rounds) -> None:
    found.ours_open.append(await browsing.timed(lambda: browsing.first_look(browser, url)))
    page = await _page(browser)
    await page.goto(url)
    await page.locator(browsing.CELL).first.wait_for(timeout=browsing.PATIENCE)
    await asyncio.sleep(browsing.PAUSE_SECONDS[0])
    found.ours_narrow.append(await browsing.chooses(page, language))
    await page.context.close()


async def _theirs(browser: Browser, url: str, task: str, found: Rounds) -> None:
    found.theirs_open.append(await browsing.timed(lambda: _opens(browser, url)))
    page = await _page(browser)
    await _shows(page, url)
    await asyncio.sleep(browsing.PAUSE_SECONDS[0])
    box = page.get_by_test_id("search-box")
    await box.fill(f"params.intermediate = '{task}'")

    async def searched() -> None:
        await box.press("Enter")
        await page.wait_for_function(ONLY, arg=task, timeout=browsing.PATIENCE, polling=20)

    found.theirs_narrow.append(await browsing.timed(searched))
    await page.context.close()


async def _page(browser: Browser) -> Page:
    context = await browser.new_context(viewport={"width": 1920, "height": 1080})
    return await context.new_page()


async def _opens(browser: Browser, url: str) -> None:
    """From an empty browser to the first run of the table."""
    page = await _page(browser)
    await _shows(page, url)
    await page.context.close()


async def _shows(page: Page, url: str) -> None:
    await page.goto(url)
    await page.locator(RUN).first.wait_for(timeout=browsing.PATIENCE)
