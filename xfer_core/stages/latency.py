"""Latency stages: milliseconds per question or sentence, with the conditions that they need.

Protocol: the whole machine is held (every slot), threads are fixed, inputs are the task's own
test examples over all languages of the stage, the warm-up is dropped, each sample is one batch
from text to prediction, tokenization included.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import psutil
import torch
from transformers import PreTrainedTokenizerBase

from xfer_core import catalog
from xfer_core.domain.errors import DataError
from xfer_core.domain.event import EventType
from xfer_core.domain.run import Stage
from xfer_core.domain.task import Row, Task, TaskKind
from xfer_core.home import Home
from xfer_core.specification import EvaluationSettings, LatencySettings
from xfer_core.spool import Writer
from xfer_core.stages import arrays, checkpoints, data
from xfer_core.stages.batches import ordered_batches
from xfer_core.stages.device import accelerator, device_name
from xfer_core.stages.evaluate import load_model
from xfer_core.stages.kinds import KINDS
from xfer_core.stages.model import padding
from xfer_core.stats import median_interval, percentiles

QUIET_SECONDS, LOOK_SECONDS = 2.0, 0.08
CONTENDED_CORES = 0.25
"""More than so many cores busy with something else make a measurement contended."""


def measure(home: Home, stage: Stage, writer: Writer) -> None:
    """Time the stage's model and write one latency event."""
    settings = LatencySettings.model_validate(stage.settings["latency"])
    evaluation = EvaluationSettings.model_validate(stage.settings["evaluation"])
    device = accelerator(stage.seed, settings.threads)
    task = catalog.task(str(stage.target))
    model = load_model(home, stage, task).to(device.device)
    tokenizer = checkpoints.load_tokenizer(stage.encoder)
    kind = KINDS[task.kind]
    lengths: list[int] = []

    @torch.inference_mode()
    def answer(rows: list[Row]) -> None:
        encoded = _encode(rows, task, tokenizer, evaluation.max_length)
        lengths.append(int(encoded.lengths().max()))
        for batch in ordered_batches(encoded, 2**31, padding(model.encoder)):
            moved = batch.to(device.device)
            kind.predict(model.head, model.hidden(moved), moved, task)
        if device.device.type == "cuda":
            torch.cuda.synchronize()

    inputs = _inputs(home, task, stage, evaluation.split, settings)
    _wait_for_quiet()
    load = _OtherLoad()
    samples = _timed(answer, inputs, settings.warmup)
    writer.append(
        EventType.LATENCY,
        **_conditions(stage, task, settings, device.device.type),
        **_figures(samples, settings.batch_size),
        sequence_length=float(sorted(lengths)[len(lengths) // 2]),
        parameters=sum(p.numel() for p in model.parameters()),
        load_average=os.getloadavg()[0],
        contended=load.cores() > CONTENDED_CORES,
    )


def _encode(
    rows: list[Row], task: Task, tokenizer: PreTrainedTokenizerBase, max_length: int
) -> arrays.Encoded:
    """As in evaluation; for retrieval only the sentence that would be looked up."""
    if task.trained:
        return KINDS[task.kind].encode(rows, task, tokenizer, max_length)
    texts = [row["target"] for row in rows]
    ids = tokenizer(texts, truncation=True, max_length=max_length)["input_ids"]
    return arrays.single(ids, [-1] * len(ids))


def _inputs(
    home: Home, task: Task, stage: Stage, split: str, settings: LatencySettings
) -> list[list[Row]]:
    """Batches of test rows, the languages in turn; rows repeat when there are too few."""
    per_language = [data.rows(home, task, split, code) for code in stage.languages]
    mixed = [row for rows in zip(*per_language, strict=True) for row in rows]
    if not mixed:
        raise DataError(f"Expected test examples of {task.name} to time; there are none.")
    wanted = (settings.warmup + settings.samples) * settings.batch_size
    rows = [mixed[number % len(mixed)] for number in range(wanted)]
    size = settings.batch_size
    return [rows[start : start + size] for start in range(0, wanted, size)]


def _timed(
    answer: Callable[[list[Row]], None], inputs: list[list[Row]], warmup: int
) -> list[float]:
    samples = []
    for rows in inputs:
        started = time.perf_counter()
        answer(rows)
        samples.append((time.perf_counter() - started) * 1000)
    return samples[warmup:]


def _figures(samples: list[float], batch_size: int) -> dict[str, object]:
    """Percentiles in milliseconds, throughput in items per second, and the samples."""
    p50, p90, p95, p99 = percentiles(samples)
    low, high = median_interval(samples, seed=0)
    mean = sum(samples) / len(samples)
    return {
        "p50_ms": p50,
        "p90_ms": p90,
        "p95_ms": p95,
        "p99_ms": p99,
        "mean_ms": mean,
        "ci_low_ms": low,
        "ci_high_ms": high,
        "throughput": 1000 * batch_size / mean,
        "n": len(samples),
        "samples": [round(sample, 4) for sample in samples],
    }


def _conditions(
    stage: Stage, task: Task, settings: LatencySettings, device: str
) -> dict[str, object]:
    return {
        "catalog": stage.catalog,
        "encoder": stage.encoder,
        "intermediate": stage.intermediate,
        "target": stage.target,
        "seed": stage.seed,
        "back_end": "torch",
        "precision": "fp32",
        "device": device,
        "device_name": device_name(),
        "threads": settings.threads,
        "batch_size": settings.batch_size,
        "unit": "question" if task.kind is TaskKind.MULTIPLE_CHOICE else "sentence",
    }


def _wait_for_quiet() -> None:
    """Let neighbours that are just starting or ending finish; after two seconds go on anyway."""
    deadline = time.monotonic() + QUIET_SECONDS
    while time.monotonic() < deadline:
        load = _OtherLoad()
        time.sleep(LOOK_SECONDS)
        if load.cores() <= CONTENDED_CORES:
            return


class _OtherLoad:
    """Cores that other processes keep busy from construction until ``cores`` is asked."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._before = _busy_elsewhere()

    def cores(self) -> float:
        seconds = time.perf_counter() - self._started
        return max(0.0, _busy_elsewhere() - self._before) / seconds


def _busy_elsewhere() -> float:
    """Core seconds since the start of the machine that this process did not use."""
    machine, own = psutil.cpu_times(), psutil.Process().cpu_times()
    busy = sum(machine) - machine.idle - getattr(machine, "iowait", 0.0)
    # Linux counts guest time in user time as well.
    busy -= getattr(machine, "guest", 0.0) + getattr(machine, "guest_nice", 0.0)
    return float(busy - own.user - own.system)
