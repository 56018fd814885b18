"""The sample: loaded from an empty page, marked on every page, gone in one click."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import store_builder
from streamlit.testing.v1 import AppTest

from xfer_core.home import Home
from xfer_core.store import sample

PAGES = ("heatmap", "overview", "accuracy_latency", "runs")

Opened = Callable[..., AppTest]


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    measured = Home(tmp_path / "measured").create()
    store_builder.write_full(measured)
    packed = tmp_path / "sample.zip"
    sample.pack(measured, packed)
    monkeypatch.setattr(sample, "ARCHIVE", packed)
    return packed


def button(app: AppTest, label: str):
    return next(one for one in app.button if one.label == label)


def said(app: AppTest) -> str:
    return " ".join(one.value for one in app.markdown)


def test_an_empty_store_offers_the_sample_and_shows_it(home: Home, archive: Path, opened: Opened):
    app = opened("heatmap")
    assert "SAMPLE" not in said(app)
    button(app, "Load sample results").click()
    app.run()
    assert not app.exception
    assert sample.place(home).runs.is_dir()
    for page in PAGES:
        shown = opened(page)
        assert not shown.exception, page
        assert "came with Xfer" in said(shown), page
    assert "14 of 16 cells" in said(opened("heatmap"))
    app = opened("overview")
    button(app, "Remove the sample").click()
    app.run()
    assert not sample.place(home).root.exists()
    assert "came with Xfer" not in said(opened("heatmap"))
    assert "Load sample results" in [one.label for one in opened("heatmap").button]


def test_without_an_archive_nothing_is_offered(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opened: Opened
):
    monkeypatch.setattr(sample, "ARCHIVE", tmp_path / "none.zip")
    assert "Load sample results" not in [one.label for one in opened("heatmap").button]


def test_the_shipped_sample_is_whole(home: Home, opened: Opened):
    app = opened("heatmap")
    button(app, "Load sample results").click()
    app.run()
    assert "100 of 100 cells, 5 seeds, 0 failed" in said(opened("heatmap"))
    assert "1 encoder · 10 intermediate tasks · 10 target tasks" in said(opened("overview"))
    assert "Under 20 ms" in said(opened("accuracy_latency")), "half of its models keep that"
    for page in PAGES:
        assert not opened(page).exception, page
