"""Training stages: a lean loop over pre-tokenized, length-bucketed batches of one task or several.

What step k learns from, what dropout drops and which words are hidden depend on (seed, k) alone,
so a killed stage goes on from its last state and ends as if nothing had happened.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from accelerate import Accelerator
from torch import nn

from xfer_core import catalog
from xfer_core.domain.errors import StageFailed
from xfer_core.domain.event import EventType
from xfer_core.domain.run import Stage
from xfer_core.home import Home
from xfer_core.specification import TrainingSettings
from xfer_core.spool import Writer
from xfer_core.stages import checkpoints, masked, mixing, resume, tuning
from xfer_core.stages.batches import Batch
from xfer_core.stages.device import accelerator, autocast
from xfer_core.stages.kinds import KINDS
from xfer_core.stages.model import Model, padding
from xfer_core.stages.selection import Best, Selection
from xfer_core.stages.sources import WORDS, Source, settings_of, sources

EVENT_SECONDS = 0.5
"""At most so often a progress event is written."""
SEEDS_APART = 1_000_003


def train(home: Home, stage: Stage, writer: Writer) -> None:
    """Train an intermediate or target stage and leave its checkpoint."""
    settings = settings_of(stage)
    device = accelerator(stage.seed, settings.threads)
    encoder = checkpoints.load_encoder(
        checkpoints.encoder_folder(home, stage.encoder, stage.parent)
    )
    parts = sources(home, stage, settings)
    heads = _heads(stage, encoder.config.hidden_size)
    if any(part.head == WORDS for part in parts):
        shipped = catalog.encoder_folder(catalog.encoder(stage.encoder))
        heads[WORDS] = masked.word_head(encoder, shipped)
    model = Model(tuning.prepared(encoder, settings), heads).train().to(device.device)
    steps = settings.steps or _steps(settings, parts)
    selection = Selection(home, stage, settings, steps)
    loop = _Loop(device, model, parts, settings, steps, stage.seed, writer, selection)
    kept = home.job(stage.key) / resume.FOLDER
    loop.resume(kept)
    loop.run(kept)
    selection.restore(model)
    names = list(_heads(stage, 1))
    head = heads[names[0]] if len(names) == 1 else nn.ModuleDict({n: heads[n] for n in names})
    saved = checkpoints.save(home, stage.key, tuning.merged(model.encoder), head)
    writer.append(EventType.CHECKPOINT, **vars(saved))
    resume.forget(kept)


def _heads(stage: Stage, width: int) -> nn.ModuleDict:
    """A new head per task, but one for tasks that share theirs."""
    heads = nn.ModuleDict()
    for task in map(catalog.task, stage.settings["tasks"]):
        name = task.head or task.name
        if name not in heads:
            heads[name] = KINDS[task.kind].head(task, width)
    return heads


def _steps(settings: TrainingSettings, parts: list[Source]) -> int:
    """Steps of the asked-for epochs over the tasks' examples."""
    tokens = sum(len(part.examples.ids) for part in parts if part.head != WORDS)
    a_step = settings.batch_tokens * settings.accumulate
    return max(1, math.ceil((settings.epochs or 1.0) * tokens / a_step))


class _Loop:
    """One optimizer step after the other; what resume needs is the step and the tensors."""

    def __init__(
        self,
        device: Accelerator,
        model: Model,
        parts: list[Source],
        settings: TrainingSettings,
        steps: int,
        seed: int,
        writer: Writer,
        selection: Selection,
    ) -> None:
        self._device, self._model, self._parts = device, model, parts
        self._width = int(model.encoder.config.hidden_size)
        self._settings, self._steps, self._seed = settings, steps, seed
        self._writer, self._selection = writer, selection
        self._optimizer = _optimizer(model, settings)
        self._curve = _Curve(writer, steps)
        self._done = 0

    def resume(self, kept: Path) -> None:
        """Go on from the newest whole state of a killed attempt, if there is one."""
        found = resume.load(kept)
        for name in found.skipped:
            print(f"State {name} is not whole; an older one is taken.")
        if not found.position:
            return
        resume.restore(self._model, self._optimizer, found)
        self._done = int(found.position["step"])
        self._selection.best = Best(**found.position["best"])
        self._selection.weights = found.tensors.get("best", {})
        print(f"Resumed behind step {self._done} of {self._steps}.")

    def run(self, kept: Path) -> None:
        """All steps that are left; the loss curve goes out as progress events.

        Raises:
            StageFailed: a loss is not a finite number.
        """
        batches = self._batches()
        since = time.monotonic()
        for step in range(self._done + 1, self._steps + 1):
            self._step(step, batches)
            if self._selection.is_due(step):
                score = self._selection.measure(self._model, step)
                self._curve.dev(step, score)
                if self._selection.is_over:
                    return
            if time.monotonic() - since > resume.seconds_between() and step < self._steps:
                self._keep(kept, step)
                since = time.monotonic()

    def _batches(self) -> list[Iterator[Batch]]:
        """Each source's batches, from where the steps done so far left them."""
        counts = [0] * len(self._parts)
        for step in range(1, self._done + 1):
            counts[self._drawn(step)] += self._settings.accumulate
        pad = padding(self._model.encoder)
        tokens = self._settings.batch_tokens
        return [
            part.batches(tokens, pad, [self._seed, number], skipped)
            for number, (part, skipped) in enumerate(zip(self._parts, counts, strict=True))
        ]

    def _drawn(self, step: int) -> int:
        if len(self._parts) == 1:
            return 0
        return mixing.drawn([part.share for part in self._parts], self._seed, step)

    def _step(self, step: int, batches: list[Iterator[Batch]]) -> None:
        settings, number = self._settings, self._drawn(step)
        part = self._parts[number]
        torch.manual_seed(self._seed * SEEDS_APART + step)
        rate = _set_rate(self._optimizer, settings, step, self._steps)
        self._optimizer.zero_grad(set_to_none=True)
        total, tokens = 0.0, 0
        for inner in range(settings.accumulate):
            moment = step * settings.accumulate + inner
            batch = part.asked(next(batches[number]), moment).to(self._device.device)
            with autocast(self._device.device, self._width):
                hidden = self._model.hidden(batch)
                loss = part.loss(self._model.head[part.head], hidden, batch)  # type: ignore[index]
            self._device.backward(loss / settings.accumulate)
            total += loss.item() / settings.accumulate
            tokens += int(batch.attention.sum())
        nn.utils.clip_grad_norm_(self._model.parameters(), settings.clip_norm)
        self._optimizer.step()
        self._curve.add(part.name, step, total, rate, tokens)

    def _keep(self, kept: Path, step: int) -> None:
        position = {"step": step, "best": vars(self._selection.best)}
        tensors = {
            "model": self._model.state_dict(),
            "optimizer": resume.optimizer_tensors(self._optimizer),
        }
        if self._selection.weights:
            tensors["best"] = self._selection.weights
        resume.save(kept, step, position, tensors)


class _Curve:
    """Mean loss of each source since the last event; the first and last step always make one."""

    def __init__(self, writer: Writer, steps: int) -> None:
        self._writer, self._steps = writer, steps
        self._since = time.monotonic()
        self._losses: dict[str, list[float]] = {}
        self._tokens = 0

    def add(self, what: str, step: int, loss: float, rate: float, tokens: int) -> None:
        self._losses.setdefault(what, []).append(loss)
        self._tokens += tokens
        seconds = time.monotonic() - self._since
        finite = math.isfinite(loss)
        if finite and step not in (1, self._steps) and seconds < EVENT_SECONDS:
            return
        for name, losses in self._losses.items():
            self._writer.append(
                EventType.PROGRESS,
                what=name,
                step=step,
                steps=self._steps,
                loss=sum(losses) / len(losses),
                learning_rate=rate,
                tokens_per_second=self._tokens / max(seconds, 1e-9),
            )
        if not finite:
            raise StageFailed(
                f"The loss became {loss} at step {step} of {self._steps}; lower the learning rate "
                "(--set target.learning_rate=... or intermediate.learning_rate=...)."
            )
        self._since, self._losses, self._tokens = time.monotonic(), {}, 0

    def dev(self, step: int, score: float) -> None:
        """A score on dev, in [0, 1]."""
        self._writer.append(
            EventType.PROGRESS, what="dev", step=step, steps=self._steps, score=score
        )


def _optimizer(model: nn.Module, settings: TrainingSettings) -> torch.optim.AdamW:
    """AdamW over what is learned; biases and norms are not decayed."""
    learned = [p for p in model.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in learned if p.ndim > 1], "weight_decay": settings.weight_decay},
        {"params": [p for p in learned if p.ndim <= 1], "weight_decay": 0.0},
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
