"""Pictures of every page: `python -m tests.screenshots OUT --home HOME` (needs Chromium)."""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser import dashboard
from tests.browser.dashboard import TITLES, Server, Watched

SIZES = ((1920, 1080), (1280, 800))
SCHEMES = ("light", "dark")
DATA = ("ner", "mmlu", "mlqa", "tatoeba", "bucc")
"""Tasks of the other kinds than that which the page of the data opens with."""
VIEWS = {
    **{name: f"{name if name != 'heatmap' else ''}" for name in TITLES},
    "heatmap-languages": "?view=languages",
    "heatmap-multiples": "?view=multiples",
    "heatmap-table": "?as=Table",
    **{f"data-{name}": f"data?task=mini-{name}&languages=en,ar,ja,hi" for name in DATA},
    "accuracy_latency-table": "accuracy_latency?as=Table",
}


def photograph(browser: Browser, server: Server, out: Path, only: str, tall: bool) -> list[str]:
    """Write OUT/<page>-<width>-<scheme>.png for each page; returns what the console said."""
    complaints = []
    for width, height in SIZES:
        for scheme in SCHEMES:
            context = browser.new_context(
                viewport={"width": width, "height": 2200 if tall else height},
                color_scheme=scheme,  # type: ignore[arg-type]
            )
            watched = Watched(context.new_page())
            for name, path in VIEWS.items():
                if only in name:
                    watched.open(f"{server.url}/{path}", TITLES[name.split("-")[0]])
                    watched.settle()
                    time.sleep(0.8)  # plotly fades in
                    watched.page.screenshot(path=out / f"{name}-{width}-{scheme}.png")
            complaints += watched.complaints
            context.close()
    return complaints


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--only", default="", help="views whose name has this in it")
    parser.add_argument("--tall", action="store_true", help="whole pages, not what fits a screen")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        dashboard.serving(given.home.absolute(), Path(folder) / "serve.log") as server,
        sync_playwright() as playwright,
    ):
        browser = dashboard.launched(playwright)
        complaints = photograph(browser, server, given.out, given.only, given.tall)
        browser.close()
    for complaint in complaints:
        print(complaint)
    print(f"{len(list(given.out.glob('*.png')))} pictures in {given.out}")


if __name__ == "__main__":
    main()
