from __future__ import annotations

import time
from collections.abc import Callable

import store_builder
from streamlit.testing.v1 import AppTest

from xfer_core import run_notes, spool
from xfer_core.home import Home
from xfer_core.run_notes import Notes

Opened = Callable[..., AppTest]


def texts(app: AppTest) -> str:
    kinds = ("title", "subheader", "markdown", "error", "warning", "info", "code")
    found = [str(element.value) for kind in kinds for element in getattr(app, kind)]
    return "\n".join(found).replace("\\", "")


def buttons(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def press(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()


def rows(app: AppTest) -> list[str]:
    return list(app.dataframe[0].value["Run"])


def two_runs(home: Home) -> None:
    store_builder.write_full(home, seeds=(1,), examples=4)
    store_builder.write_failing(home)


def test_filters_live_in_the_url_and_say_what_left_nothing(home: Home, opened: Opened) -> None:
    two_runs(home)
    run_notes.write(home, "run-full", ["paper"], "The one of the talk.")
    app = opened("runs", by="oldest")
    assert sorted(rows(app)) == ["run-broken", "run-full"]
    assert "2 of 2 runs" in texts(app)
    app.button_group(key="choice_state").set_value("failed").run()
    assert rows(app) == ["run-broken"]
    assert "Run run-broken" in texts(app)
    app.selectbox(key="choice_tag").set_value("paper").run()
    assert "No run matches “Failed”, “paper”." in texts(app)
    assert not app.exception
    press(app, "Show all runs")
    assert len(rows(app)) == 2
    app.text_input(key="runs_find").set_value("of the TALK").run()
    assert rows(app) == ["run-full"]
    wanted = {name: "".join(value) for name, value in app.query_params.items()}
    assert wanted == {"by": "oldest", "find": "of the TALK"}
    assert rows(opened("runs", **wanted)) == ["run-full"]


def test_hidden_run_of_the_url_is_still_shown(home: Home, opened: Opened) -> None:
    two_runs(home)
    app = opened("runs", run="run-full", state="failed")
    assert rows(app) == ["run-broken"]
    assert "Run run-full: finished" in texts(app)
    assert not app.exception
    gone = opened("runs", run="gone", state="odd", action="cancel")
    assert "a part “action”" in texts(gone)
    assert "run “gone”" in texts(gone)
    assert "state “odd”" in texts(gone)


def test_tags_and_note_are_kept_beside_the_run(home: Home, opened: Opened) -> None:
    two_runs(home)
    app = opened("runs", run="run-full")
    app.multiselect(key="tags_run-full").set_value(["<b>new</b>"])
    app.text_area(key="note_run-full").set_value("[x](javascript:alert(1))")
    press(app, "Save")
    assert not app.exception
    said = Notes(("<b>new</b>",), "[x](javascript:alert(1))")
    assert run_notes.read(home, "run-full") == said
    for element in app.markdown:
        assert "[x](java" not in element.value


def test_actions_fit_the_state(running: Home, opened: Opened) -> None:
    store_builder.write_running(running, "run-lost")
    store_builder.write_failing(running)
    for name in ("run-now", "run-lost"):  # older than a runner needs to start
        spool.publish(running.run(name) / "plan.json", {"spec": store_builder.SPEC})
    can = {}
    for name in ("run-full", "run-now", "run-lost", "run-broken"):
        app = opened("runs", run=name)
        assert not app.exception
        can[name] = set(buttons(app)) & {
            *("Cancel this run", "Resume", "Retry what failed", "Give this run up"),
        }
    assert can == {
        "run-full": set(),
        "run-now": {"Cancel this run"},
        "run-lost": {"Resume", "Give this run up"},
        "run-broken": {"Retry what failed"},
    }


def test_lost_run_is_given_up(full: Home, opened: Opened) -> None:
    store_builder.write_running(full, "run-lost")
    app = opened("runs", run="run-lost")
    press(app, "Give this run up")
    deadline = time.monotonic() + 10
    while "run-lost: cancelled" not in texts(app) and time.monotonic() < deadline:
        time.sleep(0.3)
        app.run()
    assert "run-lost: cancelled" in texts(app)
    assert "Resume" in buttons(app)


def test_place_and_heartbeat_are_told(running: Home, opened: Opened) -> None:
    plan = spool.read_json(running.run("run-now") / spool.PLAN) or {}
    place = {"executor": "ray", "address": "10.0.0.1:6379", "storage": ""}
    spool.publish(running.run("run-now") / spool.PLAN, {**plan, "executor": place})
    found = texts(opened("runs", run="run-now"))
    assert "last heard of" in found
    assert "Runs on Ray cluster 10.0.0.1:6379" in found
