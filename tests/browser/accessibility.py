"""What axe-core and the drawn heatmap say about a page that is shown."""

from __future__ import annotations

import json
from dataclasses import dataclass

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from xfer_core.charts import theme

WEIGHTY = ("serious", "critical")
AXE = Axe()
OPTIONS = {"resultTypes": ["violations"], "iframes": False}
LEAST_CONTRAST = 4.5
CELLS = """() => [...document.querySelectorAll(".js-plotly-plot .bars .point")].map((point) => {
    const path = point.querySelector("path"), text = point.querySelector("text");
    if (!text || !text.textContent) return null;
    const [cell, said] = [path, text].map((each) => each.getBoundingClientRect());
    // A pattern is drawn on the colour of the page.
    const fill = getComputedStyle(path).fill, app = document.querySelector(".stApp");
    return {
        text: text.textContent,
        ink: getComputedStyle(text).fill,
        fill: fill.startsWith("url") ? getComputedStyle(app).backgroundColor : fill,
        clipped: said.left < cell.left - 1 || said.right > cell.right + 1
            || said.top < cell.top - 1 || said.bottom > cell.bottom + 1,
    };
}).filter((each) => each)"""


@dataclass(frozen=True)
class Upstream:
    """A complaint about what Streamlit draws by itself: the rule, and a part of its selector."""

    rule: str
    selector: str


UPSTREAM: tuple[Upstream, ...] = ()


def complaints(page: Page) -> list[str]:
    """Serious and critical findings of axe-core that are not upstream's, one a line."""
    found = AXE.run(page, options=OPTIONS).response["violations"]
    return [
        f"{each['id']} ({each['impact']}): {' '.join(map(str, node['target']))}: "
        f"{json.dumps(node['any'] or node['all'] or node['none'])[:300]}"
        for each in found
        if each["impact"] in WEIGHTY
        for node in each["nodes"]
        if not _is_upstream(each["id"], " ".join(map(str, node["target"])), node["html"])
    ]


def _is_upstream(rule: str, selector: str, html: str) -> bool:
    return any(
        rule == known.rule and (known.selector in selector or known.selector in html)
        for known in UPSTREAM
    )


def unreadable_cells(page: Page) -> list[str]:
    """Cells of the heatmap whose text is pale or leaves its cell, as the browser drew them."""
    cells = page.evaluate(CELLS)
    assert cells, "no cell has a text"
    return [
        f"{cell['text']}: {cell['ink']} on {cell['fill']}{', clipped' * cell['clipped']}"
        for cell in cells
        if cell["clipped"] or theme.contrast(_hex(cell["ink"]), _hex(cell["fill"])) < LEAST_CONTRAST
    ]


def _hex(color: str) -> str:
    """As theme writes colours: "#010203" for "rgb(1, 2, 3)"."""
    channels = [int(part) for part in color.removeprefix("rgb(").removesuffix(")").split(",")]
    return "#" + "".join(f"{channel:02X}" for channel in channels)
