"""Slides in a real browser: offline, by keyboard, in time, with nothing that runs from names."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser

from tests import deck_samples
from xfer_core import decks
from xfer_core.charts import slides
from xfer_core.charts.slides import Shown
from xfer_core.exports.html_deck import html_deck
from xfer_core.exports.pictures import pictures
from xfer_core.snapshots import Snapshot

pytestmark = [pytest.mark.browser, pytest.mark.slow]

READY = "document.documentElement.dataset.ready === 'all'"
EVIL = "<img src=x onerror=alert(1)></script><script>alert(2)</script>"
SMALLEST = """() => {
    const found = [];
    for (const each of document.querySelectorAll('.slide.on *')) {
        const own = [...each.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
        const box = each.getBoundingClientRect();
        if (!own || !box.width || getComputedStyle(each).visibility === 'hidden') continue;
        const scale = each.closest('svg') ? 1.8 : 1;
        found.push(parseFloat(getComputedStyle(each).fontSize) * scale);
    }
    return Math.min(...found);
}"""


def cells() -> list[dict[str, Any]]:
    names = (EVIL, "mini-mnli", "mini-qqp")
    return [
        {"row": row, "column": column, "gain_points": 2.0 + at}
        for at, row in enumerate(names)
        for column in ("mini-xnli", "mini-pos", EVIL)
    ]


@pytest.fixture(scope="module")
def three() -> list[Shown]:
    snapshot = Snapshot.take("heatmap", deck_samples.gains(*cells()), deck_samples.GRID)
    return [
        slides.show(decks.Slide(f"s{n}", snapshot.id, f"{EVIL} {n}"), snapshot, n, 3)
        for n in (1, 2, 3)
    ]


def test_exported_page_works_offline_and_runs_nothing(
    three: list[Shown], browser: Browser, tmp_path: Path
) -> None:
    (tmp_path / "deck.html").write_text(html_deck(EVIL, three), encoding="utf-8")
    context = browser.new_context(
        viewport={"width": 1920, "height": 1080}, color_scheme="dark", offline=True
    )
    page = context.new_page()
    asked: list[str] = []
    wrong: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda line: line.type == "error" and wrong.append(line.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: (wrong.append("dialog"), dialog.dismiss()))
    page.goto(f"file://{tmp_path}/deck.html")
    page.wait_for_function(READY, timeout=60_000)
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert page.evaluate(SMALLEST) >= 16 / 0.75 - 0.01  # 16 pt in pixels
    headline = page.locator(".slide.on h1")
    assert headline.evaluate("(e) => parseFloat(getComputedStyle(e).fontSize)") >= 28 / 0.75
    assert headline.inner_text() == f"{EVIL} 1"
    page.mouse.move(900, 500)
    page.locator(".slide.on .hoverlayer .hovertext").first.wait_for(timeout=10_000)
    for key, number in (("ArrowRight", "2"), ("PageDown", "3"), ("PageUp", "2"), ("End", "3")):
        page.keyboard.press(key)
        assert page.locator(".slide.on").get_attribute("aria-label") == f"Slide {number} of 3"
    page.keyboard.press("t")
    assert page.locator(".slide.on table").is_visible()
    assert "+2.0" in page.locator(".slide.on table").inner_text()
    context.close()
    assert len(asked) == 1 and wrong == []


def test_pictures_are_drawn(three: list[Shown], tmp_path: Path) -> None:
    png, svg = pictures(three[:1])[0], pictures(three[:1], "svg", dark=True)[0].decode()
    assert Image.open(io.BytesIO(png)).size == (1920, 1080)
    for element in ElementTree.fromstring(svg).iter():
        assert element.tag.rpartition("}")[2] not in ("script", "image", "foreignObject", "a")
        assert not any(name.lower().startswith("on") for name in element.attrib)
    assert three[0].snapshot_id in svg
