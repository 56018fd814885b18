"""A store whose stages are those of a real plan: runs started from it train only what lacks.

Its numbers are made up, so that it is there in a second; the keys are those that a run would work
out, so that one of its cells can be run and the others are reused.
"""

from __future__ import annotations

from typing import Any

from tests.pages import store_builder
from xfer_core.domain.run import StageKind
from xfer_core.home import Home
from xfer_core.runner import plan_run
from xfer_core.specification import Spec

ENCODER, ONE_SEED, THREE_SEEDS = "mini-s", ("mini-tatoeba", "mini-pos"), ("mini-xnli",)
INTERMEDIATES = ("none", "mini-mnli", "mini-sst", "mini-csqa")
FAILED, NOT_RUN = ("mini-sst", "mini-tatoeba"), ("mini-csqa", "mini-tatoeba")
EXAMPLES = 60
TINY = {
    "target": {"steps": 4},
    "intermediate": {"steps": 4},
    "evaluation": {"examples": EXAMPLES},
    "latency": {"samples": 5, "warmup": 1},
}


def request(targets: tuple[str, ...], seeds: tuple[int, ...]) -> dict[str, Any]:
    """What was asked for, as plain values."""
    return {
        **{"catalog": "mini", "encoders": [ENCODER], "intermediates": list(INTERMEDIATES)},
        **{"targets": list(targets), "languages": ["en", "de", "ru"], "seeds": list(seeds)},
        "settings": TINY,
    }


def write(home: Home) -> None:
    """Three seeds on XNLI, one on the others; a cell that failed and one that was never run.

    Most cells have one seed, so that filling what is missing trains one.
    """
    _run(home, "run-1", request(THREE_SEEDS, (1, 2, 3)))
    _run(home, "run-2", request(ONE_SEED, (1,)))


def _run(home: Home, run_id: str, asked: dict[str, Any]) -> None:
    """A run as it would have been; a cell without a result was asked for as well."""
    states: dict[str, str] = {}
    stages = list(plan_run(home, Spec.parse(asked)).stages)
    for stage in stages:
        cell = (stage.intermediate, stage.target)
        if cell == NOT_RUN or (cell == FAILED and stage.kind is StageKind.LATENCY):
            continue
        store_builder._write_job(home, stage, cell != FAILED, EXAMPLES)
        states[stage.key] = "succeeded" if cell != FAILED else "failed"
    store_builder._write_run(home, run_id, stages, states, "failed", asked)
