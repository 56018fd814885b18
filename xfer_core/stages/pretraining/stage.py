"""The pretraining stage: text, start, objectives in turn, a curve each, resume."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import XLMRobertaConfig, XLMRobertaForMaskedLM

from xfer_core import catalog
from xfer_core.domain.encoder import Encoder
from xfer_core.domain.errors import StageFailed
from xfer_core.domain.event import EventType
from xfer_core.domain.run import Stage
from xfer_core.home import Home
from xfer_core.specification import PretrainingSettings
from xfer_core.spool import Writer
from xfer_core.stages import checkpoints, resume
from xfer_core.stages.device import accelerator, autocast
from xfer_core.stages.masked import WordHead
from xfer_core.stages.pretraining import items, objectives
from xfer_core.stages.pretraining import kept as kept_text
from xfer_core.stages.pretraining.growth import deepen
from xfer_core.stages.pretraining.start import cross_lingual_embeddings

EVENT_SECONDS = 5.0
POSITIONS = 260

Batches = dict[str, Iterator[Any]]


def pretrain(home: Home, stage: Stage, writer: Writer) -> None:
    """Pretrain the stage's encoder and leave its checkpoint; goes on where a killed one stopped."""
    settings = PretrainingSettings.model_validate(stage.settings["pretraining"])
    encoder = catalog.encoder(stage.encoder)
    device = accelerator(stage.seed, settings.threads)
    tokenizer = checkpoints.load_tokenizer(stage.encoder)
    lines = kept_text.lines(home, stage.encoder, tokenizer, settings.lines, stage.seed)
    model = objectives.Pretrained(
        new_model(encoder, lines, len(tokenizer), settings, stage.seed), encoder.retrieval_layer
    ).to(device.device)
    optimizer = torch.optim.AdamW(
        model.parameters(),
        lr=settings.learning_rate,
        weight_decay=0.01,
        betas=(0.9, 0.98),
        fused=True,
    )
    kept = home.job(stage.key) / resume.FOLDER
    position = _resumed(kept, model, optimizer)
    loop = _Loop(model, optimizer, settings, stage.seed, position, writer)
    batches = _streams(lines, settings, stage.seed)
    _skip(batches, settings, position.step)
    since = time.monotonic()
    while position.tokens < settings.tokens:
        with autocast(device.device, encoder.hidden_size):
            loss, tokens = loop.loss(batches, device.device)
        loop.step(loss, tokens)
        if time.monotonic() - since > settings.checkpoint_seconds:
            loop.clock()
            _keep(kept, model, optimizer, position)
            since = time.monotonic()
    loop.clock()
    loop.report(force=True)
    head = WordHead(model.model.lm_head)
    saved = checkpoints.save(home, stage.key, model.model.roberta, head)
    writer.append(EventType.CHECKPOINT, **vars(saved), seconds=position.seconds)
    resume.forget(kept)


@dataclass
class Position:
    """Steps done, tokens read, seconds worked so far."""

    step: int = 0
    tokens: int = 0
    seconds: float = 0.0


def _resumed(kept: Path, model: nn.Module, optimizer: torch.optim.Optimizer) -> Position:
    found = resume.load(kept)
    if not found.position:
        return Position()
    resume.restore(model, optimizer, found)
    return Position(**found.position)


def _keep(
    kept: Path, model: nn.Module, optimizer: torch.optim.Optimizer, position: Position
) -> None:
    tensors = {"model": model.state_dict(), "optimizer": resume.optimizer_tensors(optimizer)}
    resume.save(kept, position.step, asdict(position), tensors)


def new_model(
    encoder: Encoder,
    lines: list[items.Tokens],
    vocabulary: int,
    settings: PretrainingSettings,
    seed: int,
) -> XLMRobertaForMaskedLM:
    """XLM-R's architecture in the encoder's size, started as the settings say."""
    config = XLMRobertaConfig(
        vocab_size=vocabulary,
        hidden_size=encoder.hidden_size,
        num_hidden_layers=encoder.layers,
        num_attention_heads=encoder.heads,
        intermediate_size=4 * encoder.hidden_size,
        max_position_embeddings=POSITIONS,
        hidden_dropout_prob=0.0,  # the text is endless: nothing to overfit
        attention_probs_dropout_prob=0.0,
        type_vocab_size=1,
        pad_token_id=items.PAD,
        bos_token_id=items.BOS,
        eos_token_id=items.EOS,
    )
    model = XLMRobertaForMaskedLM(config)
    if settings.continues:
        folder = catalog.encoder_folder(catalog.encoder(settings.continues))
        deepen(model.roberta, checkpoints.load_encoder(folder))
        if (folder / checkpoints.HEAD).is_file():  # else words are named anew
            checkpoints.load_head(folder, WordHead(model.lm_head))
    elif settings.start == "svd":
        parallel = [line.texts for line in lines if len(line.texts) > 1][: settings.svd_lines]
        vectors = cross_lingual_embeddings(parallel, vocabulary, encoder.hidden_size, seed)
        with torch.no_grad():
            embeddings = model.roberta.embeddings.word_embeddings.weight
            embeddings.copy_(torch.from_numpy(vectors))
            embeddings[items.PAD].zero_()
    return model.train()


BETWEEN = ("detection", "detection", "contrastive")
"""Translations are drawn together soon; which word was changed takes longer to see."""


def turn(settings: PretrainingSettings, step: int) -> str:
    """The objective of a step: masked every other step, the others in between by turns."""
    others = [name for name in BETWEEN if name in settings.objectives]
    if not others or step % 2 == 0:
        return "masked"
    return others[step // 2 % len(others)]


class _Loop:
    """One step after the other; the position is what resume keeps."""

    def __init__(
        self,
        model: objectives.Pretrained,
        optimizer: torch.optim.Optimizer,
        settings: PretrainingSettings,
        seed: int,
        position: Position,
        writer: Writer,
    ) -> None:
        self._model, self._optimizer, self._settings = model, optimizer, settings
        self._seed, self._position, self._writer = seed, position, writer
        self._sums: dict[str, tuple[torch.Tensor, int]] = {}
        self._since = self._mark = time.monotonic()
        self._read = position.tokens
        self._rate = 0.0

    def loss(self, batches: Batches, device: torch.device) -> tuple[torch.Tensor, int]:
        """Loss of the next batch, and how many tokens it has."""
        objective = turn(self._settings, self._position.step)
        batch = next(batches[objective])
        tokens = _tokens(batch)
        moved = _moved(batch, device)
        if objective == "masked":
            generator = torch.Generator().manual_seed(self._seed * 1_000_003 + self._position.step)
            loss = objectives.masked_loss(
                self._model, moved, generator, self._settings.masked_share
            )
        elif objective == "detection":
            loss = objectives.detection_loss(self._model, moved)
        else:
            loss = objectives.contrastive_loss(self._model, moved)
        total, count = self._sums.get(objective, (torch.zeros((), device=device), 0))
        self._sums[objective] = total + loss.detach(), count + 1
        return loss, tokens

    def step(self, loss: torch.Tensor, tokens: int) -> None:
        """Learn from the batch."""
        settings, position = self._settings, self._position
        self._rate = rate_at(settings, position.tokens)
        for group in self._optimizer.param_groups:
            group["lr"] = self._rate
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self._model.parameters(), 1.0)
        self._optimizer.step()
        position.step += 1
        position.tokens += tokens
        self.report()

    def clock(self) -> None:
        """Add the time since the last call to the position."""
        now = time.monotonic()
        self._position.seconds += now - self._mark
        self._mark = now

    def report(self, force: bool = False) -> None:
        """A progress event per objective, not too often.

        Raises:
            StageFailed: a loss is not a finite number.
        """
        seconds = time.monotonic() - self._since
        if not self._sums or (seconds < EVENT_SECONDS and not force):
            return
        for objective, (total, count) in self._sums.items():
            loss = float(total) / count
            self._writer.append(
                EventType.PROGRESS,
                what=objective,
                step=self._position.tokens,
                steps=self._settings.tokens,
                loss=loss,
                learning_rate=self._rate,
                tokens_per_second=(self._position.tokens - self._read) / max(seconds, 1e-9),
            )
            if not math.isfinite(loss):
                raise StageFailed(
                    f"The {objective} loss became {loss} after {self._position.tokens:,} tokens; "
                    "lower the learning rate (--set pretraining.learning_rate=...)."
                )
        self._sums, self._since = {}, time.monotonic()
        self._read = self._position.tokens


def rate_at(settings: PretrainingSettings, tokens: int) -> float:
    """Learning rate after so many tokens: linear warm-up, then a cosine down to zero."""
    warmed = min(1.0, (tokens + 1) / settings.warmup_tokens)
    share = min(1.0, tokens / settings.tokens)
    return settings.learning_rate * warmed * 0.5 * (1 + math.cos(math.pi * share))


def _streams(lines: list[items.Tokens], settings: PretrainingSettings, seed: int) -> Batches:
    size, longest = settings.batch_tokens, settings.max_length
    paired = "translation" in settings.objectives
    return {
        "masked": items.masked_batches(lines, seed, size, longest, paired),
        "detection": items.detection_batches(lines, seed, size, longest),
        "contrastive": items.pair_batches(lines, seed, size, longest),
    }


def _skip(batches: Batches, settings: PretrainingSettings, steps: int) -> None:
    """Draw again what was read before, without learning from it."""
    counts: dict[str, int] = {}
    for step in range(steps):
        name = turn(settings, step)
        counts[name] = counts.get(name, 0) + 1
    for name, count in counts.items():
        next(islice(batches[name], count - 1, None))


def _tokens(batch: items.MaskedBatch | items.PairBatch) -> int:
    if isinstance(batch, items.PairBatch):
        return _tokens(batch.one) + _tokens(batch.other)
    return int(batch.attention.sum())


def _moved(batch: Any, device: torch.device) -> Any:
    """The batch on a device, whatever tensors and batches it is made of."""
    if isinstance(batch, torch.Tensor):
        return batch.to(device, non_blocking=True)
    values = {field.name: getattr(batch, field.name) for field in fields(batch)}
    return type(batch)(**{name: _moved(value, device) for name, value in values.items()})
