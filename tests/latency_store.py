"""Builds a spool with models of three sizes, four back ends and truncations, for the scatter."""

from __future__ import annotations

import random
from typing import Any

from xfer_core import catalog, spool
from xfer_core.domain.event import EventType
from xfer_core.domain.run import Stage, StageKind
from xfer_core.domain.serving import Serving
from xfer_core.home import Home

TARGET = "mini-mmlu"
LANGUAGES = ("en", "de", "sw")
SIZES = {
    "mini-s-aligned": (6.0, 0.42),
    "mini-m-aligned": (9.0, 0.47),
    "mini-l-aligned": (16.0, 0.50),
}
"""Encoder -> milliseconds with torch, score."""
FASTER = {
    Serving(): (1.0, 0.0),
    Serving("torch", "bf16"): (0.7, -0.002),
    Serving("onnxruntime", "int8"): (0.33, -0.012),
    Serving("openvino"): (0.52, 0.0),
    Serving(layers=2): (0.7, -0.07),
}
"""Way to run it -> share of the time, score lost."""
CONDITIONS = ((1, "mix", 1.0), (32, "mix", 14.0), (1, "p95", 1.6))
BUSY = ("mini-m-aligned", Serving("openvino"))
INTERMEDIATES = ("none", "mini-mnli")


def write(
    home: Home,
    seeds: tuple[int, ...] = (1, 2, 3),
    contended: bool = False,
    variant: str = "v1",
    lower: float = 0.0,
    event: dict[str, Any] | None = None,
    machine: str = "test",
) -> None:
    """A finished run; one model was measured under load, or all of them.

    ``event`` stands for all that was timed; ``variant`` for the settings; scores
    are ``lower`` by so much.
    """
    stages = []
    for encoder in SIZES:
        for intermediate in INTERMEDIATES:
            for seed in seeds:
                for serving in FASTER:
                    name = serving.named(encoder)
                    stage = stage_of("evaluate", name, intermediate, seed, variant)
                    stages.append(_scored(home, stage, encoder, serving, lower))
            stage = stage_of("latency", encoder, intermediate, seeds[0], variant)
            stages.append(_timed(home, stage, contended, event, machine))
    plan = {"spec": {"encoders": list(SIZES)}, "stages": [stage.to_json() for stage in stages]}
    spool.publish(home.run("run-latency") / spool.PLAN, plan)
    with spool.Writer(home.run("run-latency"), "run-latency", 1) as writer:
        writer.append(EventType.PLAN, **plan, reused=[], environment={})
        for stage in stages:
            writer.append(EventType.JOB, key=stage.key, state="succeeded")
        writer.append(EventType.STATE, state="succeeded", reason="")


def _scored(home: Home, stage: Stage, encoder: str, serving: Serving, lower: float) -> Stage:
    with _job(home, stage) as writer:
        for language in LANGUAGES:
            rate = (
                SIZES[encoder][1] - lower + FASTER[serving][1] + (0.05 if language == "en" else 0.0)
            )
            rate += 0.02 if stage.intermediate != "none" else 0.0
            # The same questions are hard for all: back ends differ in few of them.
            hard = random.Random(f"{language} {stage.seed} {encoder}")
            scores = [float(hard.random() < rate) for _ in range(240)]
            writer.append(
                EventType.SCORE,
                **{"language": language, "split": "test", "metric": "accuracy"},
                **{"value": sum(scores) / 240, "n_examples": 240, "scores": scores},
                weights=None,
            )
        writer.append(EventType.FINISHED, wall_seconds=2.0, rows=writer.rows)
    return stage


def _timed(
    home: Home, stage: Stage, contended: bool, event: dict[str, Any] | None, machine: str
) -> Stage:
    encoder = stage.encoder
    with _job(home, stage) as writer:
        if event:
            writer.append(EventType.LATENCY, **event)
        for batch_size, inputs, factor in () if event else CONDITIONS:
            for serving, (share, _) in FASTER.items():
                seed = f"{encoder} {stage.intermediate} {batch_size} {inputs} {serving}"
                chance = random.Random(seed)
                middle = SIZES[encoder][0] * share * factor
                busy = contended or (encoder, serving) == BUSY
                values = measured(
                    serving, middle, chance, batch_size, inputs, busy, machine=machine
                )
                writer.append(EventType.LATENCY, **values)
        writer.append(EventType.FINISHED, wall_seconds=9.0, rows=writer.rows)
    return stage


def measured(
    serving: Serving,
    middle: float,
    chance: random.Random,
    batch_size: int = 1,
    inputs: str = "mix",
    contended: bool = False,
    **more: Any,
) -> dict[str, Any]:
    """The payload of one latency event around a median."""
    medians = [middle * chance.gauss(1, 0.006) for _ in range(5)]
    ratios = [median / (middle / 0.9) for median in medians]
    p50 = sorted(medians)[2]
    return {
        **{"back_end": serving.back_end, "precision": serving.precision},
        **{"layers": serving.layers, "back_end_version": "test 1.0", "device": "cpu"},
        **{"device_name": "Test CPU", "machine": "test", "threads": 1, "unit": "question"},
        **{"batch_size": batch_size, "inputs": inputs, "sequence_length": 17.0},
        **{"p50_ms": p50, "p90_ms": 1.1 * p50, "p95_ms": 1.2 * p50, "p99_ms": 1.4 * p50},
        **{"mean_ms": p50, "ci_low_ms": min(medians), "ci_high_ms": max(medians)},
        **{"tokenization_ms": 0.1 * p50, "model_ms": 0.9 * p50, "reference_ms": middle / 0.9},
        **{"ratio": sum(ratios) / 5, "ratio_low": min(ratios), "ratio_high": max(ratios)},
        **{"throughput": 1000 * batch_size / p50, "n": 40, "passes": 5, "repeated": 0},
        **{"stable": True, "spread": 0.01, "contended": contended, "parameters": 1_600_000},
        **{"memory_bytes": 9_000_000, "disk_bytes": 6_400_000, "operations": 9e7},
        **{"remark": "Others kept 1.7 cores busy in 5 of 5 passes." if contended else ""},
        **{"pass_medians": medians, "pass_ratios": ratios, "samples": medians, **more},
    }


def stage_of(kind: str, encoder: str, intermediate: str, seed: int, variant: str) -> Stage:
    key = f"{kind}-{encoder}-{intermediate}-{seed}-{variant}".replace("~", "-").replace("=", "-")
    key = key.replace(":", "-")
    return Stage(
        StageKind(kind),
        key,
        "mini",
        encoder,
        intermediate,
        TARGET,
        seed,
        LANGUAGES,
        variant=variant,
    )


def _job(home: Home, stage: Stage) -> spool.Writer:
    assert catalog.encoder(stage.encoder)
    spool.publish(home.job(stage.key) / spool.STAGE, stage.to_json())
    writer = spool.Writer(home.job(stage.key), stage.key, 1)
    started = {"pid": 1, "host": "t", "versions": {}}
    writer.append(EventType.STARTED, run_id="run-latency", stage=stage.to_json(), **started)
    spool.publish(
        home.job(stage.key) / spool.RESULT,
        {"job_id": stage.key, "attempt": 1, "kind": str(stage.kind), "state": "succeeded"},
    )
    return writer
