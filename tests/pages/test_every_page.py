from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import store_builder
import streamlit as st
from streamlit.testing.v1 import AppTest

from xfer_core import launching
from xfer_core.home import Home
from xfer_core.specification import Spec
from xfer_core.store import Store

PAGES = (
    "heatmap",
    "overview",
    "accuracy_latency",
    "compare",
    "evidence",
    "launch",
    "runs",
    "present",
    "data",
)
WITHOUT_RUNS = ("evidence", "launch", "present", "data")
"""Pages that have something to show in an empty store."""
Opened = Callable[..., AppTest]


def texts(app: AppTest) -> str:
    """All that can be read on the page, without the signs that protect Markdown."""
    kinds = ("title", "subheader", "markdown", "error", "warning", "info", "text", "code")
    found = [str(element.value) for kind in kinds for element in getattr(app, kind)]
    found += [element.label + " " + str(element.value) for element in app.metric]
    return "\n".join(found).replace("\\", "")


def buttons(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


@pytest.mark.parametrize("store", ["home", "full", "failing", "running"])
@pytest.mark.parametrize("page", PAGES)
def test_no_page_raises(
    store: str, page: str, opened: Opened, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue(store)
    app = opened(page)
    assert not app.exception
    assert len(app.title) == 1


@pytest.mark.parametrize("page", [page for page in PAGES if page not in WITHOUT_RUNS])
def test_empty_pages_say_what_comes_and_offer_the_demo(
    page: str, home: Home, opened: Opened
) -> None:
    app = opened(page)
    assert "Here will be" in texts(app)
    assert "Run the demo" in buttons(app)


def test_heatmap_states_measure_and_coverage(full: Home, opened: Opened) -> None:
    found = texts(opened("heatmap"))
    assert "points of F1 or accuracy" in found
    assert "zero-shot mean over 7 languages, English left out" in found
    assert "14 of 16 cells, 1 to 3 seeds, 1 failed" in found
    assert "hatched: not run" in found


def test_cell_of_the_url_is_selected(full: Home, opened: Opened) -> None:
    app = opened("heatmap", cell="mini-qqp~mini-pos")
    assert "QQP → POS" in texts(app)
    assert "Gain, points, paired by seed" in texts(app)
    assert "Rerun with a new seed" in buttons(app)


@pytest.mark.parametrize(
    ("cell", "sentence", "button"),
    [
        ("mini-sst~mini-mmlu", "Not run yet", "Run this cell"),
        ("mini-csqa~mini-pos", "No memory", "Run this cell again"),
        ("none~mini-xnli", "Score, points", "Rerun with a new seed"),
        ("mini-csqa~mini-xnli", "1 seed: the spread over seeds is unknown", None),
    ],
)
def test_cells_without_a_gain_say_why(
    cell: str, sentence: str, button: str | None, full: Home, opened: Opened
) -> None:
    app = opened("heatmap", cell=cell)
    assert sentence in texts(app)
    assert button is None or button in buttons(app)


@pytest.mark.parametrize(
    "query",
    [
        {"cell": "gone~gone"},
        {"encoder": "<script>"},
        {"language": "xx", "view": "nothing"},
        {"cell": "no tilde", "order": "[x](javascript:alert(1))"},
    ],
)
def test_unknown_values_in_the_url_are_ignored_with_a_notice(
    query: dict[str, str], full: Home, opened: Opened
) -> None:
    app = opened("heatmap", **query)
    assert not app.exception
    assert any("it was ignored" in info.value for info in app.info)


def test_view_lives_in_the_url(full: Home, opened: Opened) -> None:
    app = opened("heatmap", view="languages", target="mini-tatoeba", order="alphabet")
    assert not app.exception
    assert "Tatoeba" in texts(app)
    app.selectbox(key="choice_target").set_value("mini-xnli").run()
    assert app.query_params["target"] == "mini-xnli"
    app.selectbox(key="choice_view").set_value("targets").run()
    assert "view" not in app.query_params


def test_table_twin_has_the_same_cells(full: Home, opened: Opened) -> None:
    app = opened("heatmap", **{"as": "Table"})
    assert not app.exception
    assert len(app.dataframe[0].value) == 20


def test_cell_can_be_chosen_by_keyboard(full: Home, opened: Opened) -> None:
    app = opened("heatmap")
    app.selectbox(key="panel_row").set_value("mini-sst").run()
    app.selectbox(key="panel_column").set_value("mini-pos").run()
    assert app.query_params["cell"] == "mini-sst~mini-pos"
    assert "SST → POS" in texts(app)


def test_rerun_takes_two_clicks_and_shows_what_runs(
    full: Home, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    summary = launching.Summary(
        [{"kind": "target", "name": "target", "key": "k", "reused": False, "estimated_seconds": 9}],
        to_run=1,
        reused=0,
        estimated_seconds=9.0,
        estimated_bytes=1e6,
    )
    monkeypatch.setattr(launching, "preview", lambda home, spec, force=False: summary)

    def submit(home: Home, spec: Spec, force: bool = False) -> str:
        """All but the start of the process: the run stays queued."""
        asked.append((spec, force))
        return launching.create(home, spec, force=force)

    monkeypatch.setattr(launching, "submit", submit)
    app = opened("heatmap", cell="mini-mnli~mini-xnli")
    _press(app, "Rerun with a new seed")
    assert "1 stage to run, 0 reused · about 9 s" in texts(app)
    assert not asked
    _press(app, "Start")
    spec, force = asked[0]
    assert (spec.intermediates, spec.targets) == (("none", "mini-mnli"), ("mini-xnli",))
    assert (spec.seeds, force) == ((4,), False)
    assert "Start" not in buttons(app)
    assert "MNLI → XNLI, seed 4" in texts(app), "not in the run that submits"


def test_running_box_shows_progress(running: Home, opened: Opened) -> None:
    found = texts(opened("heatmap"))
    assert "Running now" in found
    assert "target mini-mmlu after mini-sst, seed 7 · step 40 of 100 · loss 0.91" in found


@pytest.mark.parametrize(("store", "seconds"), [("full", 5.0), ("running", 1.0)])
def test_a_page_looks_for_news_often_only_while_something_runs(
    request: pytest.FixtureRequest,
    store: str,
    seconds: float,
    opened: Opened,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    request.getfixturevalue(store)
    asked: list[Any] = []
    fragment = st.fragment

    def noted(function: Any = None, *, run_every: Any = None, **more: Any) -> Any:
        asked.append(run_every)
        return fragment(function, run_every=run_every, **more)

    monkeypatch.setattr(st, "fragment", noted)
    opened("heatmap")
    assert [each for each in asked if each is not None] == [seconds]


def test_who_asks_for_it_is_notified_of_the_end(running: Home, opened: Opened) -> None:
    app = opened("heatmap")
    assert not app.get("html") or not any(
        "Notification" in one.proto.body for one in app.get("html")
    )
    app.toggle(key="notify_switch").set_value(True)
    app.run()
    assert any("requestPermission" in one.proto.body for one in app.get("html"))
    app.session_state["_seen_active"] = {*app.session_state["_seen_active"], "gone</script>"}
    app.run()
    assert not any("new Notification" in one.proto.body for one in app.get("html")), "no such run"
    store_builder.write_end(running)
    deadline = time.monotonic() + 20
    told: list[str] = []
    while not told and time.monotonic() < deadline:
        time.sleep(0.3)
        app.run()
        told = [one.proto.body for one in app.get("html") if "new Notification" in one.proto.body]
    assert "Run run-now cancelled" in told[0]
    assert "Notify me" not in texts(app)


def test_new_results_are_on_the_page_without_a_click(full: Home, opened: Opened) -> None:
    app = opened("heatmap", cell="mini-sst~mini-mmlu")
    assert "Not run yet" in texts(app)
    store_builder.finish_cell(full, "mini-sst", "mini-mmlu", 1)
    deadline = time.monotonic() + 20
    while "Not run yet" in texts(app) and time.monotonic() < deadline:
        time.sleep(0.3)
        app.run()
    assert "Gain, points, paired by seed" in texts(app)


def test_results_of_older_settings_are_kept_apart_and_named(full: Home, opened: Opened) -> None:
    store_builder.finish_cell(full, "none", "mini-pos", 9, variant="v2")
    app = opened("heatmap", cell="mini-sst~mini-pos")
    assert "Measured with older settings only" in texts(app)
    assert "SST → POS" in texts(app)
    assert "Not run with the newest settings" in texts(app)
    assert "XNLI; run them again" not in texts(app)


def test_latency_page_answers_in_words(full: Home, opened: Opened) -> None:
    app = opened("accuracy_latency")
    assert "Under 10 ms: mini-s" in texts(app)
    assert "batch 1 · threads 1 · Test CPU · torch fp32" in texts(app)
    app.number_input[0].set_value(0.5).run()
    assert "no clean measurement" in texts(app)
    assert app.query_params["budget"] == "0.5"


def test_launch_says_in_a_sentence_what_is_wrong(home: Home, opened: Opened) -> None:
    app = opened("launch")
    app.text_input[0].set_value("one, 2").run()
    assert not app.exception
    assert "Expected seeds as whole numbers" in texts(app)
    assert "Start" not in buttons(app)


def test_unchosen_cell_stays_when_results_change(full: Home, opened: Opened) -> None:
    app = opened("heatmap")
    before = app.session_state["kept_cell"]
    store_builder.finish_cell(full, "mini-sst", "mini-mmlu", 1)
    app.run()
    assert app.session_state["kept_cell"] == before
    assert "cell" not in app.query_params or app.query_params["cell"] == before


def test_overview_findings_are_sentences_with_interval_and_seeds(
    full: Home, opened: Opened
) -> None:
    found = texts(opened("overview"))
    assert "MNLI helps Tatoeba" in found or "points seen" in found
    assert "3 seeds" in found
    assert "14 of 16" in found


def test_hostile_text_stays_text(failing: Home, opened: Opened) -> None:
    app = opened("runs")
    assert "No memory <script>alert(1)</script>" in texts(app)
    for element in (*app.error, *app.markdown):
        assert "[x](" not in element.value
    assert "\x1b" not in texts(app)
    assert "Retry what failed" in buttons(app)


def test_store_of_another_process_is_explained(
    full: Home, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store.open(full):
        app = opened("heatmap")
    assert app.title[0].value == "Another dashboard already uses this store"
    assert str(os.getpid()) in app.error[0].value
    assert not app.exception


def test_pages_never_import_torch(full: Home) -> None:
    script = (
        "import os, sys; from streamlit.testing.v1 import AppTest\n"
        "app = AppTest.from_file('app.py', default_timeout=60).run()\n"
        "for name in ('overview', 'accuracy_latency', 'launch', 'runs', 'data'):\n"
        "    app.switch_page(f'pages/{name}.py').run()\n"
        "    assert not app.exception, name\n"
        "print([name for name in ('torch', 'transformers', 'ray') if name in sys.modules])\n"
        "sys.stdout.flush()\n"
        "os._exit(0)\n"  # a thread of the page that speaks while Python ends would abort it
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "XFER_HOME": str(full.root)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip().splitlines()[-1] == "[]"


def test_settings_are_safe() -> None:
    import tomllib

    path = Path(__file__).parents[2] / ".streamlit" / "config.toml"
    config = tomllib.loads(path.read_text(encoding="utf-8"))
    server = config["server"]
    assert server["address"] == "127.0.0.1"
    assert set(server["allowedHosts"]) <= {"localhost", "127.0.0.1", "::1", "[::1]"}
    assert server["enableXsrfProtection"]
    assert server["enableCORS"]
    assert not server["enableStaticServing"]
    assert not server["enableAgentApi"]
    assert config["client"]["showErrorDetails"] == "none"
    assert config["client"]["toolbarMode"] == "viewer"
    assert not config["browser"]["gatherUsageStats"]


def _press(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()
