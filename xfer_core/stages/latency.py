"""Latency stages: milliseconds per question or sentence, with the conditions that they need.

The protocol is docs/latency.md in code: the whole machine is held (every slot), all settings of a
stage and a fixed reference are timed in turn, and passes that saw other load are repeated.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import nn
from transformers import PreTrainedModel

from xfer_core import catalog
from xfer_core.domain.errors import StageFailed
from xfer_core.domain.event import EventType
from xfer_core.domain.run import Stage
from xfer_core.domain.serving import PLAIN, TORCH, Serving
from xfer_core.domain.task import Row, Task
from xfer_core.home import Home
from xfer_core.specification import EvaluationSettings, LatencySettings
from xfer_core.spool import Writer
from xfer_core.stages import checkpoints, data
from xfer_core.stages import serving as ways
from xfer_core.stages.device import accelerator, device_name, machine, processor_name
from xfer_core.stages.evaluate import load_model
from xfer_core.stages.kinds import KINDS
from xfer_core.stages.model import Model
from xfer_core.stages.timing import figures, protocol
from xfer_core.stages.timing.cost import Memory, operations, weight_bytes
from xfer_core.stages.timing.inputs import Inputs, drawn
from xfer_core.stages.timing.protocol import Rules
from xfer_core.stages.timing.search import search_ms
from xfer_core.stages.timing.texts import Texts, threads_of_tokenizer, unit_of

REFERENCE_SEED = 0


@dataclass(frozen=True)
class Setting:
    """One thing that is timed: a model that runs in some way, and what that takes."""

    serving: Serving
    model: ways.Served
    device: torch.device
    memory_bytes: int | None


def measure(home: Home, stage: Stage, writer: Writer) -> None:
    """Time the stage's model in every asked-for way; one latency event per way and condition."""
    settings = LatencySettings.model_validate(stage.settings["latency"])
    evaluation = EvaluationSettings.model_validate(stage.settings["evaluation"])
    device = accelerator(stage.seed, settings.threads).device
    task = catalog.task(str(stage.target))
    texts = Texts(task, checkpoints.load_tokenizer(stage.encoder), evaluation)
    rows = [texts.usable(data.rows(home, task, evaluation.split, code)) for code in stage.languages]
    wanted = [(size, name) for size in settings.batch_sizes for name in settings.lengths]
    conditions = drawn(rows, texts.encode, wanted, settings.passes, settings.samples)
    whole = load_model(home, stage, task)
    longest = max((shape for one in conditions for shape in one.shapes), key=texts.tokens)
    timed = list(_settings(home, stage, whole, texts, longest, device))
    reference = texts.answering(_reference(whole.encoder, task).to(device), device)
    works = [reference, *(texts.answering(one.model, one.device) for one in timed)]
    rules = Rules(settings.passes, settings.retries, settings.warmup)
    shared = {**_shared(stage, settings), **_searched(task, whole, rows, evaluation)}
    for inputs in conditions:
        with threads_of_tokenizer(settings.threads):
            found = protocol.measure(works, inputs.shapes, inputs.passes, rules)
        for at, one in enumerate(timed, start=1):
            measured = figures.of(found, at, inputs.batch_size)
            values = {**shared, **_about(one, inputs, task), **measured}
            writer.append(EventType.LATENCY, **values)


def _settings(
    home: Home,
    stage: Stage,
    whole: Model,
    texts: Texts,
    longest: list[Row],
    device: torch.device,
) -> Iterator[Setting]:
    """Every way to run the model that can be used here; those that cannot are said in the log.

    Raises:
        StageFailed: none can.
    """
    why = ""
    usable = 0
    copies = {torch.device("cpu"): whole}
    for serving in [Serving(**each) for each in stage.settings.get(ways.SERVINGS, [])] or [PLAIN]:
        where = ways.device_of(serving, device)
        if where not in copies:
            copies[where] = copy.deepcopy(whole).to(where)
        layers = ways.depth(serving, texts.task, texts.evaluation)
        example = texts.example(longest, copies[where])
        memory = Memory(where)
        try:
            model = ways.served(home, stage, copies[where], serving, layers, example)
        except StageFailed as error:
            why = str(error)
            print(f"Not timed with {serving.engine}: {error}")
            continue
        memory.loaded()
        texts.answering(model, where)(longest)
        used = memory.bytes()
        if used is not None and serving.engine == TORCH:  # its weights were there before
            used += weight_bytes(model.encoder)
        usable += 1
        yield Setting(serving, model, where, used)
    if not usable:
        raise StageFailed(f"Expected a back end that can be timed here. {why}")


def _reference(trained: PreTrainedModel, task: Task) -> Model:
    """The untrained encoder with a fresh head: this architecture, all layers, torch fp32.

    Its weights are drawn alike in every stage, so what it takes depends on the machine alone, and
    stages that are hours apart can be compared by their ratios to it.
    """
    encoder = copy.deepcopy(trained)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(REFERENCE_SEED)
        for part in encoder.modules():
            if isinstance(part, (nn.Linear, nn.Embedding, nn.LayerNorm)):
                part.reset_parameters()
        head = KINDS[task.kind].head(task, encoder.config.hidden_size)
    return Model(encoder, head).eval()


def _searched(
    task: Task, model: Model, rows: Sequence[list[Row]], evaluation: EvaluationSettings
) -> dict[str, object]:
    """What the search in the largest language's sentences takes, for tasks that search."""
    if task.trained:
        return {}
    size = max(map(len, rows))
    width = int(model.encoder.config.hidden_size)
    return {"search_ms": search_ms(task.kind, width, size, evaluation), "index_size": size}


def _shared(stage: Stage, settings: LatencySettings) -> dict[str, object]:
    return {
        "catalog": stage.catalog,
        "encoder": stage.encoder,
        "intermediate": stage.intermediate,
        "target": stage.target,
        "seed": stage.seed,
        "threads": settings.threads,
        "machine": machine(),
        "load_average": os.getloadavg()[0],
    }


def _about(one: Setting, inputs: Inputs, task: Task) -> dict[str, object]:
    """Which model ran, how, on what."""
    encoder, head = one.model.encoder, one.model.head
    on_gpu = one.device.type == "cuda"
    return {
        "back_end": one.serving.back_end,
        "precision": one.serving.precision,
        "layers": one.serving.layers,
        "back_end_version": one.model.version,
        "device": one.device.type,
        "device_name": device_name() if on_gpu else processor_name(),
        "batch_size": inputs.batch_size,
        "inputs": inputs.lengths,
        "sequence_length": inputs.sequence_length,
        "unit": unit_of(task),
        "parameters": sum(p.numel() for part in (encoder, head) for p in part.parameters()),
        "operations": operations(encoder, inputs.sizes),
        "memory_bytes": one.memory_bytes,
        "disk_bytes": one.model.disk_bytes,
    }
