"""xfer bench --quick: real sides, few steps. Its values say nothing; that there are any does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from xfer_core.bench.suite import FAILED, MEASURED, NOT_RUN


def measured(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Part id -> result of those that have a value, each of them whole."""
    results = {one["id"]: one for one in found["results"] if one["state"] == MEASURED}
    for one in results.values():
        assert 0 < one["ratio_low"] <= one["ratio"] <= one["ratio_high"]
        assert one["ours"] > 0 and one["theirs"] > 0 and one["note"]
        assert one["met"] is (None if one["goal"] is None else one["ratio"] >= one["goal"])
    assert not [one for one in found["results"] if one["state"] == FAILED]
    return results


def test_an_unknown_figure_is_refused(xfer):
    answer = xfer("bench", "P77")
    assert answer.code == 2
    assert "figure 'P77'" in answer.err


@pytest.mark.slow
@pytest.mark.heavy
def test_training_is_reported(xfer, tmp_path: Path):
    page = tmp_path / "docs" / "benchmarks.md"
    found = xfer("bench", "P2", "--quick", "--json", "--write", page).json
    assert found["quick"] is True
    assert found["machine"]["cores"] >= 1 and found["machine"]["processor"]
    assert {"torch", "transformers", "mlflow-skinny"} <= found["versions"].keys()
    assert measured(found).keys() == {"P2a", "P2b"}
    text = page.read_text(encoding="utf-8")
    assert "| P2a " in text and "**Quick:**" in text


@pytest.mark.long
def test_the_same_weights_score_the_same_on_both_sides(xfer):
    found = xfer("bench", "P3", "P4", "P5", "P9", "--quick", "--json").json
    results = measured(found)
    assert {"P3a", "P3b", "P4a", "P4b", "P5a", "P5b"} <= results.keys()
    assert results["P3a"]["same_result"] is True
    assert 0 < results["P4a"]["ratio"] < 1.5
    if found["machine"]["cores"] > 1:
        assert results["P9a"]["same_result"] is True


@pytest.mark.long
def test_back_ends_are_compared_with_torch(xfer):
    results = measured(xfer("bench", "LATENCY", "--quick", "--json").json)
    assert {"LATENCY a", "LATENCY b", "LATENCY c", "LATENCY d"} == results.keys()
    assert "cosine of the states" in results["LATENCY a"]["note"]


@pytest.mark.long
def test_a_grid_is_compared_with_scripts(xfer):
    results = measured(xfer("bench", "P1", "--quick", "--json").json)
    assert results.keys() == {"P1"}
    assert "2 cells" in results["P1"]["note"]


@pytest.mark.long
def test_other_libraries_are_installed_apart(xfer, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    found = xfer("bench", "P6", "P7", "P8", "--quick", "--json").json
    reasons = [one["note"] for one in found["results"] if one["state"] == NOT_RUN]
    if reasons:
        assert all("requirements-bench.txt could not be installed" in one for one in reasons)
        pytest.skip(json.dumps(reasons))
    results = measured(found)
    assert results.keys() == {"P6", "P7", "P8"}
    assert all(one["same_result"] is True for one in results.values())
    assert (tmp_path / "xfer" / "bench-venv" / "installed.json").is_file()


@pytest.mark.long
def test_many_stages_are_planned_scheduled_and_imported(xfer):
    found = {one["id"]: one for one in xfer("bench", "scale", "--quick", "--json").json["results"]}
    assert set(found) == {"SCALE a", "SCALE b", "SCALE c"}
    assert all(one["state"] == "measured" and one["ours"] > 0 for one in found.values())


@pytest.mark.long
@pytest.mark.browser
def test_readers_wait_in_front_of_a_generated_store(xfer):
    found = xfer("bench", "dashboard", "--quick", "--json").json["results"]
    assert [one["id"] for one in found] == [f"DASHBOARD {part}" for part in "abcdefgh"]
    assert all(one["state"] == "measured" and one["ours"] > 0 for one in found[:6]), found
    # Without a network MLflow cannot be installed, and the two say so.
    for one in found[6:]:
        assert one["state"] == "measured" or "could not be installed" in one["reason"]
