"""The scatter as it is drawn: labels, frontier, budget line, hollow points."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import latency_store
from tests.browser import dashboard
from tests.browser.dashboard import Server, Watched
from xfer_core.home import Home

pytestmark = [pytest.mark.slow, pytest.mark.browser]

TITLE = dashboard.TITLES["accuracy_latency"]
CHART = ".js-plotly-plot"

BOXES = """selector => [...document.querySelectorAll(selector)].map(one => {
    const box = one.getBoundingClientRect();
    return [box.left, box.top, box.right, box.bottom];
})"""
POINTS = """selector => [...document.querySelectorAll(selector)].map(one => {
    const style = getComputedStyle(one);
    const seen = style.fill === 'none' ? 0 : Number(style.fillOpacity);
    const colour = style.fill.match(/rgba\\(.*, ([\\d.]+)\\)/);
    return colour ? seen * Number(colour[1]) : seen;
})"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, slots: Path) -> Iterator[Server]:
    """Three sizes, four back ends and truncations; two models were measured under load."""
    folder = tmp_path_factory.mktemp("latencies")
    latency_store.write(Home(folder / "store").create(), seeds=(1, 2))
    with dashboard.serving(folder / "store", folder / "serve.log", slots) as running:
        yield running


@pytest.fixture
def scatter(server: Server, watched: Watched) -> Watched:
    watched.open(server.url, dashboard.TITLES["heatmap"])
    watched.page.get_by_role("link", name="Accuracy vs latency", exact=True).first.click()
    watched.page.get_by_role("heading", name=TITLE, exact=True).wait_for(timeout=60_000)
    watched.page.locator(f"{CHART} .point").first.wait_for(timeout=60_000)
    watched.settle(90)
    return watched


def boxes(shown: Watched, selector: str) -> list[list[float]]:
    found: list[list[float]] = shown.page.evaluate(BOXES, selector)
    return found


def overlapping(one: list[float], other: list[float]) -> bool:
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    return across > 1 and down > 1


def test_labels_overlap_nothing_and_are_whole(scatter: Watched) -> None:
    labels = boxes(scatter, f"{CHART} .annotation-text-g")
    (chart,) = boxes(scatter, CHART)
    assert len(labels) >= 4
    pairs = [(a, b) for n, a in enumerate(labels) for b in labels[:n] if overlapping(a, b)]
    assert pairs == []
    for left, top, right, bottom in labels:
        assert chart[0] <= left and right <= chart[2] and chart[1] <= top and bottom <= chart[3]


def test_the_frontier_is_a_step_over_the_points_on_it(scatter: Watched) -> None:
    lines = scatter.page.locator(f"{CHART} .scatterlayer .js-line")
    drawn = [line.get_attribute("d") or "" for line in lines.all()]
    (path,) = [found for found in drawn if found]
    # Horizontal and vertical moves alone: between two models there is no third one.
    assert set(re.findall("[A-Za-z]", path)) <= set("MHVL")
    corners = [tuple(map(float, pair)) for pair in re.findall(r"[ML]([-\d.]+),([-\d.]+)", path)]
    assert all(a[0] == b[0] or a[1] == b[1] for a, b in zip(corners, corners[1:], strict=False))
    assert re.search("[HV]", path) or len(corners) > 2


def test_the_budget_line_moves_with_the_budget_and_the_sentence_says_who_fits(
    scatter: Watched,
) -> None:
    page = scatter.page
    (before,) = boxes(scatter, f"{CHART} .shapelayer path[style*='stroke-dasharray: 3']") or [None]
    assert page.get_by_text(re.compile("^Under 10 ms: mini-")).count() == 1
    field = page.get_by_label("Latency budget, ms")
    field.fill("4")
    field.press("Enter")
    page.get_by_text(re.compile("^Under 4 ms: ")).wait_for()
    scatter.settle()
    (after,) = boxes(scatter, f"{CHART} .shapelayer path[style*='stroke-dasharray: 3']") or [None]
    assert before and after and after[0] < before[0] - 20
    assert page.locator(f"{CHART} .annotation-text", has_text="budget 4").count() == 1


def test_points_measured_under_load_are_hollow_and_others_are_not(scatter: Watched) -> None:
    filled: list[float] = scatter.page.evaluate(POINTS, f"{CHART} .scatterlayer .point")
    hollow = [one for one in filled if one == 0]
    assert len(filled) == 30
    assert len(hollow) == len(latency_store.INTERMEDIATES)
    assert all(one > 0.9 for one in filled if one)
