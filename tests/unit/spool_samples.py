"""Writes realistic spool files for tests: runs, and jobs with scores, curves and latency."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from xfer_core import spool
from xfer_core.domain.event import EventType
from xfer_core.domain.run import Stage, StageKind
from xfer_core.home import Home

LANGUAGES = ("en", "de", "ru")
EXAMPLES = 40
TORN = b'{"job_id":"torn by a kill'


def stage(
    kind: str = "evaluate",
    intermediate: str = "none",
    target: str | None = "mini-xnli",
    seed: int = 1,
    **more: Any,
) -> Stage:
    """A stage with a key of its own; ``more`` are further fields of Stage."""
    values: dict[str, Any] = {
        "catalog": "mini",
        "encoder": "mini-encoder",
        "languages": LANGUAGES,
        "settings": {"steps": 20},
        "variant": "v1",
        **more,
    }
    identity = repr((kind, intermediate, target, seed, sorted(values.items(), key=str)))
    key = hashlib.sha256(identity.encode()).hexdigest()[:24]
    values = {"key": key, **values}
    return Stage(StageKind(kind), intermediate=intermediate, target=target, seed=seed, **values)


def write_job(
    home: Home,
    of: Stage,
    *,
    run_id: str = "run-1",
    attempt: int = 1,
    end: str = "succeeded",
    accuracy: float = 0.6,
    losses: Sequence[Any] = (1.2, 0.9, 0.7),
) -> Path:
    """One attempt at a stage; ``end`` is "succeeded", "failed", "killed" or "torn".

    An evaluate stage scores its languages, a latency stage measures, the others have curves and
    leave a checkpoint. Returns the job's folder.
    """
    folder = home.job(of.key)
    spool.publish(folder / spool.STAGE, {"stage": of.to_json(), "attempt": attempt})
    with spool.Writer(folder, of.key, attempt) as writer:
        writer.append(EventType.STARTED, run_id=run_id, stage=of.to_json(), **_machine())
        _work(writer, of, accuracy, losses)
        if end == "failed":
            writer.append(EventType.FAILED, message="Out of memory.", traceback="Traceback ...")
        if end == "succeeded":
            writer.append(EventType.FINISHED, wall_seconds=1.5, rows=writer.rows)
    if end in ("succeeded", "failed"):
        result = {"job_id": of.key, "attempt": attempt, "state": end, "wall_seconds": 1.5}
        result |= {"rows": writer.rows, "sha256": writer.sha256}
        spool.publish(folder / spool.RESULT, result)
    if end == "torn":
        append(folder, TORN)
    return folder


def write_run(
    home: Home,
    run_id: str,
    stages: Iterable[Stage],
    *,
    attempt: int = 1,
    state: str = "succeeded",
    jobs: str = "succeeded",
    reused: Sequence[str] = (),
) -> Path:
    """One attempt at a run; every stage that is not reused ends in the state ``jobs``."""
    listed = list(stages)
    with spool.Writer(home.run(run_id), run_id, attempt) as writer:
        writer.append(
            EventType.PLAN,
            spec={"catalog": "mini", "seeds": sorted({each.seed for each in listed})},
            stages=[each.to_json() for each in listed],
            reused=list(reused),
            environment={"git_commit": "0" * 40, "python": "3.11", "versions": {}},
        )
        writer.append(EventType.STATE, state="running", reason="")
        for each in listed:
            if each.key not in reused:
                writer.append(EventType.JOB, key=each.key, state="running")
                writer.append(EventType.JOB, key=each.key, state=jobs)
        if state != "running":
            writer.append(EventType.STATE, state=state, reason=f"It {state}.")
    return home.run(run_id)


def write_grid(
    home: Home,
    *,
    run_id: str = "run-1",
    intermediates: Sequence[str] = ("none", "mini-mnli"),
    targets: Sequence[str] = ("mini-xnli",),
    seeds: Sequence[int] = (1, 2),
) -> list[Stage]:
    """A whole run: for each cell and seed a target, an evaluate and a latency stage."""
    stages = []
    for target in targets:
        for intermediate in intermediates:
            for seed in seeds:
                for kind in ("target", "evaluate", "latency"):
                    stages.append(stage(kind, intermediate, target, seed))
                    better = 0.0 if intermediate == "none" else 0.1
                    write_job(home, stages[-1], run_id=run_id, accuracy=0.6 + better)
    write_run(home, run_id, stages)
    return stages


def append(folder: Path, data: bytes) -> None:
    """Raw bytes at the end of a spool file."""
    with (folder / spool.EVENTS).open("ab") as file:
        file.write(data)


def _work(writer: spool.Writer, of: Stage, accuracy: float, losses: Sequence[Any]) -> None:
    if of.kind is StageKind.EVALUATE:
        for language in of.languages:
            writer.append(EventType.SCORE, **_score(of, language, accuracy))
    elif of.kind is StageKind.LATENCY:
        writer.append(EventType.LATENCY, **_latency(of))
    else:
        for step, loss in enumerate(losses, start=1):
            progress = {"step": step, "steps": len(losses), "loss": loss}
            progress |= {"learning_rate": 1e-4, "tokens_per_second": 900.5, "what": "training"}
            writer.append(EventType.PROGRESS, **progress)
        path = f"checkpoints/{of.key}"
        writer.append(EventType.CHECKPOINT, path=path, bytes=10, sha256="0" * 64)


def _score(of: Stage, language: str, accuracy: float) -> dict[str, Any]:
    chance = random.Random(f"{of.key} {language}")
    scores = [float(chance.random() < accuracy) for _ in range(EXAMPLES)]
    return {
        "language": language,
        "split": of.settings.get("evaluation", {}).get("split", "test"),
        "metric": "accuracy",
        "value": sum(scores) / EXAMPLES,
        "n_examples": EXAMPLES,
        "scores": scores,
        "weights": None,
    }


def _latency(of: Stage) -> dict[str, Any]:
    chance = random.Random(of.key)
    samples = sorted(chance.uniform(4.0, 9.0) for _ in range(20))
    return {
        **{name: getattr(of, name) for name in ("catalog", "encoder", "intermediate", "target")},
        **{"seed": of.seed, "back_end": "torch", "precision": "fp32", "device": "cpu"},
        **{"device_name": "Test CPU", "threads": 1, "batch_size": 1, "sequence_length": 17.0},
        **{"unit": "sentence", "samples": samples, "n": len(samples), "p50_ms": samples[10]},
        **{"p90_ms": samples[17], "p95_ms": samples[18], "p99_ms": samples[19]},
        **{"mean_ms": sum(samples) / 20, "ci_low_ms": samples[7], "ci_high_ms": samples[13]},
        **{"throughput": 150.0, "parameters": 900_000, "load_average": 0.4, "contended": False},
    }


def _machine() -> dict[str, Any]:
    return {"pid": 4711, "host": "test", "device": "cpu", "threads": 1, "versions": {}}


def training(steps: int = 60, encoder: str = "mini-s", seed: int = 1) -> Stage:
    """A target stage of so many steps; its settings are those that say how long it takes."""
    settings = {"steps": steps, "batch_tokens": 256, "accumulate": 1}
    return Stage(
        kind=StageKind.TARGET,
        key=f"{encoder}-{steps}-{seed}",
        catalog="mini",
        encoder=encoder,
        intermediate="none",
        target="mini-xnli",
        seed=seed,
        settings={"training": settings},
    )


def ended(home: Home, stage: Stage, seconds: float, state: str = "succeeded") -> None:
    """A job that has ended after so many seconds."""
    result = {"state": state, "attempt": 1, "kind": str(stage.kind), "wall_seconds": seconds}
    spool.publish(home.job(stage.key) / spool.STAGE, {"stage": stage.to_json(), "attempt": 1})
    spool.publish(home.job(stage.key) / spool.RESULT, result)
