"""Our side: stages of the mini catalogue, done as a worker does them, and timed."""

from __future__ import annotations

import shutil
import time
from typing import Any

from xfer_core import spool
from xfer_core.domain.event import Event, EventType
from xfer_core.domain.run import Stage, StageKind
from xfer_core.domain.task import Task
from xfer_core.home import Home
from xfer_core.planning import Plan
from xfer_core.rows import Fingerprints
from xfer_core.runner import plan_run
from xfer_core.specification import Spec

ENCODER = "mini-s-aligned"
TRAINED = (StageKind.INTERMEDIATE, StageKind.TARGET)


class Unread(Fingerprints):
    """For a plan that is only counted: no data are made for it."""

    def rows(self, task: Task, split: str, languages: tuple[str, ...]) -> str:
        """Something that tells tasks and splits apart."""
        return f"{task.name} {split}"


def planned(
    home: Home,
    targets: tuple[str, ...],
    seed: int,
    *,
    languages: tuple[str, ...] = (),
    **settings: dict[str, Any],
) -> Plan:
    """The stages of some targets without an intermediate task, and without latency."""
    values = {
        "encoders": [ENCODER],
        "intermediates": ["none"],
        "targets": list(targets),
        "languages": list(languages),
        "seeds": [seed],
        "settings": {**settings, "latency": {"measure": False}},
    }
    return plan_run(home, Spec.parse(values))


def only(plan: Plan, kind: StageKind) -> Stage:
    """The single stage of a kind."""
    (stage,) = [stage for stage in plan.stages if stage.kind is kind]
    return stage


def train_stage(home: Home, stage: Stage) -> dict[str, float]:
    """Train: ``seconds`` from loading the weights to the saved checkpoint.

    ``examples`` is how many training examples the steps read.
    """
    from xfer_core.stages.train import train

    prepare(home, stage)
    started = time.perf_counter()
    with spool.Writer(home.job(stage.key), stage.key, 1) as writer:
        train(home, stage, writer)
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "examples": float(examples_read(home, stage))}


def evaluate_stage(home: Home, stage: Stage) -> dict[str, Any]:
    """Evaluate: ``seconds`` from loading the weights to the last score, ``scores`` by language."""
    from xfer_core.stages.evaluate import evaluate

    prepare(home, stage)
    started = time.perf_counter()
    with spool.Writer(home.job(stage.key), stage.key, 1) as writer:
        evaluate(home, stage, writer)
    return {"seconds": time.perf_counter() - started, "scores": scores(home, stage)}


def evaluate_untokenized(home: Home, stage: Stage) -> dict[str, Any]:
    """As ``evaluate_stage``, but nothing is tokenized before the clock starts."""
    from xfer_core.stages.evaluate import evaluate

    prepare(home, stage)
    shutil.rmtree(home.root / "arrays")
    started = time.perf_counter()
    with spool.Writer(home.job(stage.key), stage.key, 1) as writer:
        evaluate(home, stage, writer)
    return {"seconds": time.perf_counter() - started, "scores": scores(home, stage)}


def train_and_evaluate(home: Home, training: Stage, evaluation: Stage) -> dict[str, Any]:
    """Both, one after the other; ``seconds`` are the training's."""
    trained = train_stage(home, training)
    return {**evaluate_stage(home, evaluation), **trained}


def work(home: Home, chain: tuple[Stage, Stage]) -> dict[str, float]:
    """Train and evaluate as a worker does; the scores by language."""
    from xfer_core.stages.evaluate import evaluate
    from xfer_core.stages.train import train

    for function, stage in zip((train, evaluate), chain, strict=True):
        with spool.Writer(home.job(stage.key), stage.key, 1) as writer:
            function(home, stage, writer)
    return scores(home, chain[1])


def prepare(home: Home, stage: Stage) -> None:
    """Make the stage's rows and arrays: they are made once per store, not once per stage."""
    from xfer_core import catalog
    from xfer_core.stages import data

    task = catalog.task(stage.target or stage.intermediate)
    group = "training" if stage.kind in TRAINED else "evaluation"
    settings = stage.settings[group]
    split = "train" if stage.kind in TRAINED else settings["split"]
    for language in stage.languages or ("en",):
        data.encoded(home, task, split, language, stage.encoder, settings["max_length"])


def examples_read(home: Home, stage: Stage) -> int:
    """Training examples in the batches of a stage."""
    import numpy as np

    from xfer_core import catalog
    from xfer_core.stages import data
    from xfer_core.stages.batches import training_batches

    task = catalog.task(stage.target or stage.intermediate)
    settings = stage.settings["training"]
    encoded = data.encoded(home, task, "train", "en", stage.encoder, settings["max_length"])
    encoded = data.first(encoded, settings["train_examples"])
    drawn = np.random.default_rng([stage.seed, 0])
    batches = training_batches(encoded, settings["batch_tokens"], 1, drawn)
    return sum(len(next(batches).examples) for _ in range(int(settings["steps"])))


def scores(home: Home, stage: Stage) -> dict[str, float]:
    """Language -> score of an evaluate stage, by the metric of its task."""
    found = [e.payload for e in events(home, stage) if e.type is EventType.SCORE]
    return {payload["language"]: float(payload["value"]) for payload in found}


def events(home: Home, stage: Stage) -> list[Event]:
    """What a stage wrote."""
    return spool.read_events(home.job(stage.key) / spool.EVENTS)[0]
