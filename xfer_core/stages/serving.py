"""A checkpoint as a back end runs it: prepared once, kept beside the checkpoints, then loaded."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from xfer_core import catalog, jobs, locks
from xfer_core.domain.errors import StageFailed
from xfer_core.domain.run import Stage
from xfer_core.domain.serving import PLAIN, TORCH, Serving
from xfer_core.domain.task import Task
from xfer_core.fingerprints import digest, encoder_hash
from xfer_core.home import Home
from xfer_core.specification import EvaluationSettings
from xfer_core.stages import backends
from xfer_core.stages.batches import Batch
from xfer_core.stages.model import Model
from xfer_core.stages.truncation import truncated

SERVING, SERVINGS = "serving", "servings"
"""Where the settings of an evaluate stage say how its model runs, and of a latency stage how its
models do."""


ON_PROCESSOR = ("onnxruntime", "openvino")


class Served(Model):
    """A model whose last hidden state comes from a back end; head and encoder stay reachable."""

    def __init__(self, model: Model, run: backends.Hidden, version: str, disk_bytes: int) -> None:
        """``disk_bytes``: of the encoder as it is kept for this back end."""
        super().__init__(model.encoder, model.head)
        self._run = run
        self.version = version
        self.disk_bytes = disk_bytes

    def hidden(self, batch: Batch) -> torch.Tensor:
        """(items, tokens, width) of the last layer that is kept."""
        return self._run(batch)

    def states(self, batch: Batch) -> tuple[torch.Tensor, ...]:
        """Only the last one: a back end gives no others."""
        return (self.hidden(batch),)


def of_stage(stage: Stage) -> Serving:
    """How an evaluate stage's model runs."""
    found = stage.settings.get(SERVING)
    return Serving(**found) if found else PLAIN


def plain(serving: Serving) -> dict[str, Any]:
    """As it stands in the settings of a stage."""
    return asdict(serving)


def device_of(serving: Serving, device: torch.device) -> torch.device:
    """Where a back end runs: some know the processor alone, whatever else the machine has."""
    return torch.device("cpu") if serving.back_end in ON_PROCESSOR else device


def depth(serving: Serving, task: Task, evaluation: EvaluationSettings) -> int | None:
    """Layers that run: those that are kept, else as many as the sentence vectors come from."""
    if serving.layers is not None or task.trained:
        return serving.layers
    return evaluation.retrieval_layer or 0


def served(
    home: Home, stage: Stage, model: Model, serving: Serving, layers: int | None, example: Batch
) -> Served:
    """The model of a stage, run in one way.

    Args:
        home: where prepared models are kept.
        stage: whose parent the model is.
        model: on the device where it shall run.
        serving: back end and number format.
        layers: how many run; None runs all.
        example: any batch of two items or more.

    Raises:
        StageFailed: the back end is not available here, or the encoder cannot be brought into
            its form.
    """
    cut = Model(truncated(model.encoder, layers), model.head).eval()
    back_end = backends.find(serving.back_end, serving.precision)
    if serving.engine == TORCH:
        weights = sum(one.numel() * one.element_size() for one in cut.encoder.parameters())
        return Served(cut, cut.hidden, back_end.version(), weights)
    missing = back_end.available()
    if missing:
        raise StageFailed(missing)
    folder = _prepared(home, stage, cut, layers, back_end, example)
    run = back_end.load(folder, cut, torch.get_num_threads())
    return Served(cut, run, back_end.version(), backends.size(folder))


def _prepared(
    home: Home,
    stage: Stage,
    model: Model,
    layers: int | None,
    back_end: backends.BackEnd,
    example: Batch,
) -> Path:
    """The folder of the prepared encoder; made by whoever needs it first."""
    key = digest(
        [
            "prepared",
            stage.parent or encoder_hash(catalog.encoder(stage.encoder)),
            jobs.last_attempt(home, stage.parent),
            layers,
            back_end.name,
            back_end.precision,
            back_end.version(),
        ]
    )
    folder = home.checkpoint(key)
    with locks.exclusive(home.locks / f"prepared-{key}.lock"):
        if not jobs.checkpoint_is_whole(home, key):
            back_end.prepare(model, folder, example)
    return folder
