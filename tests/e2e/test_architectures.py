"""Models of every architecture, named by their folder, through whole plans on mini tasks."""

from __future__ import annotations

from typing import Any

import pytest

from tests import tiny_models
from xfer_core import spool
from xfer_core.domain.event import EventType
from xfer_core.home import Home
from xfer_core.runner import plan_run
from xfer_core.specification import Spec
from xfer_core.stages.worker import run_stage
from xfer_core.store import Store
from xfer_core.views.accuracy_latency import accuracy_latency

pytestmark = [pytest.mark.slow, pytest.mark.heavy]

QUICK = {"steps": 2, "train_examples": 16, "batch_tokens": 128, "max_length": 96}
TARGETS = {
    "xlm-roberta": ["mini-xquad", "mini-tatoeba"],
    "bert": ["mini-xnli", "mini-tatoeba"],
    "deberta-v2": ["mini-pos", "mini-tatoeba"],
    "modernbert": ["mini-mmlu", "mini-tatoeba"],
}
"""Kind by kind; what each architecture computes is compared with the library in unit tests."""


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Home:
    """One store: rows are made once."""
    return Home(tmp_path_factory.mktemp("architectures") / "store").create()


def run(home: Home, encoder: str, latency: Any = None, **values: Any) -> list[dict[str, Any]]:
    """All stages of a small request, here; the scores that they leave."""
    request = {
        "encoders": [encoder],
        "languages": ["en", "de"],
        "settings": {
            "intermediate": QUICK,
            "target": QUICK,
            "evaluation": {"examples": 6, "max_length": 96},
            "latency": latency or {"measure": False},
        },
    }
    plan = plan_run(home, Spec.parse(request | values))
    for stage in plan.stages:
        if run_stage(home, stage, "test"):
            events = spool.read_events(home.job(stage.key) / spool.EVENTS)[0]
            failed = [e.payload for e in events if e.type is EventType.FAILED]
            raise AssertionError(failed[-1]["traceback"])
    return [
        event.payload | {"target": stage.target, "intermediate": stage.intermediate}
        for stage in plan.stages
        for event in spool.read_events(home.job(stage.key) / spool.EVENTS)[0]
        if event.type is EventType.SCORE
    ]


@pytest.mark.parametrize("kind", list(TARGETS))
def test_an_encoder_is_trained_carried_on_and_scored(home, tmp_path, monkeypatch, kind):
    tiny_models.ENCODERS[kind](tmp_path / "model")
    monkeypatch.chdir(tmp_path)
    before = ["mini-sst"] if kind == "bert" else ["none"]
    scores = run(home, "./model", intermediates=before, targets=TARGETS[kind])
    trained, retrieved = TARGETS[kind]
    found = {(one["target"], one["language"]) for one in scores}
    # Of pairs of sentences English is the side that asks.
    assert found == {(trained, "en"), (trained, "de"), (retrieved, "de")}
    assert all(0 <= one["value"] <= 1 and one["n_examples"] == 6 for one in scores)
    assert {one["intermediate"] for one in scores} == {"none", *before}


@pytest.mark.parametrize("kind", list(tiny_models.CAUSAL))
def test_a_causal_model_is_scored_by_likelihood_and_timed(home, tmp_path, kind):
    folder = str(tiny_models.CAUSAL[kind](tmp_path / "model"))
    few = {"samples": 5, "warmup": 1, "retries": 0, "batch_sizes": [1, 4]}
    scores = run(home, folder, few, intermediates=["none"], targets=["mini-mmlu"])
    assert {one["language"] for one in scores} == {"en", "de"}
    asked = {"catalog": "mini", "target": "mini-mmlu", "language": "en", "batch_size": 1}
    with Store.temporary(home) as store:
        table = accuracy_latency(store, **asked)
    (point,) = table[table["encoder"] == folder].to_dict("records")
    assert point["score"] >= 0 and point["p50_ms"] > 0 and point["unit"] == "question"
