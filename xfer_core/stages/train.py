"""Training stages: a lean loop over pre-tokenized, length-bucketed batches."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator

import numpy as np
import torch
from accelerate import Accelerator
from torch import nn
from transformers import PreTrainedModel

from xfer_core import catalog
from xfer_core.domain.errors import StageFailed
from xfer_core.domain.event import EventType
from xfer_core.domain.language import REFERENCE_LANGUAGE
from xfer_core.domain.run import Stage
from xfer_core.home import Home
from xfer_core.specification import TrainingSettings
from xfer_core.spool import Writer
from xfer_core.stages import checkpoints, data
from xfer_core.stages.batches import Batch, training_batches
from xfer_core.stages.device import accelerator
from xfer_core.stages.kinds import KINDS
from xfer_core.stages.kinds.base import Kind

EVENT_SECONDS = 0.5
"""At most so often a progress event is written."""
PAD = 1


class Model(nn.Module):
    """An encoder with the head of one task."""

    def __init__(self, encoder: PreTrainedModel, head: nn.Module) -> None:
        """Both parts stay reachable: only the encoder is carried on."""
        super().__init__()
        self.encoder = encoder
        self.head = head

    def hidden(self, batch: Batch) -> torch.Tensor:
        """(items, tokens, width) of the last layer."""
        outputs = self.encoder(input_ids=batch.ids, attention_mask=batch.attention)
        return outputs.last_hidden_state


def train(home: Home, stage: Stage, writer: Writer) -> None:
    """Train an intermediate or target stage and leave its checkpoint."""
    settings = TrainingSettings.model_validate(stage.settings["training"])
    device = accelerator(stage.seed, settings.threads)
    task = catalog.task(stage.target or stage.intermediate)
    kind = KINDS[task.kind]
    folder = checkpoints.encoder_folder(home, stage.encoder, stage.parent)
    encoder = checkpoints.load_encoder(folder)
    model = Model(encoder, kind.head(task, encoder.config.hidden_size)).train()
    examples = data.encoded(
        home, task, "train", REFERENCE_LANGUAGE, stage.encoder, settings.max_length
    )
    examples = data.first(examples, settings.train_examples)
    rng = np.random.default_rng(stage.seed)
    batches = training_batches(examples, settings.batch_tokens, PAD, rng)
    steps = settings.steps or task.steps
    fit(device, model, kind, batches, settings, steps, writer)
    saved = checkpoints.save(home, stage.key, model.encoder, model.head)
    writer.append(EventType.CHECKPOINT, **vars(saved))


def fit(
    device: Accelerator,
    model: Model,
    kind: Kind,
    batches: Iterator[Batch],
    settings: TrainingSettings,
    steps: int,
    writer: Writer,
) -> None:
    """Run the steps; the loss curve goes out as progress events.

    Raises:
        StageFailed: the loss is not a finite number.
    """
    model.to(device.device)
    optimizer = _optimizer(model, settings)
    curve = _Curve(writer, steps)
    for step in range(1, steps + 1):
        batch = next(batches).to(device.device)
        rate = _set_rate(optimizer, settings, step, steps)
        with device.autocast():
            loss = kind.loss(model.head, model.hidden(batch), batch)
        optimizer.zero_grad(set_to_none=True)
        device.backward(loss)
        nn.utils.clip_grad_norm_(model.parameters(), settings.clip_norm)
        optimizer.step()
        curve.add(step, loss.item(), rate, int(batch.attention.sum()))


class _Curve:
    """Mean loss and speed since the last event; the first and last step always make one."""

    def __init__(self, writer: Writer, steps: int) -> None:
        self._writer, self._steps = writer, steps
        self._since = time.monotonic()
        self._losses: list[float] = []
        self._tokens = 0

    def add(self, step: int, loss: float, rate: float, tokens: int) -> None:
        self._losses.append(loss)
        self._tokens += tokens
        seconds = time.monotonic() - self._since
        finite = math.isfinite(loss)
        if finite and step not in (1, self._steps) and seconds < EVENT_SECONDS:
            return
        self._writer.append(
            EventType.PROGRESS,
            what="train",
            step=step,
            steps=self._steps,
            loss=sum(self._losses) / len(self._losses),
            learning_rate=rate,
            tokens_per_second=self._tokens / max(seconds, 1e-9),
        )
        if not finite:
            raise StageFailed(
                f"The loss became {loss} at step {step} of {self._steps}; lower the learning rate "
                "(--set target.learning_rate=... or intermediate.learning_rate=...)."
            )
        self._since, self._losses, self._tokens = time.monotonic(), [], 0


def _optimizer(model: nn.Module, settings: TrainingSettings) -> torch.optim.AdamW:
    """AdamW; biases and norms are not decayed."""
    decayed = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    groups = [
        {"params": decayed, "weight_decay": settings.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=settings.learning_rate, fused=True)


def _set_rate(
    optimizer: torch.optim.Optimizer, settings: TrainingSettings, step: int, steps: int
) -> float:
    """Warm up, then fall linearly to zero; returns the rate of this step."""
    warmup = max(1, round(settings.warmup_share * steps))
    factor = min(step / warmup, (steps - step + 1) / max(1, steps - warmup + 1))
    rate = settings.learning_rate * min(1.0, factor)
    for group in optimizer.param_groups:
        group["lr"] = rate
    return rate
