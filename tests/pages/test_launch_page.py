from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from xfer_core import launching, spool
from xfer_core.home import Home
from xfer_core.placing import Place
from xfer_core.specification import Spec

Opened = Callable[..., AppTest]


@pytest.fixture
def submitted(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """All but the start of the process: the runs stay queued."""
    asked: list[Any] = []

    def submit(home: Home, spec: Spec, *, force: bool = False, place: Place | None = None) -> str:
        asked.append((spec, place))
        return launching.create(home, spec, force=force, place=place)

    monkeypatch.setattr(launching, "submit", submit)
    return asked


def texts(app: AppTest) -> str:
    kinds = ("title", "subheader", "markdown", "error", "warning", "info", "text")
    found = [str(element.value) for kind in kinds for element in getattr(app, kind)]
    return "\n".join(found).replace("\\", "")


def button(app: AppTest, start: str) -> Any:
    return next(one for one in app.button if one.label.startswith(start))


def test_missing_cells_and_another_seed_are_two_clicks_away(
    full: Home, opened: Opened, submitted: list[Any]
) -> None:
    app = opened("launch")
    assert not app.exception
    assert "mini-s: 18 of 20 cells measured" in texts(app)
    button(app, "Fill 2 missing cells").click().run()
    assert not submitted
    found = texts(app)
    assert "Fills 2 empty cells" in found
    assert "Nothing runs before it" in found
    button(app, "Start").click().run()
    spec, place = submitted.pop()
    assert set(spec.intermediates) == {"none", "mini-sst", "mini-csqa"}
    assert set(spec.targets) == {"mini-pos", "mini-mmlu"}
    assert (spec.seeds, place) == ((1, 2, 3), Place())
    button(app, "Add seed 4 to all 18 cells").click().run()
    assert "adds seeds to 18 cells" in texts(app)
    button(app, "Back").click().run()
    assert not app.exception
    assert not submitted


def test_form_starts_from_the_last_run_and_tells_what_differs(full: Home, opened: Opened) -> None:
    app = opened("launch")
    assert "The same request as the last run, run-full" in texts(app)
    seeds = next(field for field in app.text_input if field.label == "Seeds")
    assert seeds.value == "1, 2, 3"
    seeds.set_value("1, 2, 3, 4").run()
    assert "Seeds: with 4" in texts(app)
    assert "1 difference from the last run" in [each.label for each in app.expander]
    again = opened("launch", **{"from": "gone"})
    assert "start from “gone”" in texts(again)
    assert not again.exception


def test_paper_template_shows_the_settings_of_paper_encoders(home: Home, opened: Opened) -> None:
    app = opened("launch", **{"from": "paper-small"})
    assert not app.exception
    rates = [field for field in app.text_input if field.label == "Learning rate"]
    assert [(field.value, field.placeholder) for field in rates] == [("", "1e-05")] * 2
    steps = [field for field in app.number_input if field.label == "Steps"]
    assert [field.placeholder for field in steps] == [
        "1 pass over the data",
        "2 passes over the data",
    ]


def test_place_is_chosen_checked_and_kept(home: Home, opened: Opened, submitted: list[Any]) -> None:
    pytest.importorskip("ray")
    app = opened("launch")
    app.button_group(key="executor_launch").set_value("ray").run()
    app.text_input(key="ray_address_launch").set_value("--force").run()
    assert "Expected a Ray cluster as host:port" in texts(app)
    assert "Start" not in [each.label for each in app.button]
    app.text_input(key="ray_address_launch").set_value("10.0.0.1:6379").run()
    button(app, "Start").click().run()
    assert not app.exception
    assert submitted[0][1] == Place("ray", "10.0.0.1:6379")
    (folder,) = spool.folders(home.runs)
    assert launching.place_of(home, folder.name) == Place("ray", "10.0.0.1:6379")
