"""What a training stage learns from: tasks, a few examples of other languages, masked text."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from torch import nn
from transformers import PreTrainedTokenizerBase

from xfer_core import catalog
from xfer_core.domain.errors import DataError
from xfer_core.domain.run import Stage, StageKind
from xfer_core.domain.task import Task
from xfer_core.fingerprints import digest, pretraining_text, tokenizer_hash
from xfer_core.home import Home
from xfer_core.planning import few_shot_languages
from xfer_core.specification import IntermediateSettings, TargetSettings, TrainingSettings
from xfer_core.stages import arrays, checkpoints, data, masked, mixing
from xfer_core.stages.batches import Batch, training_batches
from xfer_core.stages.kinds import KINDS
from xfer_core.stages.kinds.base import Reading

TEXT_LINES, TEXT_SEED = 2500, 1
"""Utterances of the catalogue's own text, each in every language, for the masked-LM share."""

Loss = Callable[[nn.Module, torch.Tensor, Batch], torch.Tensor]


@dataclass(frozen=True)
class Source:
    """Endless batches of one sort: what the curve calls it, its head, its share of the steps."""

    name: str
    head: str
    share: float
    examples: arrays.Encoded
    loss: Loss
    asked: Callable[[Batch, int], Batch] = lambda batch, step: batch
    """What is done to a batch before the encoder sees it, by step."""

    def batches(self, tokens: int, pad: int, seeds: list[int], skipped: int) -> Iterator[Batch]:
        """Batches in the order that ``seeds`` give, from the one behind the ``skipped`` first."""
        rng = np.random.default_rng(seeds)
        return islice(training_batches(self.examples, tokens, pad, rng), skipped, None)


def sources(home: Home, stage: Stage, settings: TrainingSettings) -> list[Source]:
    """Everything the stage learns from; shares sum to 1."""
    tasks = [catalog.task(name) for name in stage.settings["tasks"]]
    found = {task.name: _examples(home, stage, task, settings) for task in tasks}
    shares = {task.name: 1.0 for task in tasks}
    if isinstance(settings, IntermediateSettings):
        shares = mixing.shares({n: one.n_examples for n, one in found.items()}, settings)
    own = [
        Source(t.name, t.head or t.name, shares[t.name], found[t.name], KINDS[t.kind].loss)
        for t in tasks
    ]
    if isinstance(settings, IntermediateSettings) and settings.masked_share:
        return _with(own, _masked(home, stage, settings))
    if isinstance(settings, TargetSettings) and settings.few_shot:
        return _with(own, _few_shot(home, stage, tasks[0], settings))
    return own


def settings_of(stage: Stage) -> TrainingSettings:
    """The training settings of a stage, of the class that its kind has."""
    values = stage.settings["training"]
    if stage.kind is StageKind.INTERMEDIATE:
        return IntermediateSettings.model_validate(values)
    return TargetSettings.model_validate(values)


def _with(own: list[Source], other: Source) -> list[Source]:
    rest = 1 - other.share
    scaled = [Source(one.name, one.head, one.share * rest, one.examples, one.loss) for one in own]
    return [*scaled, other]


def _examples(home: Home, stage: Stage, task: Task, settings: TrainingSettings) -> arrays.Encoded:
    reading = Reading.of(settings)
    parts = [
        data.first(
            data.encoded(home, task, "train", code, stage.encoder, settings.max_length, reading),
            settings.train_examples,
        )
        for code in settings.languages
    ]
    return arrays.join(parts)


def _few_shot(home: Home, stage: Stage, task: Task, settings: TargetSettings) -> Source:
    """The last rows of each language: translations of the first are learned in English."""
    reading = Reading.of(settings)
    parts = [
        data.last(
            data.encoded(home, task, "train", code, stage.encoder, settings.max_length, reading),
            settings.few_shot,
        )
        for code in few_shot_languages(task, settings)
    ]
    if not parts:
        raise DataError(
            f"Expected languages of {task.name} beside {', '.join(settings.languages)} for "
            "few-shot examples; there are none. Name some under target.few_shot_languages."
        )
    head = task.head or task.name
    examples = arrays.join(parts)
    return Source("few-shot", head, settings.few_shot_share, examples, KINDS[task.kind].loss)


def _masked(home: Home, stage: Stage, settings: IntermediateSettings) -> Source:
    tokenizer = checkpoints.load_tokenizer(stage.encoder)
    examples = _text(home, stage, settings, tokenizer)
    masking = masked.Masking(tokenizer, stage.seed)
    return Source(
        "masked words", WORDS, settings.masked_share, examples, masked.loss, masking.asked
    )


def _text(
    home: Home, stage: Stage, settings: IntermediateSettings, tokenizer: PreTrainedTokenizerBase
) -> arrays.Encoded:
    """The tokenized text, kept for the stages that read it too."""
    text = settings.masked_text
    source = text and hashlib.sha256(Path(text).read_bytes()).hexdigest()
    known = [source or [pretraining_text(), TEXT_LINES], settings.max_length]
    name = digest([*known, tokenizer_hash(catalog.encoder(stage.encoder))])
    kept = home.root / "arrays" / f"text-{name}.npz"
    found = arrays.load(kept)
    if found is None:
        lines = _lines(text) if text else _catalog_text(stage)
        ids = tokenizer(lines, truncation=True, max_length=settings.max_length)["input_ids"]
        found = arrays.single(ids, np.full(len(ids), -1))
        arrays.keep(kept, found)
    return found


WORDS = "masked words"
"""Name of the masked-LM head among the heads of a stage."""


def _lines(path: str) -> list[str]:
    text = Path(path).read_text(encoding="utf-8")
    found = [line.strip() for line in text.splitlines() if line.strip()]
    if not found:
        raise DataError(f"Expected a sentence a line in {path!r}; the file is empty.")
    return found


def _catalog_text(stage: Stage) -> list[str]:
    """Sentences in every language from the generator that pretraining reads too."""
    if stage.catalog != "mini":
        raise DataError(
            f"Expected a text file for the masked-LM share: the catalogue {stage.catalog!r} has no "
            "text of its own. Name one under intermediate.masked_text."
        )
    from xfer_core.stages.pretraining.text import parallel_lines  # loads every grammar

    lines = parallel_lines(TEXT_LINES, TEXT_SEED)
    return [told for line in lines for told in line.texts.values()]
