"""Evaluation stages: every language in one pass, one score event per language."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import torch

from xfer_core import catalog
from xfer_core.domain.event import EventType
from xfer_core.domain.run import Stage
from xfer_core.domain.score import Metric
from xfer_core.domain.task import Row, Task, TaskKind
from xfer_core.home import Home
from xfer_core.specification import EvaluationSettings
from xfer_core.spool import Writer
from xfer_core.stages import arrays, checkpoints, data
from xfer_core.stages.batches import Batch
from xfer_core.stages.device import accelerator
from xfer_core.stages.kinds import KINDS
from xfer_core.stages.kinds.base import mean_pooled
from xfer_core.stages.kinds.mining import accepted, mine, threshold
from xfer_core.stages.kinds.retrieval import nearest
from xfer_core.stages.model import Model
from xfer_core.stages.predicting import counts, predictions
from xfer_core.stages.train import EVENT_SECONDS


def load_model(home: Home, stage: Stage, task: Task) -> Model:
    """The model that an evaluate or latency stage measures, ready to predict."""
    folder = checkpoints.encoder_folder(home, stage.encoder, stage.parent)
    encoder = checkpoints.load_encoder(folder)
    head = KINDS[task.kind].head(task, encoder.config.hidden_size)
    if task.trained:
        head = checkpoints.load_head(folder, head)
    return Model(encoder, head).eval()


def evaluate(home: Home, stage: Stage, writer: Writer) -> None:
    """Score the stage's model in every language of the stage."""
    settings = EvaluationSettings.model_validate(stage.settings["evaluation"])
    device = accelerator(stage.seed, settings.threads)
    task = catalog.task(str(stage.target))
    model = load_model(home, stage, task).to(device.device)
    rows = {
        code: data.rows(home, task, settings.split, code)[: settings.examples]
        for code in stage.languages
    }
    filled = {code: found for code, found in rows.items() if found}
    sets = {
        code: data.first(
            data.encoded(home, task, settings.split, code, stage.encoder, settings.max_length),
            settings.examples,
        )
        for code in filled
    }
    outputs = _predict(model, task, sets, settings, writer)
    metric = catalog.metric(task.metric)
    if task.trained:
        tokenizer = checkpoints.load_tokenizer(stage.encoder)
        for code in stage.languages:
            found = KINDS[task.kind].texts(
                outputs.get(code, []), rows[code], tokenizer, settings.max_length
            )
            _write(writer, metric, task, settings.split, code, found, rows[code])
        return
    dev = _dev_vectors(home, stage, task, model, settings, writer)
    for code in stage.languages:
        for layer, name in _layers(settings, metric.name, outputs):
            place = layer if settings.every_layer else 0
            vectors = [pair[:, place] for pair in outputs.get(code, [])]
            gold = [pair[:, place] for pair in dev.get(code, [])]
            found = _matched(home, task, code, vectors, gold)
            named = replace(metric, name=name)
            _write(writer, named, task, settings.split, code, found, rows[code])


def _predict(
    model: Model,
    task: Task,
    sets: dict[str, arrays.Encoded],
    settings: EvaluationSettings,
    writer: Writer,
) -> dict[str, list[Any]]:
    """Predictions, or the vectors of sentences, by language."""
    kind, since = KINDS[task.kind], time.monotonic()

    def answer(batch: Batch) -> list[Any]:
        if task.trained:
            return kind.predict(model.head, model.hidden(batch), batch, task)
        return list(_sentence_vectors(model, batch, settings).split(batch.options))

    def observe(done: int, of: int) -> None:
        nonlocal since
        if time.monotonic() - since > EVENT_SECONDS:
            writer.append(EventType.PROGRESS, what="evaluate", step=done, steps=of)
            since = time.monotonic()

    return predictions(model, sets, answer, settings.batch_tokens, observe)


def _layers(
    settings: EvaluationSettings, metric: str, outputs: dict[str, list[Any]]
) -> list[tuple[int, str]]:
    """(layer, name of its metric); the declared layer's metric has the plain name."""
    declared = settings.retrieval_layer or 0
    if not settings.every_layer or not outputs:
        return [(declared, metric)]
    layers = next(iter(outputs.values()))[0].shape[1]
    declared = min(declared, layers - 1)
    return [(declared, metric), *((layer, f"{metric}@{layer}") for layer in range(layers))]


def _sentence_vectors(model: Model, batch: Batch, settings: EvaluationSettings) -> torch.Tensor:
    """(items, layers, width) pooled hidden states; layer 0 is the embedding layer.

    Of all layers, or of the declared one alone.
    """
    states = model.encoder(
        input_ids=batch.ids, attention_mask=batch.attention, output_hidden_states=True
    ).hidden_states
    if not settings.every_layer:
        states = [states[min(settings.retrieval_layer or 0, len(states) - 1)]]
    if settings.retrieval_pooling == "cls":
        return torch.stack([hidden[:, 0] for hidden in states], 1)
    return torch.stack([mean_pooled(hidden, batch.attention) for hidden in states], 1)


def _dev_vectors(
    home: Home,
    stage: Stage,
    task: Task,
    model: Model,
    settings: EvaluationSettings,
    writer: Writer,
) -> dict[str, list[Any]]:
    """Vectors of the dev split, by language, where a threshold is fitted on them."""
    if task.kind is not TaskKind.MINING:
        return {}
    sets = {
        code: data.encoded(home, task, "dev", code, stage.encoder, settings.max_length)
        for code in stage.languages
        if data.rows(home, task, "dev", code)
    }
    return _predict(model, task, sets, settings, writer)


def _matched(
    home: Home, task: Task, language: str, vectors: list[torch.Tensor], dev: list[torch.Tensor]
) -> list[Any]:
    """The partner of each source sentence; in mining None where none is good enough."""
    if not vectors:
        return []
    sources, targets = torch.stack(vectors).unbind(1)
    if task.kind is TaskKind.RETRIEVAL:
        return nearest(sources, targets)
    gold = KINDS[task.kind].references(data.rows(home, task, "dev", language), task)
    cut = threshold(mine(*torch.stack(dev).unbind(1)), gold)
    return accepted(mine(sources, targets), cut, len(vectors))


def _write(
    writer: Writer,
    metric: Metric,
    task: Task,
    split: str,
    language: str,
    predicted: list[Any],
    rows: list[Row],
) -> None:
    """One score event; an empty test set is n = 0 without a value."""
    scores, weights = counts(metric, task, predicted, rows)
    writer.append(
        EventType.SCORE,
        language=language,
        split=split,
        metric=metric.name,
        value=metric.value((scores, weights)),
        n_examples=len(rows),
        scores=scores,
        weights=None if all(weight == 1 for weight in weights) else weights,
    )
