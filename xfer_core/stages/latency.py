"""Latency stages: milliseconds per question or sentence, with the conditions that they need.

The protocol is docs/latency.md in code: the whole machine is held (every slot), all settings of a
stage and a fixed reference are timed in turn, and passes that saw other load are repeated.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import nn
from transformers import PreTrainedModel

from xfer_core import catalog
from xfer_core.domain.encoder import Family
from xfer_core.domain.errors import StageFailed
from xfer_core.domain.event import EventType
from xfer_core.domain.run import Stage
from xfer_core.domain.serving import FP32, PLAIN, TORCH, Serving
from xfer_core.domain.task import Row, Task
from xfer_core.home import Home
from xfer_core.specification import EvaluationSettings, LatencySettings
from xfer_core.spool import Writer
from xfer_core.stages import backends, checkpoints, data
from xfer_core.stages import serving as ways
from xfer_core.stages.device import accelerator, device_name, machine, processor_name
from xfer_core.stages.evaluate import load_model
from xfer_core.stages.kinds import KINDS
from xfer_core.stages.model import Model
from xfer_core.stages.timing import figures, protocol
from xfer_core.stages.timing.cost import Memory, operations, weight_bytes
from xfer_core.stages.timing.inputs import Inputs, drawn
from xfer_core.stages.timing.protocol import Rules, Work
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


@dataclass(frozen=True)
class Prepared:
    """What a stage times: the batches of each condition, and the settings in their order."""

    conditions: list[Inputs]
    works: list[Work]
    """The fixed reference, then each setting."""
    about: list[Callable[[Inputs], dict[str, object]]]
    """What each setting says of itself; the reference says nothing."""
    searched: dict[str, object] = field(default_factory=dict)


def measure(home: Home, stage: Stage, writer: Writer) -> None:
    """Time the stage's model in every asked-for way; one latency event per way and condition."""
    settings = LatencySettings.model_validate(stage.settings["latency"])
    device = accelerator(stage.seed, settings.threads).device
    is_causal = catalog.encoder(stage.encoder).family is Family.CAUSAL
    ready = (_likelihoods if is_causal else _answers)(home, stage, settings, device)
    rules = Rules(settings.passes, settings.retries, settings.warmup)
    shared = {**_shared(stage, settings), **ready.searched}
    for inputs in ready.conditions:
        with threads_of_tokenizer(settings.threads):
            found = protocol.measure(ready.works, inputs.shapes, inputs.passes, rules)
        for at, about in enumerate(ready.about, start=1):
            measured = figures.of(found, at, inputs.batch_size)
            writer.append(EventType.LATENCY, **{**shared, **about(inputs), **measured})


def _answers(home: Home, stage: Stage, settings: LatencySettings, device: torch.device) -> Prepared:
    """An encoder with a head, run in every asked-for way."""
    evaluation = EvaluationSettings.model_validate(stage.settings["evaluation"])
    task = catalog.task(str(stage.target))
    texts = Texts(task, checkpoints.load_tokenizer(stage.encoder), evaluation)
    rows = [texts.usable(data.rows(home, task, evaluation.split, code)) for code in stage.languages]
    conditions = drawn(rows, texts.encode, _wanted(settings), settings.passes, settings.samples)
    whole = load_model(home, stage, task)
    longest = max((shape for one in conditions for shape in one.shapes), key=texts.tokens)
    timed = list(_settings(home, stage, whole, texts, longest, device))
    reference = texts.answering(_reference(whole.encoder, task).to(device), device)
    return Prepared(
        conditions,
        [reference, *(texts.answering(one.model, one.device) for one in timed)],
        [partial(_about, one, task=task) for one in timed],
        _searched(task, whole, rows, evaluation),
    )


def _likelihoods(
    home: Home, stage: Stage, settings: LatencySettings, device: torch.device
) -> Prepared:
    """A causal model that weighs the options, as it is evaluated.

    No plan trains it, so in fp32 it is a reference that never changes, and needs no other.
    """
    from xfer_core.stages import causal
    from xfer_core.stages.timing.likelihood import Questions, with_solved

    evaluation = EvaluationSettings.model_validate(stage.settings["evaluation"])
    task = catalog.task(str(stage.target))
    memory = Memory(device)
    scorer = causal.load(home, stage, task, evaluation, device)
    memory.loaded()
    questions = Questions(scorer)
    rows = []
    for code in stage.languages:
        every = data.rows(home, task, evaluation.split, code)
        shown = causal.shots(home, task, code, every, evaluation.shots)
        rows.append(with_solved(every, shown))
    conditions = drawn(rows, questions.encode, _wanted(settings), settings.passes, settings.samples)
    longest = max((shape for one in conditions for shape in one.shapes), key=questions.tokens)
    work = questions.answering()
    work(longest)
    used = memory.bytes()
    reference = work
    if scorer.model.dtype is not torch.float32:
        reference = Questions(scorer.in_fp32()).answering()
    about = partial(_about_causal, scorer.model, used, device, task=task)
    return Prepared(conditions, [reference, work], [about])


def _wanted(settings: LatencySettings) -> list[tuple[int, str]]:
    return [(size, name) for size in settings.batch_sizes for name in settings.lengths]


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
    return {
        **_condition(one.device, inputs, task),
        "back_end": one.serving.back_end,
        "precision": one.serving.precision,
        "layers": one.serving.layers,
        "back_end_version": one.model.version,
        "parameters": sum(p.numel() for part in (encoder, head) for p in part.parameters()),
        "operations": operations(encoder, inputs.sizes),
        "memory_bytes": one.memory_bytes,
        "disk_bytes": one.model.disk_bytes,
    }


def _about_causal(
    model: PreTrainedModel, used: int | None, device: torch.device, inputs: Inputs, task: Task
) -> dict[str, object]:
    """The same of a causal model, which is run plainly; its version says which numbers it has."""
    version = backends.find(TORCH, FP32).version()
    decoder: Any = model.base_model  # without its head over the words
    kind = str(model.dtype).removeprefix("torch.")
    return {
        **_condition(device, inputs, task),
        "back_end": PLAIN.back_end,
        "precision": PLAIN.precision,
        "layers": PLAIN.layers,
        "back_end_version": version if kind == "float32" else f"{version}, weights in {kind}",
        "parameters": sum(one.numel() for one in model.parameters()),
        "operations": operations(decoder, inputs.sizes),
        "memory_bytes": used,
        "disk_bytes": weight_bytes(model),
    }


def _condition(device: torch.device, inputs: Inputs, task: Task) -> dict[str, object]:
    on_gpu = device.type == "cuda"
    return {
        "device": device.type,
        "device_name": device_name() if on_gpu else processor_name(),
        "batch_size": inputs.batch_size,
        "inputs": inputs.lengths,
        "sequence_length": inputs.sequence_length,
        "unit": unit_of(task),
    }
