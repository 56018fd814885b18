from __future__ import annotations

from typing import Any

import pytest

from xfer_core import catalog
from xfer_core.charts import launch_words
from xfer_core.specification import Spec, preset


def usual(part: str, tasks: list[str], encoders: list[str], **asked: Any) -> launch_words.Usual:
    return launch_words.usual(
        part,
        launch_words.training(part, asked),
        [catalog.task(name) for name in tasks],
        [catalog.encoder(name) for name in encoders],
    )


def test_paper_encoders_show_their_own_rate_and_passes() -> None:
    found = usual("target", ["xnli", "udpos"], ["xlm-roberta-base"])
    assert found.learning_rate == "1e-05"
    assert found.length == "2 to 10 passes over the data"
    assert usual("target", ["xnli"], ["xlm-roberta-base"], steps=50).length == "50 steps"
    assert usual("target", ["xnli"], ["xlm-roberta-base"], learning_rate=0.1).learning_rate == "0.1"


def test_mini_encoders_show_what_their_tasks_declare() -> None:
    found = usual("target", ["mini-xnli"], ["mini-s"])
    assert found.learning_rate == "0.0007"
    assert found.length.endswith(" steps") or "over the data" in found.length
    assert usual("target", [], ["mini-s"]) == launch_words.Usual("", "")


def test_settings_of_one_target_are_said() -> None:
    own = {"by_task": {"mini-pawsx": {"learning_rate": 0.0002, "tuning": "lora"}}}
    phase = launch_words.training("target", {"steps": 5, **own})
    assert launch_words.own_settings(phase) == [
        "PAWS-X has settings of its own: learning rate 0.0002, tuning lora."
    ]
    assert launch_words.own_settings(launch_words.training("intermediate", {})) == []
    found = launch_words.usual(
        "target", phase, [catalog.task("mini-pawsx")], [catalog.encoder("mini-s")]
    )
    assert found.learning_rate == "0.0002"


def plain(**changes: Any) -> dict[str, Any]:
    return Spec.parse({**preset("demo"), **changes}).plain()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"title": "other"}, []),
        ({"seeds": [1, 2, 3]}, ["Seeds: with 3"]),
        ({"seeds": [2]}, ["Seeds: without 1"]),
        ({"seeds": [5]}, ["Seeds: 1, 2 → 5"]),
        ({"languages": ["sw"]}, ["Languages: all → Swahili"]),
        ({"targets": ["mini-pos", "mini-ner"]}, ["Targets: with NER, without XNLI, MMLU, Tatoeba"]),
        (
            {"settings": {"evaluation": {"examples": 60}, "target": {"steps": 9}}},
            ["latency.samples: 20 → as declared", "latency.warmup: 4 → as declared"]
            + ["target.steps: 60 → 9"],
        ),
    ],
)
def test_differences_from_the_last_run(changes: dict[str, Any], expected: list[str]) -> None:
    assert launch_words.differences(plain(), plain(**changes)) == expected


def test_untouched_form_differs_in_nothing() -> None:
    """The form names defaults; a default says nothing."""
    settings = preset("demo")["settings"]
    named = {"few_shot": 0, "tuning": "full", "languages": ["en"], "patience": None}
    target = {**settings["target"], **named}
    form = {**settings, "target": target, "intermediate": {"masked_share": 0.0, "steps": None}}
    assert launch_words.differences(plain(), plain(settings=form)) == []


def stage(kind: str, intermediate: str, seed: int, reused: bool = False) -> dict[str, Any]:
    names = {"encoder": "e", "intermediate": intermediate, "target": "t", "seed": seed}
    return {"kind": kind, "reused": reused, **names}


def test_cells_that_a_run_touches() -> None:
    measured = {("e", "a", "t"): (1,), ("e", "b", "t"): (1,)}
    stages = [
        stage("evaluate", "a", 1),
        stage("evaluate", "b", 2),
        stage("evaluate", "c", 1),
        stage("evaluate", "c", 2),
        stage("evaluate", "d", 1, reused=True),
        stage("target", "e", 1),
    ]
    said = "Fills 1 empty cell, adds seeds to 1 cell, measures 1 cell again"
    assert launch_words.cells_line(stages, measured) == said
    assert launch_words.cells_line([stage("latency", "a", 1)], measured) == ""


def test_queue() -> None:
    assert launch_words.queue_line([], 2).startswith("Nothing runs before it · 2 stages at a time")
    run = {"stages_total": 9, "stages_done": 4, "eta_seconds": 65.0}
    assert launch_words.queue_line([run, run], 1) == (
        "2 runs with 10 stages left before it, about 2 min 10 s · 1 stage at a time here"
    )
    unknown = {**run, "eta_seconds": float("nan")}
    assert "about" not in launch_words.queue_line([run, unknown], 1)
