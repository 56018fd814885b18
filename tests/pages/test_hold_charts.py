from __future__ import annotations

import time
from collections.abc import Callable

import store_builder
from streamlit.testing.v1 import AppTest

from xfer_core.home import Home

Opened = Callable[..., AppTest]


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def texts(app: AppTest) -> str:
    found = [str(element.value) for element in (*app.markdown, *app.metric)]
    return "\n".join([*found, *(element.label for element in app.metric)]).replace("\\", "")


def has_failed(app: AppTest) -> bool:
    return any("No memory" in error.value for error in app.error)


def test_held_charts_wait_for_a_click(running: Home, opened: Opened) -> None:
    app = opened("heatmap", cell="mini-csqa~mini-pos")
    assert has_failed(app)
    assert "Hold the charts still" in [toggle.label for toggle in app.toggle]
    app.toggle(key="hold_charts").set_value(True).run()
    store_builder.finish_cell(running, "mini-csqa", "mini-pos", 1)
    label = "1 new result – refresh"
    deadline = time.monotonic() + 25
    while label not in labels(app) and time.monotonic() < deadline:
        time.sleep(0.5)
        app.run()
    assert label in labels(app)
    assert has_failed(app), "the result is there, the chart is as it was"
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception
    assert label not in labels(app)
    assert "Gain, points, paired by seed" in texts(app)
    assert app.toggle(key="hold_charts").value is True
