"""Builds the spools of the page tests: a full grid with every look, and a failing run."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from xfer_core import spool
from xfer_core.domain.event import EventType
from xfer_core.domain.run import Stage, StageKind
from xfer_core.home import Home

LANGUAGES = ("en", "de", "es", "fr", "ru", "tr", "ar", "zh")
TARGETS = ("mini-xnli", "mini-pos", "mini-mmlu", "mini-tatoeba")
INTERMEDIATES = ("none", "mini-mnli", "mini-qqp", "mini-sst", "mini-csqa")
BASE = {"mini-xnli": 0.55, "mini-pos": 0.72, "mini-mmlu": 0.38, "mini-tatoeba": 0.3}
EFFECT = {
    ("mini-mnli", "mini-xnli"): 0.08,
    ("mini-mnli", "mini-tatoeba"): 0.2,
    ("mini-qqp", "mini-xnli"): 0.04,
    ("mini-qqp", "mini-tatoeba"): 0.12,
    ("mini-sst", "mini-pos"): -0.06,
    ("mini-csqa", "mini-mmlu"): 0.03,
    ("mini-sst", "mini-xnli"): -0.03,
}
NOT_RUN = {("mini-sst", "mini-mmlu")}
FAILED = {("mini-csqa", "mini-pos")}
ONE_SEED = {("mini-csqa", "mini-xnli"), ("mini-sst", "mini-tatoeba")}
HOSTILE = "No memory <script>alert(1)</script> [x](javascript:alert(1)) $a$ :smile:"
SPEC = {
    "catalog": "mini",
    "encoders": ["mini-s"],
    "intermediates": list(INTERMEDIATES),
    "targets": list(TARGETS),
    "seeds": [1, 2, 3],
}


def write_full(home: Home, seeds: Sequence[int] = (1, 2, 3), examples: int = 60) -> None:
    """A finished run with measured, failed, not run and single-seed cells, and latencies."""
    stages: list[Stage] = []
    states: dict[str, str] = {}
    for target in TARGETS:
        for intermediate in INTERMEDIATES:
            cell = (intermediate, target)
            if cell in NOT_RUN:
                continue
            for seed in seeds[:1] if cell in ONE_SEED else seeds:
                for kind in ("target", "evaluate", "latency"):
                    stages.append(_stage(kind, intermediate, target, seed))
                    ok = cell not in FAILED
                    states[stages[-1].key] = "succeeded" if ok else "failed"
                    if ok or kind == "target":
                        _write_job(home, stages[-1], ok, examples)
    _write_run(home, "run-full", stages, states, "succeeded")


def write_failing(home: Home) -> None:
    """A run of which every stage failed, with text that tries to be code."""
    stages = [_stage("target", name, "mini-xnli", 1) for name in ("none", "mini-mnli")]
    for stage in stages:
        _write_job(home, stage, False, 0)
    _write_run(home, "run-broken", stages, {each.key: "failed" for each in stages}, "failed")
    (home.run("run-broken") / spool.LOG).write_bytes(b"starting\x1b[31m red \xff <b>bold</b>\n")


def write_running(home: Home, run_id: str = "run-now") -> None:
    """A run in the middle of its second stage."""
    stages = [_stage(kind, "mini-sst", "mini-mmlu", 7) for kind in ("target", "evaluate")]
    with spool.Writer(home.job(stages[0].key), stages[0].key, 1) as writer:
        writer.append(EventType.STARTED, run_id=run_id, stage=stages[0].to_json(), **_MACHINE)
        progress = {"what": "training", "learning_rate": 1e-4, "tokens_per_second": 900.0}
        writer.append(EventType.PROGRESS, step=40, steps=100, loss=0.91, **progress)
    states = {stages[0].key: "running"}
    _write_run(home, run_id, stages, states, "running")


def write_end(home: Home, run_id: str = "run-now") -> None:
    """A run that was at work is cancelled."""
    with spool.Writer(home.run(run_id), run_id, 2) as writer:
        writer.append(EventType.STATE, state="cancelled", reason="")


_MACHINE: dict[str, Any] = {"pid": 1, "host": "t", "device": "cpu", "threads": 1, "versions": {}}


def _stage(kind: str, intermediate: str, target: str, seed: int) -> Stage:
    key = f"{kind}-{intermediate}-{target}-{seed}"
    languages = LANGUAGES[1:] if target == "mini-tatoeba" else LANGUAGES
    return Stage(
        StageKind(kind), key, "mini", "mini-s", intermediate, target, seed, languages, variant="v1"
    )


def _write_job(home: Home, stage: Stage, ok: bool, examples: int) -> None:
    spool.publish(home.job(stage.key) / spool.STAGE, {"stage": stage.to_json(), "attempt": 1})
    with spool.Writer(home.job(stage.key), stage.key, 1) as writer:
        writer.append(EventType.STARTED, run_id="run-full", stage=stage.to_json(), **_MACHINE)
        if not ok:
            writer.append(EventType.FAILED, message=HOSTILE, traceback="Traceback: <b>no</b>")
        elif stage.kind is StageKind.EVALUATE:
            for language in stage.languages:
                writer.append(EventType.SCORE, **_score(stage, language, examples))
        elif stage.kind is StageKind.LATENCY:
            writer.append(EventType.LATENCY, **_latency(stage))
        else:
            for step in range(1, 21):
                progress = {"what": "training", "learning_rate": 1e-4, "tokens_per_second": 900.0}
                loss = 1.1 / step**0.3
                writer.append(EventType.PROGRESS, step=5 * step, steps=100, loss=loss, **progress)
        if ok:
            writer.append(EventType.FINISHED, wall_seconds=12.5, rows=writer.rows)
    result: dict[str, Any] = {"job_id": stage.key, "attempt": 1, "kind": str(stage.kind)}
    result["parent_attempt"] = 1 if stage.parent else None
    result["state"] = "succeeded" if ok else "failed"
    result |= {"rows": writer.rows, "sha256": writer.sha256, "wall_seconds": 12.5}
    spool.publish(home.job(stage.key) / spool.RESULT, result)


def _write_run(
    home: Home,
    run_id: str,
    stages: list[Stage],
    states: dict[str, str],
    state: str,
    spec: dict[str, Any] | None = None,
) -> None:
    plan = {"spec": spec or SPEC, "stages": [each.to_json() for each in stages]}
    spool.publish(home.run(run_id) / spool.PLAN, plan)
    with spool.Writer(home.run(run_id), run_id, 1) as writer:
        writer.append(EventType.PLAN, **plan, reused=[], environment={"python": "3.11"})
        writer.append(EventType.STATE, state="running", reason="")
        for stage in stages:
            if stage.key in states:
                writer.append(EventType.JOB, key=stage.key, state=states[stage.key])
        if state != "running":
            reason = HOSTILE if state == "failed" else ""
            writer.append(EventType.STATE, state=state, reason=reason)


def _score(stage: Stage, language: str, examples: int) -> dict[str, Any]:
    target = str(stage.target)
    chance = random.Random(f"{stage.seed} {target} {language}")
    drift = random.Random(stage.key + language).gauss(0, 0.01)
    far = 0.0 if language == "en" else 0.05
    rate = BASE[target] + EFFECT.get((stage.intermediate, target), 0.004) + drift - far
    scores = [float(chance.random() < rate) for _ in range(examples)]
    return {
        "language": language,
        "split": "test",
        "metric": "f1" if target == "mini-pos" else "accuracy",
        "value": sum(scores) / examples,
        "n_examples": examples,
        "scores": scores,
        "weights": None,
    }


def _latency(stage: Stage) -> dict[str, Any]:
    chance = random.Random(stage.key)
    middle = {"mini-mmlu": 9.0, "mini-pos": 4.0}.get(str(stage.target), 5.0) * chance.uniform(
        0.97, 1.1
    )
    samples = sorted(chance.gauss(middle, 0.3) for _ in range(60))
    return {
        **{name: getattr(stage, name) for name in ("catalog", "encoder", "intermediate", "target")},
        **{"seed": stage.seed, "back_end": "torch", "precision": "fp32", "device": "cpu"},
        **{"device_name": "Test CPU", "threads": 1, "batch_size": 1, "sequence_length": 17.0},
        **{"unit": "question" if stage.target == "mini-mmlu" else "sentence"},
        **{"samples": samples, "n": 60, "p50_ms": samples[30], "p90_ms": samples[54]},
        **{"p95_ms": samples[57], "p99_ms": samples[59], "mean_ms": sum(samples) / 60},
        **{"ci_low_ms": samples[24], "ci_high_ms": samples[36], "throughput": 150.0},
        **{"parameters": 900_000, "load_average": 0.4},
        **{"contended": stage.intermediate == "mini-sst"},
    }


def finish_cell(home: Home, intermediate: str, target: str, seed: int, variant: str = "v1") -> None:
    """The evaluation of a cell that had no result; ``variant`` stands for its settings."""
    stage = replace(_stage("evaluate", intermediate, target, seed), variant=variant)
    _write_job(home, stage, True, 60)
