"""The accuracy-latency page with several back ends: choices, words, tables, subjects, load."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from tests import latency_store
from xfer_core.home import Home

Opened = Callable[..., AppTest]


def texts(app: AppTest) -> str:
    kinds = ("title", "markdown", "error", "warning", "info")
    found = [str(element.value) for kind in kinds for element in getattr(app, kind)]
    return "\n".join(found).replace("\\", "")


@pytest.fixture
def several(home: Home) -> Home:
    """Three encoders, four back ends and truncations, two batch sizes."""
    latency_store.write(home, seeds=(1, 2))
    return home


def test_chart_says_its_conditions_and_whether_tasks_matter(several: Home, opened: Opened) -> None:
    app = opened("accuracy_latency")
    assert not app.exception
    found = texts(app)
    assert "texts as they come · batch 1 · threads 1 · Test CPU" in found
    assert "Under 10 ms: mini-" in found
    assert found.count("no difference beyond ±") == 3
    assert "median milliseconds per question" in found
    app.selectbox(key="choice_batch").select("32").run()
    assert "median milliseconds per batch of 32 questions" in texts(app)
    assert app.query_params["batch"] == "32"
    assert not app.exception


def test_texts_and_batch_come_from_the_address(several: Home, opened: Opened) -> None:
    app = opened("accuracy_latency", texts="p95", budget="20")
    assert "texts of the 95th percentile length · batch 1" in texts(app)
    app = opened("accuracy_latency", batch="7")
    assert "does not have; it was ignored" in texts(app)


def test_table_twin_names_back_ends_and_layers(several: Home, opened: Opened) -> None:
    app = opened("accuracy_latency", **{"as": "Table"})
    table = app.dataframe[0].value
    assert len(table) == 30
    assert set(table["Back end"]) == {"torch", "torch bf16", "ONNX Runtime int8", "OpenVINO"}
    assert set(table["Layers"]) == {"all", "first 2"}
    assert (table["Standing"] == "measured under load, not compared").sum() == 2
    assert {"on the frontier"} <= set(table["Standing"])


def test_subjects_of_questions(several: Home, opened: Opened) -> None:
    app = opened("accuracy_latency", **{"as": "By subject", "language": "de"})
    assert not app.exception
    assert "Questions in each group: arithmetic 28" in texts(app)
    table = app.dataframe[0].value
    assert len(table) == 30 and "odd one out" in table.columns
    assert table["Median, ms"].is_monotonic_increasing


def test_subjects_of_another_task_say_so(full: Home, opened: Opened) -> None:
    app = opened("accuracy_latency", target="mini-pos", **{"as": "By subject"})
    assert "POS has no answers by subject" in texts(app)


def test_all_under_load_says_what_to_do(home: Home, opened: Opened) -> None:
    latency_store.write(home, seeds=(1,), contended=True)
    app = opened("accuracy_latency")
    assert not app.exception
    found = texts(app)
    assert "Nothing to compare yet: all 30 latencies were measured while the machine was" in found
    assert found.count("not settled, fewer than two clean measurements") == 3


def test_other_machines_get_a_chart_of_their_own(several: Home, opened: Opened) -> None:
    latency_store.write(several, seeds=(3,), machine="another")
    app = opened("accuracy_latency")
    found = texts(app)
    assert "measured under different conditions (machine)" in found
    assert found.count("Under 10 ms: mini-") == 2
    assert not app.exception


def test_the_heatmap_opens_with_the_plain_encoder(several: Home, opened: Opened) -> None:
    app = opened("heatmap")
    assert not app.exception
    shown = [box for box in app.selectbox if "layers=2" in " ".join(map(str, box.options))]
    assert all("~" not in str(box.value) for box in shown)
