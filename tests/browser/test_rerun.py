"""The story of the product: look at a cell, run it with one more seed, watch it change.

What is trained before it takes a minute, so it is in the long suite; a failed cell is run again in
``test_tasks.py``.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import dashboard
from tests.browser.dashboard import HEATMAP_CELL, TITLES, Watched, how_busy
from xfer_core.charts import theme

pytestmark = [pytest.mark.browser, pytest.mark.long]

CELL = ("mini-sst", "mini-xnli")
FIND_CELL = """([row, column]) => {
    const bars = document.querySelector(".js-plotly-plot").data[0];
    const place = bars.customdata.findIndex(d => d[0] == "cell" && d[1] == row && d[2] == column);
    const box = document.querySelectorAll(".bars .point path")[place].getBoundingClientRect();
    return {text: bars.text[place], hover: bars.hovertext[place],
            x: box.x + box.width / 2, y: box.y + box.height / 2};
}"""
NOTED = """
    window.noted = [];
    window.Notification = class {
        static permission = "granted";
        constructor(title, told) { window.noted.push(told.body); }
    };
"""
"""A browser that may notify, and keeps what it was told."""
SOON = 1.0
"""Seconds from the click on "Start" to the new run on the page, on a machine that has time."""


def test_cell_is_rerun_with_a_new_seed_and_changes_by_itself(
    finished: Path, slots: Path, gains: Any, watched: Watched, record_property: Any
) -> None:
    before = gains(finished)[CELL]
    with dashboard.serving(finished, finished / "serve.log", slots) as server:
        page = watched.page
        page.add_init_script(NOTED)
        other = "?cell=mini-sst~mini-tatoeba"
        watched.open(f"{server.url}/{other}", TITLES["heatmap"], HEATMAP_CELL)
        watched.settle()
        page.evaluate("window.notReloaded = true")

        cell = page.evaluate(FIND_CELL, CELL)
        assert cell["text"] == theme.signed(before["gain_points"])
        page.mouse.click(cell["x"], cell["y"])
        panel = page.locator("[data-testid=stMetric]")
        expect(page.get_by_role("heading", name="SST → XNLI")).to_be_visible(timeout=15_000)
        expect(panel).to_contain_text(theme.signed(before["gain_points"]))
        expect(page.get_by_text("1 seed:")).to_be_visible()
        assert "cell=mini-sst" in page.url

        page.get_by_role("button", name="Rerun with a new seed").click()
        start = page.get_by_role("button", name="Start")
        start.wait_for(timeout=20_000)
        expect(page.get_by_text("This will run seed 2")).to_be_visible()
        watched.settle()
        seconds = _seconds_until_queued(page)
        record_property("queued_after_seconds", seconds)
        print(f"queued {seconds:.2f} s after the click")
        assert seconds < SOON * how_busy()

        expect(page.get_by_text("of 7 stages").first).to_be_visible(timeout=60_000)
        page.get_by_text("Notify me when it ends").first.click()
        expect(page.get_by_text("2 seeds").first).to_be_visible(timeout=120_000)
        after = gains(finished)[CELL]
        assert after["n_seeds"] == 2
        expect(panel).to_contain_text(theme.signed(after["gain_points"]), timeout=10_000)
        cell = page.evaluate(FIND_CELL, CELL)
        assert cell["text"].startswith(theme.signed(after["gain_points"]))
        assert "2 seeds" in cell["hover"]
        expect(page.get_by_text("finished, ").first).to_be_visible(timeout=20_000)
        page.wait_for_function("window.noted.length === 1")
        assert "finished, 7 of 7 stages." in page.evaluate("window.noted[0]")
        assert page.evaluate("window.notReloaded") is True


def _seconds_until_queued(page: Page) -> float:
    """Click "Start" and wait for the row of the new run."""
    row = page.get_by_text("SST → XNLI, seed 2")
    assert row.count() == 0
    began = time.perf_counter()
    page.get_by_role("button", name="Start").click()
    row.wait_for(timeout=20_000)
    return time.perf_counter() - began
