"""The board in a real browser: a claim's button launches what lacks, and its verdict changes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import claim_stores, dashboard
from tests.browser.claim_stores import Pair
from tests.browser.dashboard import TITLES, Watched
from xfer_core.charts import claim_words
from xfer_core.claims import reading
from xfer_core.domain import intermediate
from xfer_core.home import Home

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MASKED = "mini-mnli~masked_share=0.2"
KINDS = {"c04": "Inconclusive", "c13": "Inconclusive", "c19": "Not run yet"}
"""An effect, a comparison and a claim about the design: what each says before its runs."""
MIXTURE = intermediate.base(f"mini-{name}" for name in reading.shipped()[1].groups["nine"])
EVERY: dict[str, Pair | None] = {
    "c04": ("mini-squad1", "mini-tatoeba"),
    "c05": ("mini-mnli", "mini-tatoeba"),
    "c06": ("mini-hellaswag", "mini-bucc"),
    "c07": (MIXTURE, "mini-tatoeba"),
    "c08": ("mini-csqa", "mini-tatoeba"),
    "c10": None,
    "c11": None,
    "c12": ("mini-csqa", "mini-tatoeba"),
    "c13": (MASKED, "mini-tatoeba"),
    "c14": ("mini-mnli~languages=de+es+ru+tr+zh", "mini-tatoeba"),
    "f01": ("mini-qqp", "mini-tatoeba"),
    "f02": ("mini-mnli", "mini-tatoeba"),
    "f03": ("mini-ccg", "mini-bucc"),
    "f04": ("mini-csqa", "mini-mlqa"),
    "f05": ("mini-qqp", "mini-ner"),
    "f06": ("mini-csqa", "mini-mlqa"),
}
"""Claim -> the cell that its store lacks; None: every one, where a single cell decides nothing."""


def card(page: Page, claim: str) -> Locator:
    return page.locator(f".st-key-card_{claim}")


def launch(watched: Watched, claim: str) -> None:
    """Look at a claim, press its button, and start what it would run."""
    page = watched.page
    chosen = page.locator(f".st-key-claim_{claim} button")
    chosen.wait_for(timeout=30_000)
    if chosen.is_enabled():
        chosen.click()
    expect(chosen).to_be_disabled(timeout=15_000)
    watched.settle()
    page.get_by_role("button", name="Launch what is missing").click()
    expect(page.get_by_text("This will run").first).to_be_visible(timeout=60_000)
    watched.settle()
    start = page.get_by_role("button", name="Start", exact=True)
    start.click()
    expect(start).to_have_count(0, timeout=20_000)


def open_board(watched: Watched, url: str) -> None:
    watched.open(url, TITLES["heatmap"])
    watched.page.get_by_role("link", name="Evidence", exact=True).first.click()
    heading = watched.page.get_by_role("heading", name=TITLES["evidence"], exact=True)
    heading.wait_for(timeout=30_000)
    watched.settle()


def judged(xfer: Any, home: Path) -> dict[str, Any]:
    found = json.loads(xfer(home, "claims", "--encoder", claim_stores.ENCODER, "--json"))
    return {one["id"]: one for one in found}


@pytest.mark.heavy
@pytest.mark.timeout(600)
def test_a_button_of_each_kind_of_claim_changes_its_verdict(
    tmp_path: Path, slots: Path, xfer: Any, watched: Watched
) -> None:
    home, page = tmp_path / "store", watched.page
    left_out = {("mini-squad1", "mini-tatoeba"), (MASKED, "mini-tatoeba")}
    claim_stores.write(Home(home).create(), ("c04", "c13"), left_out.__contains__)
    with dashboard.serving(home, tmp_path / "serve.log", slots) as server:
        open_board(watched, server.url)
        for claim, said in KINDS.items():
            expect(card(page, claim)).to_contain_text(said)
            launch(watched, claim)
            expect(card(page, claim)).to_contain_text("Supported", timeout=180_000)
        after = judged(xfer, home)
    for claim in KINDS:
        assert (after[claim]["verdict"], after[claim]["missing_runs"]) == ("supported", [])


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("claim", EVERY)
def test_the_button_of_every_claim_changes_its_verdict(
    claim: str, tmp_path: Path, slots: Path, xfer: Any, watched: Watched
) -> None:
    home, lacking = tmp_path / "store", EVERY[claim]

    def left_out(pair: Pair) -> bool:
        return pair == lacking if lacking else pair[0] != "none"

    claim_stores.write(Home(home).create(), (claim,), left_out)
    before = judged(xfer, home)[claim]
    assert before["missing_runs"]
    said = claim_words.verdict(before["verdict"])
    with dashboard.serving(home, tmp_path / "serve.log", slots) as server:
        open_board(watched, server.url)
        expect(card(watched.page, claim)).to_contain_text(said)
        launch(watched, claim)
        expect(card(watched.page, claim)).not_to_contain_text(said, timeout=600_000)
        after = judged(xfer, home)[claim]
    assert after["verdict"] not in (before["verdict"], "not_run")
