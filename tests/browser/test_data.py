"""The data page in a real browser: a link opens it, scripts run as they are written."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import dashboard
from tests.browser.dashboard import TITLES, Server, Watched
from xfer_core import catalog, spool
from xfer_core.fingerprints import digest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HOSTILE = '<img src=x onerror="window.ran = true"><script>window.ran = true</script>'
EDGES = """cell => {
    const around = cell.getBoundingClientRect(), range = document.createRange();
    range.selectNodeContents(cell.querySelector(".xfer-name"));
    const text = range.getBoundingClientRect();
    return [text.left - around.left, around.right - text.right];
}"""


def test_languages_stand_side_by_side_in_their_own_direction(
    empty_server: Server, watched: Watched
) -> None:
    watched.open(empty_server.url, TITLES["heatmap"])
    page = watched.page
    page.get_by_role("link", name="Data", exact=True).click()
    card = page.get_by_role("region", name="Example 1", exact=True)
    card.wait_for(timeout=30_000)
    watched.settle()
    english, arabic = card.locator(".xfer-cell[lang=en]"), card.locator(".xfer-cell[lang=ar]")
    (left, right), (far, near) = english.evaluate(EDGES), arabic.evaluate(EDGES)
    assert left < 20 < right
    assert near < 20 < far, "Arabic starts at the right"
    tops = {round(cell.bounding_box()["y"]) for cell in (english, arabic)}  # type: ignore[index]
    assert len(tops) == 1

    page.get_by_role("textbox", name="Search").fill("図書館")
    page.keyboard.press("Enter")
    expect(page.get_by_text("with “図書館” among 240 in test")).to_be_visible(timeout=15_000)
    expect(page.locator(".xfer-card").first).to_contain_text("図書館")
    page.get_by_role("button", name="Next page").first.click()
    expect(page.get_by_text("6 to 10 of")).to_be_visible(timeout=15_000)
    assert "id=" in page.url
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_link_to_an_example_opens_it_on_a_fresh_server(
    tmp_path: Path, slots: Path, browser: Browser
) -> None:
    """The very first request; and text of the data runs nothing."""
    sst = catalog.task("mini-sst")
    kept = digest([sst.name, sst.source.stamp, "test", "en"])
    rows = [{"id": number, "sentence": HOSTILE, "label": "x"} for number in range(30)]
    spool.publish(tmp_path / "store" / "rows" / f"{kept}.json", {"rows": rows})
    watched = Watched(browser.new_page())
    with dashboard.serving(tmp_path / "store", tmp_path / "serve.log", slots) as server:
        watched.open(f"{server.url}/data?task=mini-sst&id=17", TITLES["data"], ".xfer-card")
        watched.settle()
        shown = watched.page.get_by_role("region", name="Example 17", exact=True)
        expect(shown).to_contain_text(HOSTILE)
        expect(watched.page.get_by_role("link", name="Heatmap", exact=True)).to_be_visible()
        expect(watched.page.get_by_role("link", name="cell panel")).to_have_count(0)
        assert watched.page.evaluate("window.ran") is None
    watched.page.close()
    # Streamlit looks for its own files below the page's path before it finds them.
    assert {line for line in watched.complaints if "404 (Not Found)" not in line} == set()
    assert watched.foreign == []
