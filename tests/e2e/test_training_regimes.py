"""Every way to train, on real data in few steps: what it learns from and what it leaves behind."""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections import Counter
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from xfer_core import jobs, spool
from xfer_core.domain.event import Event, EventType
from xfer_core.domain.run import Stage, StageKind
from xfer_core.executors.local import PRELOADED
from xfer_core.home import Home
from xfer_core.runner import plan_run
from xfer_core.specification import Spec
from xfer_core.stages.worker import run_stage

pytestmark = [pytest.mark.slow, pytest.mark.heavy]

QUICK = {"steps": 6, "train_examples": 64, "batch_tokens": 128}
ENCODER = Path(__file__).parents[2] / "data" / "encoders" / "mini-s-aligned"
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(PRELOADED)


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Home:
    """One store: rows and arrays are made once."""
    found = Home(tmp_path_factory.mktemp("regimes") / "store")
    found.root.mkdir()
    return found


def stages(home: Home, name: str = "none", /, **settings: Any) -> dict[StageKind, Stage]:
    """The planned stages of a small request by kind, those of the intermediate ``name``."""
    values = {part: {**QUICK, **settings.get(part, {})} for part in ("intermediate", "target")}
    plan = plan_run(
        home,
        Spec.parse(
            {
                "encoders": ["mini-s-aligned"],
                "intermediates": [name],
                "targets": ["mini-xnli"],
                "languages": ["en", "de"],
                "settings": {
                    **values,
                    "evaluation": {"examples": 8},
                    "latency": {"measure": False},
                },
            }
        ),
    )
    wanted = plan.stages[-1].intermediate
    return {stage.kind: stage for stage in plan.stages if stage.intermediate == wanted}


def trained(home: Home, stage: Stage) -> list[dict[str, Any]]:
    """Run a training stage here; its progress."""
    assert run_stage(home, stage, "test") == 0, problem(home, stage)
    return progress(home, stage)


def events(home: Home, stage: Stage) -> list[Event]:
    return spool.read_events(home.job(stage.key) / spool.EVENTS)[0]


def problem(home: Home, stage: Stage) -> str:
    return str([e.payload for e in events(home, stage) if e.type is EventType.FAILED])


def progress(home: Home, stage: Stage) -> list[dict[str, Any]]:
    return [e.payload for e in events(home, stage) if e.type is EventType.PROGRESS]


def weights(home: Home, stage: Stage) -> dict[str, torch.Tensor]:
    return load_file(home.checkpoint(stage.key) / "model.safetensors")


def sorts(found: list[dict[str, Any]]) -> set[str]:
    return {one["what"] for one in found}


@pytest.fixture
def every_step(monkeypatch):
    """A progress event a step, so that the curve shows what each step learned from."""
    monkeypatch.setattr("xfer_core.stages.train.EVENT_SECONDS", 0.0)


def test_a_mixture_learns_from_each_of_its_tasks(home, every_step):
    found = stages(
        home,
        "multi:mini-mnli+mini-sst+mini-squad1~mixing=uniform",
        intermediate={"steps": 30},
    )
    stage = found[StageKind.INTERMEDIATE]
    counts = Counter(one["what"] for one in trained(home, stage))
    assert set(counts) == {"mini-mnli", "mini-sst", "mini-squad1"}
    assert counts.total() == 30 and min(counts.values()) >= 4
    assert run_stage(home, found[StageKind.TARGET], "test") == 0
    assert run_stage(home, found[StageKind.EVALUATE], "test") == 0


def test_tasks_that_share_a_head_have_one(home):
    found = stages(home, "multi:mini-anli++mini-mnli+mini-qqp", intermediate={"steps": 6})
    stage = found[StageKind.INTERMEDIATE]
    trained(home, stage)
    heads = load_file(home.checkpoint(stage.key) / "head.safetensors")
    assert {name.split(".")[0] for name in heads} == {"nli", "mini-qqp"}


def test_masked_words_are_a_share_of_the_steps_with_a_curve_of_their_own(home, every_step):
    stage = stages(home, "mini-sst~masked_share=0.5", intermediate={"steps": 40})[
        StageKind.INTERMEDIATE
    ]
    found = trained(home, stage)
    counts = Counter(one["what"] for one in found)
    assert set(counts) == {"mini-sst", "masked words"} and 12 <= counts["masked words"] <= 28
    losses = [one["loss"] for one in found if one["what"] == "masked words"]
    assert sum(losses) / len(losses) < 4  # the shipped head knows the words: chance is ln 8000 = 9


def test_masked_words_can_come_from_a_file(home, tmp_path):
    text = tmp_path / "text.txt"
    text.write_text("The dog sleeps in the garden.\nDer Hund schläft im Garten.\n" * 20)
    setting = {"masked_share": 0.5, "masked_text": str(text), "steps": 12}
    stage = stages(home, "mini-sst", intermediate=setting)[StageKind.INTERMEDIATE]
    assert "masked words" in sorts(trained(home, stage))
    text.write_text("Another text.\n")
    assert stages(home, "mini-sst", intermediate=setting)[StageKind.INTERMEDIATE].key != stage.key


def test_translated_data_is_another_stage(home):
    english = stages(home, "mini-sst")[StageKind.INTERMEDIATE]
    german = stages(home, "mini-sst~languages=de")[StageKind.INTERMEDIATE]
    assert english.key != german.key and english.fingerprint != german.fingerprint
    trained(home, german)
    trained(home, english)
    assert not same(weights(home, english), weights(home, german))


def test_a_target_learns_from_several_languages_and_a_few_examples_of_others(home, every_step):
    settings = {
        "languages": ["en", "fr"],
        "few_shot": 8,
        "few_shot_languages": ["de", "sw"],
        "steps": 30,
    }
    stage = stages(home, target=settings)[StageKind.TARGET]
    counts = Counter(one["what"] for one in trained(home, stage))
    assert set(counts) == {"mini-xnli", "few-shot"} and 2 <= counts["few-shot"] <= 15


def test_lora_changes_linear_layers_and_leaves_a_plain_encoder(home):
    stage = stages(home, target={"tuning": "lora", "learning_rate": 0.01})[StageKind.TARGET]
    trained(home, stage)
    after, before = weights(home, stage), load_file(ENCODER / "model.safetensors")
    assert after.keys() == before.keys()
    changed = {n for n in after if not torch.equal(after[n], before[n].float())}
    assert any(name.endswith("query.weight") for name in changed)
    assert all(".weight" in n and "LayerNorm" not in n and "embed" not in n for n in changed)


def test_frozen_layers_stay_as_they_were(home):
    stage = stages(home, target={"frozen_layers": 2})[StageKind.TARGET]
    trained(home, stage)
    after, before = weights(home, stage), load_file(ENCODER / "model.safetensors")
    changed = {n for n in after if not torch.equal(after[n], before[n].float())}
    assert not any(name.startswith(("embeddings.", "encoder.layer.0.")) for name in changed)
    assert any(name.startswith("encoder.layer.1.") for name in changed)
    many = stages(home, target={"frozen_layers": 9})[StageKind.TARGET]
    assert run_stage(home, many, "test") == 1 and "the embeddings and 3 layers" in problem(
        home, many
    )


def test_the_best_checkpoint_on_dev_is_kept_and_training_stops_early(home):
    settings = {
        "select_on": "source",
        "select_every": 2,
        "select_examples": 40,
        "patience": 2,
        "steps": 60,
        "learning_rate": 0.9,  # so high that nothing gets better for long
        "clip_norm": 1e6,
    }
    stage = stages(home, target=settings)[StageKind.TARGET]
    found = [one for one in trained(home, stage) if one["what"] == "dev"]
    scores = [one["score"] for one in found]
    assert found[-1]["step"] < 60 and len(scores) >= 3
    best = scores.index(max(scores))
    assert len(scores) == best + 1 + 2
    stopped = stages(home, target={**settings, "patience": None, "steps": 60, "select_every": 60})[
        StageKind.TARGET
    ]
    assert stopped.key != stage.key


def test_the_kept_weights_are_those_that_scored_best(home, tmp_path):
    """Dev scores are the same function of the weights in the stage and here."""
    settings = {"select_on": "all", "select_every": 3, "select_examples": 30, "steps": 12}
    stage = stages(home, target={**settings, "learning_rate": 0.05})[StageKind.TARGET]
    found = [one for one in trained(home, stage) if one["what"] == "dev"]
    best = max(found, key=lambda one: one["score"])
    assert [one["step"] for one in found] == [3, 6, 9, 12]
    shorter = {**settings, "learning_rate": 0.05}
    again = Home(tmp_path / "again")
    again.root.mkdir()
    assert run_stage(again, stages(again, target=shorter)[StageKind.TARGET], "test") == 0
    assert same(weights(home, stage), weights(again, stage))
    assert any(one["score"] < best["score"] for one in found)


def test_epochs_are_counted_in_tokens_of_the_examples(home):
    stage = stages(home, target={"steps": None, "epochs": 2})[StageKind.TARGET]
    once = stages(home, target={"steps": None, "epochs": 1})[StageKind.TARGET]
    twice, one = trained(home, stage)[-1]["steps"], trained(home, once)[-1]["steps"]
    assert abs(twice - 2 * one) <= 1 and one > 5


def test_memory_can_be_saved_without_another_result(home):
    plain = stages(home)[StageKind.TARGET]
    saving = stages(home, target={"gradient_checkpointing": True})[StageKind.TARGET]
    trained(home, plain)
    trained(home, saving)
    one, other = weights(home, plain), weights(home, saving)
    assert all(torch.allclose(one[name], other[name], atol=1e-5) for name in one)


def test_a_step_can_sum_over_batches(home):
    stage = stages(home, target={"accumulate": 3, "steps": 4})[StageKind.TARGET]
    assert trained(home, stage)[-1]["step"] == 4


@pytest.mark.parametrize(
    ("regime", "kills"),
    [
        ({"intermediate": "multi:mini-mnli+mini-sst~masked_share=0.3"}, 2),
        ({"target": {"select_on": "source", "select_every": 7, "select_examples": 20}}, 1),
        ({"target": {"tuning": "lora", "few_shot": 4}}, 1),
    ],
    ids=["mixture with masked words", "selection", "lora with few shots"],
)
def test_killed_and_resumed_it_ends_as_if_nothing_had_happened(home, tmp_path, regime, kills):
    steps = {"steps": 40}
    given = {part: {**steps, **regime.get(part, {})} for part in ("target",)}
    name = regime.get("intermediate", "none")
    kind = StageKind.INTERMEDIATE if "intermediate" in regime else StageKind.TARGET
    stage = stages(home, name, **given, intermediate=steps)[kind]
    trained(home, stage)
    killed = Home(tmp_path / "killed")
    killed.root.mkdir()
    states = killed.job(stage.key) / "resume"
    for _ in range(kills):
        _kill_behind_a_new_state(killed, stage, states)
    assert not jobs.is_finished(killed, stage) and list(states.glob("step-*"))
    process = _process(killed, stage)
    process.join(timeout=120)
    assert process.exitcode == 0, problem(killed, stage)
    log = [one["step"] for one in progress(killed, stage)]
    assert log[-1] == 40 and not states.exists()
    assert same(weights(home, stage), weights(killed, stage))
    steps_of = {one.attempt: [] for one in events(killed, stage)}
    for one in events(killed, stage):
        if one.type is EventType.PROGRESS:
            steps_of[one.attempt].append(one.payload["step"])
    assert steps_of[kills + 1][0] > 1  # it went on, and did not begin again


def _kill_behind_a_new_state(home: Home, stage: Stage, states: Path) -> None:
    before, process = set(states.glob("step-*")), _process(home, stage)
    deadline = time.monotonic() + 60
    while not set(states.glob("step-*")) - before and process.is_alive():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.kill()
    process.join()


def _process(home: Home, stage: Stage) -> ForkServerProcess:
    process = PROCESSES.Process(target=_train, args=(home, stage))
    process.start()
    return process


def _train(home: Home, stage: Stage) -> None:
    os.environ["XFER_CHECKPOINT_SECONDS"] = "0.05"
    sys.exit(run_stage(home, stage, "test"))


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(one[name], other[name]) for name in one)
