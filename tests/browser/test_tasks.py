"""What people come for, eight tasks told once each and done by mouse and by keyboard alone.

Every use of a control counts as a click, and no task may take more than six; the console must
stay silent, but for the files that Streamlit looks for at a wrong place first.
"""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Frame, Locator, Page, expect
from pptx import Presentation

from tests.browser import dashboard, planned_store
from tests.browser.dashboard import HEATMAP_CELL, TITLES, Server, Watched, how_busy
from tests.browser.hands import HANDS, Hand, named
from xfer_core.charts import theme
from xfer_core.home import Home
from xfer_core.store import sample

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MOST_CLICKS = 6
MOUSE_AND_KEYS = ["mouse", "keyboard"]
TRAINING = ["mouse", pytest.param("keyboard", marks=pytest.mark.long)]
"""Tasks that wait for a real run: by keyboard in the long suite alone."""
ROWS = """() => [...document.querySelectorAll(".js-plotly-plot .ytick text")].map(
    (tick) => tick.textContent)"""
READY = "document.documentElement.dataset.ready === 'all'"
SOON = 1.0
"""Seconds from the click on "Start" to the new run on the page, on a machine that has time."""


@dataclass
class Person:
    """Somebody with a page before them and one device."""

    hand: Hand
    watched: Watched
    url: str

    @property
    def page(self) -> Page:
        return self.watched.page

    def see(self, words: str | re.Pattern[str], seconds: float = 30) -> Locator:
        found = self.page.get_by_text(words).first
        expect(found).to_be_visible(timeout=1000 * seconds)
        return found

    def press(self, role: str, name: str | re.Pattern[str]) -> None:
        self.hand.press(named(self.page, role, name))
        self.watched.settle()

    def choose(self, label: str, option: str) -> None:
        self.hand.choose(label, option)
        self.watched.settle()

    def write(self, label: str, text: str) -> None:
        self.hand.write(label, text)
        self.watched.settle()

    def go(self, page: str) -> None:
        """By the bar on top."""
        name = page.replace("_", " ").capitalize().replace("latency", "vs latency")
        self.press("link", name)
        heading = self.page.get_by_role("heading", name=TITLES[page], exact=True)
        heading.wait_for(timeout=30_000)
        self.watched.settle()


@pytest.fixture
def person(
    request: pytest.FixtureRequest, full_server: Server, watched: Watched
) -> Iterator[Person]:
    """In front of the heatmap; ``request.param`` is the device."""
    watched.open(full_server.url, TITLES["heatmap"], HEATMAP_CELL)
    watched.settle()
    someone = Person(HANDS[request.param](watched.page), watched, full_server.url)
    yield someone
    assert someone.hand.clicks <= MOST_CLICKS, f"{someone.hand.clicks} clicks"


def by(devices: list[Any]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("person", devices, indirect=True)


@by(MOUSE_AND_KEYS)
def test_find_the_best_intermediate_task_for_a_language(person: Person) -> None:
    person.choose("Language", "German")
    first, best, *_ = person.page.evaluate(ROWS)
    assert (first, best) == ("no intermediate", "MNLI"), "ordered by mean, the baseline on top"
    person.choose("Column", "XNLI")
    person.see("German · accuracy · mini-s")
    person.see("95% interval")
    expect(person.page.get_by_role("heading", name="MNLI → XNLI")).to_be_visible()


@by(MOUSE_AND_KEYS)
def test_compare_two_models_at_50_ms(person: Person) -> None:
    person.go("accuracy_latency")
    person.write("Latency budget, ms", "50")
    person.see(re.compile("Under 50 ms: .*MNLI"))
    person.press("radio", "Table")
    rows = person.page.locator("[data-testid=stDataFrame] canvas tbody tr")
    models = [row.locator("td").all_inner_texts() for row in rows.all()]
    assert len(models) >= 2
    assert any("MNLI" in " ".join(row) for row in models)
    assert "budget=50" in person.page.url


@by(TRAINING)
@pytest.mark.heavy
def test_rerun_a_failed_cell(person: Person, gains: Any, full_home: Path) -> None:
    row, column = planned_store.FAILED
    page = person.page
    page.evaluate("window.notReloaded = true")
    person.choose("Intermediate task", theme.task_label(row))
    person.choose("Column", theme.task_label(column))
    person.see("No memory <script>")
    person.press("button", "Run this cell again")
    person.see("This will run", 60)
    person.watched.settle()
    waiting = page.get_by_text("SST → Tatoeba, seed 1")
    assert waiting.count() == 0
    start = named(page, "button", "Start")
    person.hand.reach(start)
    began = time.perf_counter()
    person.hand.press(start)
    waiting.first.wait_for(timeout=20_000)
    took = time.perf_counter() - began
    assert took < SOON * how_busy(), f"queued {took:.1f} s after the click"
    person.see("Closing this tab changes nothing")
    panel = page.locator("[data-testid=stMetric]")
    expect(panel).to_be_visible(timeout=120_000)
    expect(panel).to_contain_text(theme.signed(gains(full_home)[row, column]["gain_points"]))
    person.see("finished, ")
    assert page.evaluate("window.notReloaded") is True, "the page was loaded anew"


@by(TRAINING)
@pytest.mark.heavy
def test_fill_the_missing_cells(person: Person, gains: Any, full_home: Path) -> None:
    person.go("launch")
    person.press("button", re.compile(r"Fill \d missing cells?"))
    person.see(re.compile(r"Fills \d empty cells?"), 60)
    person.watched.settle()
    person.press("button", "Start")
    expect(named(person.page, "button", "No cell is missing")).to_be_visible(timeout=150_000)
    found = gains(full_home)[planned_store.NOT_RUN]
    assert found["n_seeds"] == 1 and found["gain_points"] is not None


@by(MOUSE_AND_KEYS)
def test_build_and_present_five_slides(person: Person, deckless: None) -> None:
    page = person.page
    person.go("present")
    person.press("button", "Pin the main charts for me")
    person.press("button", "Present")
    frame = slides(person)
    assert frame.locator(".slide").count() == 5
    assert all(frame.locator(".slide h1").all_text_contents())
    assert len(set(frame.locator(".slide").all_text_contents())) == 5
    box = page.locator("iframe").bounding_box()
    assert box and (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 1280, 800)
    assert page.get_by_role("link", name="Heatmap").count() == 0
    first = frame.locator(".slide.on h1").inner_text()
    took = frame.evaluate(NEXT_SLIDE)
    assert took <= 300, f"the next slide took {took:.0f} ms"
    page.wait_for_url(re.compile("slide=2"))
    for key in ("r", "c", "R", "C"):  # Streamlit's own keys: run again, clear the cache
        page.keyboard.press(key)
    assert page.locator("[role=dialog]").count() == 0
    assert frame.locator(".slide.on").get_attribute("aria-label") == "Slide 2 of 5"
    page.keyboard.press("ArrowLeft")
    assert frame.locator(".slide.on h1").inner_text() == first
    for number in range(2, 6):
        page.keyboard.press("ArrowRight")
        label = f"Slide {number} of 5"
        assert frame.locator(".slide.on").get_attribute("aria-label") == label
    page.keyboard.press("Escape")
    page.get_by_role("heading", name="Present", exact=True).wait_for(timeout=30_000)
    assert page.locator("iframe").count() == 0


@by(MOUSE_AND_KEYS)
def test_share_a_view_by_its_address(person: Person, browser: Browser) -> None:
    person.choose("Intermediate tasks by", "languages, one target")
    person.choose("Order", "by alphabet")
    person.choose("Column", "German")
    panel = person.page.locator("[data-testid=stMetric]").inner_text()
    person.watched.settle()
    mine, address = person.page.evaluate(ROWS), person.page.url
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    other = Watched(context.new_page())
    other.open(address, TITLES["heatmap"], HEATMAP_CELL)
    expect(other.page.locator("[data-testid=stMetric]")).to_have_text(panel, use_inner_text=True)
    other.page.wait_for_function(f"rows => `${{({ROWS})()}}` === `${{rows}}`", arg=mine)
    assert other.page.url == address
    assert other.page.get_by_text("it was ignored").count() == 0
    context.close()
    assert other.complaints == []


@by(MOUSE_AND_KEYS)
def test_export_slides_as_pptx(person: Person, deckless: None) -> None:
    person.go("present")
    person.press("button", "Pin the main charts for me")
    person.press("button", "Export")
    with person.page.expect_download(timeout=60_000) as waiting:
        person.hand.press(named(person.page, "button", "PPTX, editable"))
    made = Presentation(io.BytesIO(waiting.value.path().read_bytes()))
    assert waiting.value.suggested_filename.endswith(".pptx")
    assert len(made.slides) >= 5
    for slide in made.slides:
        assert slide.shapes.title is not None and slide.shapes.title.text_frame.text
        drawn = [shape for shape in slide.shapes if shape.has_chart or shape.has_table]
        assert all(shape._element.xpath(".//p:cNvPr")[0].get("descr") for shape in drawn)


@pytest.mark.parametrize("device", MOUSE_AND_KEYS)
def test_from_an_empty_store_to_a_first_heatmap(
    device: str, unused_server: Server, watched: Watched
) -> None:
    watched.open(unused_server.url, TITLES["heatmap"])
    person = Person(HANDS[device](watched.page), watched, unused_server.url)
    person.see("Nothing measured yet")
    person.press("button", "Load sample results")
    watched.page.locator(HEATMAP_CELL).first.wait_for(timeout=60_000)
    person.see("SAMPLE")
    person.see(re.compile(r"\d of \d+ cells"))
    person.press("button", "Remove the sample")
    person.see("Nothing measured yet")
    assert person.hand.clicks <= MOST_CLICKS


NEXT_SLIDE = """() => new Promise((done) => {
    const start = performance.now();
    const end = () => done(performance.now() - start);
    document.dispatchEvent(new KeyboardEvent('keydown', {key: 'PageDown'}));
    requestAnimationFrame(() => requestAnimationFrame(end));
})"""


@pytest.fixture
def deckless(full_home: Path) -> None:
    """No deck yet, whatever was presented before."""
    for deck in (full_home / "decks").glob("*.json"):
        deck.unlink()


@pytest.fixture(scope="module")
def unused_server(tmp_path_factory: pytest.TempPathFactory, slots: Path) -> Iterator[Server]:
    """An empty store, and a small sample beside it."""
    folder = tmp_path_factory.mktemp("unused")
    planned_store.write(Home(folder / "measured").create())
    sample.pack(Home(folder / "measured"), folder / "sample.zip")
    names = {"XFER_SAMPLE": str(folder / "sample.zip")}
    with dashboard.serving(folder / "store", folder / "serve.log", slots, **names) as server:
        yield server


def slides(person: Person) -> Frame:
    """The slides, once all are drawn."""
    shown = person.page.locator("iframe")
    shown.wait_for(timeout=60_000)
    frame = shown.element_handle().content_frame()
    assert frame is not None
    frame.wait_for_function(READY, timeout=60_000)
    return frame
