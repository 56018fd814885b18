"""Accuracy by subject below the heatmap: only where questions have subjects, and when asked for."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from xfer_core.home import Home

Opened = Callable[..., AppTest]


def subjects(app: AppTest) -> list[list[str]]:
    return [list(one.value["Subject"]) for one in app.dataframe if "Subject" in one.value]


def test_a_switch_shows_the_subjects_of_the_selected_cell(full: Home, opened: Opened) -> None:
    app = opened("heatmap", cell="mini-qqp~mini-mmlu")
    switch = app.toggle(key="by_subject")
    assert switch.label.replace("\\", "") == "Accuracy by subject: QQP → MMLU"
    assert subjects(app) == []
    switch.set_value(True).run()
    assert not app.exception
    (found,) = subjects(app)
    assert len(found) == 11 and "odd one out" in found
    said = "\n".join(str(one.value) for one in app.markdown).replace("\\", "")
    assert "Accuracy by subject and language: best in" in said and "Mean over 3 seeds" in said


def test_a_task_without_questions_has_no_switch(full: Home, opened: Opened) -> None:
    app = opened("heatmap", cell="mini-qqp~mini-pos")
    assert "by_subject" not in [one.key for one in app.toggle]
