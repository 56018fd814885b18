from __future__ import annotations

import time
from collections.abc import Callable

import pandas as pd
import store_builder
from streamlit.testing.v1 import AppTest

from xfer_core.home import Home
from xfer_core.store.rebuild import rebuild

Opened = Callable[..., AppTest]


def texts(app: AppTest) -> str:
    kinds = ("title", "markdown", "error", "warning", "info", "code")
    found = [str(element.value) for kind in kinds for element in getattr(app, kind)]
    return "\n".join(found).replace("\\", "")


def frame(app: AppTest) -> pd.DataFrame:
    """The answer."""
    return app.dataframe[0].value


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click().run()
    return app


def asked(app: AppTest, sql: str) -> AppTest:
    app.text_area(key="sql_text").set_value(sql)
    press(app, "Ask")
    deadline = time.monotonic() + 40
    while "At work" in texts(app) and time.monotonic() < deadline:
        time.sleep(0.3)
        app.run()
    assert not app.exception
    return app


def test_question_is_answered_refused_and_saved(full: Home, opened: Opened) -> None:
    app = opened("data", tab="sql")
    assert not app.exception
    assert app.title[0].value == "Ask the results in SQL"
    assert "FROM cells" in app.text_area(key="sql_text").value, "an example to start from"
    assert "read-only copy" in texts(app)

    asked(app, "SELECT count(DISTINCT target) AS n FROM cells")
    assert frame(app).to_dict("list") == {"n": [4]}
    assert "1 row ·" in texts(app)

    asked(app, "DROP TABLE cells")
    assert "Expected SELECT or EXPLAIN; got DROP" in app.error[0].value
    asked(app, "SELECT '<script>' AS x, missing FROM cells")
    assert "missing" in app.error[0].value
    assert "<script>" not in app.error[0].value

    app.text_input(key="sql_title").set_value("Count of targets")
    app.text_area(key="sql_text").set_value("SELECT 4")
    press(app, "Save")
    assert "Saved as “Count of targets”" in texts(app)
    assert (full.root / "queries" / "count-of-targets.sql").is_file()
    assert app.query_params["saved"] in ("count-of-targets", ["count-of-targets"])


def test_saved_question_survives_a_rebuild_and_a_link_only_fills_the_box(
    full: Home, opened: Opened
) -> None:
    (full.root / "queries").mkdir()
    (full.root / "queries" / "mine.sql").write_text("-- My own\nSELECT 1 + 1 AS two\n")
    rebuild(full)
    app = opened("data", tab="sql", saved="mine")
    assert app.text_area(key="sql_text").value == "SELECT 1 + 1 AS two"
    assert "_sql_answer" not in app.session_state, "an address starts nothing"
    press(app, "Delete it")
    assert not list((full.root / "queries").iterdir())
    assert not app.exception


def test_unknown_saved_question_is_ignored_with_a_notice(home: Home, opened: Opened) -> None:
    app = opened("data", tab="sql", saved="../gone")
    assert "saved question “../gone”" in texts(app)
    assert not app.exception


def test_new_results_wait_for_a_click(full: Home, opened: Opened) -> None:
    app = opened("data", tab="sql")
    sql = "SELECT count(*) AS n FROM cells WHERE language = 'zero-shot'"
    before = frame(asked(app, sql))["n"][0]
    store_builder.finish_cell(full, "mini-sst", "mini-mmlu", 1)
    label = "Results have changed: take a new copy"
    deadline = time.monotonic() + 20
    while label not in [button.label for button in app.button] and time.monotonic() < deadline:
        time.sleep(0.3)
        app.run()
    assert frame(asked(app, sql))["n"][0] == before
    press(app, label)
    assert frame(asked(app, sql))["n"][0] == before + 1


def test_tables_say_what_they_hold(home: Home, opened: Opened) -> None:
    app = opened("data", tab="sql")
    app.selectbox(key="sql_table").set_value("latency").run()
    columns = app.table[0].value
    told = {str(name).replace("\\", ""): what for name, what in columns.to_numpy()}
    assert told["**p50_ms**  \n:small[DOUBLE]"] == "median time of a batch, ms"
    press(app, "Ask for its first rows")
    assert app.text_area(key="sql_text").value == "SELECT *\nFROM latency\nLIMIT 20"
