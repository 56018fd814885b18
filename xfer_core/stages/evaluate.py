"""Evaluation stages: every language in one pass, then one score event per language and metric."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from xfer_core import catalog
from xfer_core.domain.encoder import Family
from xfer_core.domain.errors import DataError
from xfer_core.domain.event import EventType
from xfer_core.domain.run import Stage
from xfer_core.domain.task import Row, Task, TaskKind
from xfer_core.home import Home
from xfer_core.specification import EvaluationSettings
from xfer_core.spool import Writer
from xfer_core.stages import checkpoints, data
from xfer_core.stages import serving as ways
from xfer_core.stages.batches import Batch, batch_of
from xfer_core.stages.device import accelerator
from xfer_core.stages.kinds import KINDS
from xfer_core.stages.kinds.base import Reading
from xfer_core.stages.kinds.retrieval import special_ids
from xfer_core.stages.matching import layers, matched, sentence_vectors
from xfer_core.stages.model import Model, padding
from xfer_core.stages.predicting import Answer, predictions
from xfer_core.stages.scoring import Scoring
from xfer_core.stages.train import EVENT_SECONDS

RowsByLanguage = dict[str, list[Row]]
Observe = Callable[[int, int], None]


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
    device = accelerator(stage.seed, settings.threads).device
    task = catalog.task(str(stage.target))
    rows = {
        code: data.rows(home, task, settings.split, code)[: settings.examples]
        for code in stage.languages
    }
    scoring = Scoring(home, stage, task, settings.split, writer)
    if catalog.encoder(stage.encoder).family is Family.CAUSAL:
        _score_likelihoods(home, stage, task, settings, rows, device, scoring)
        return
    model, settings = _as_served(home, stage, task, settings, device)
    if task.trained:
        _score_answers(home, stage, task, settings, rows, model, scoring)
    else:
        _score_matches(home, stage, task, settings, rows, model, scoring)


def _as_served(
    home: Home, stage: Stage, task: Task, settings: EvaluationSettings, device: torch.device
) -> tuple[Model, EvaluationSettings]:
    """The model, run as the stage says, and the settings that are left to it.

    A back end gives its last layer alone, so there is no score of every layer.
    """
    serving = ways.of_stage(stage)
    where = ways.device_of(serving, device)
    model = load_model(home, stage, task).to(where)
    if serving.is_plain:
        return model, settings
    layers = ways.depth(serving, task, settings)
    example = _example(home, stage, task, settings, model)
    served = ways.served(home, stage, model, serving, layers, example)
    return served, settings.model_copy(update={"every_layer": False})


def _example(
    home: Home, stage: Stage, task: Task, settings: EvaluationSettings, model: Model
) -> Batch:
    """The first two examples of a language that has some."""
    reading = Reading.of(settings)
    for code in stage.languages:
        if data.rows(home, task, settings.split, code):
            found = data.encoded(
                home, task, settings.split, code, stage.encoder, settings.max_length, reading
            )
            some = np.arange(min(2, found.n_examples), dtype=np.int64)
            return batch_of(found, some, padding(model.encoder)).to(model.device)
    raise DataError(f"Expected examples of {task.name} to measure; there are none.")


def _score_likelihoods(
    home: Home,
    stage: Stage,
    task: Task,
    settings: EvaluationSettings,
    rows: RowsByLanguage,
    device: torch.device,
    scoring: Scoring,
) -> None:
    """What a causal model finds likeliest; it has no head and was not trained here."""
    from xfer_core.stages import causal

    observe = _progress(scoring.writer)
    found = causal.predictions(home, stage, task, rows, settings, device, observe)
    for code in stage.languages:
        scoring.score(code, list(found[code]), rows[code])


def _score_answers(
    home: Home,
    stage: Stage,
    task: Task,
    settings: EvaluationSettings,
    rows: RowsByLanguage,
    model: Model,
    scoring: Scoring,
) -> None:
    """What the head of a trained task answers."""
    kind, reading = KINDS[task.kind], Reading.of(settings)

    def answer(batch: Batch) -> list[Any]:
        return kind.predict(model.head, model.hidden(batch), batch, task, reading)

    outputs = _predict(home, stage, task, settings, rows, model, answer, scoring.writer)
    tokenizer = checkpoints.load_tokenizer(stage.encoder)
    for code in stage.languages:
        answers = outputs.get(code, [])
        texts = kind.texts(answers, rows[code], tokenizer, settings.max_length, reading)
        scoring.score(code, texts, rows[code])


def _score_matches(
    home: Home,
    stage: Stage,
    task: Task,
    settings: EvaluationSettings,
    rows: RowsByLanguage,
    model: Model,
    scoring: Scoring,
) -> None:
    """Which sentences are nearest to each other, at one layer or at every one."""
    tokenizer = checkpoints.load_tokenizer(stage.encoder)
    left_out = () if settings.retrieval_specials else special_ids(tokenizer)

    def answer(batch: Batch) -> list[Any]:
        return sentence_vectors(model, batch, settings, left_out)

    vectors = _predict(home, stage, task, settings, rows, model, answer, scoring.writer)
    dev_settings = settings.model_copy(update={"split": "dev", "examples": None})
    dev_rows = _dev_rows(home, stage, task)
    dev = _predict(home, stage, task, dev_settings, dev_rows, model, answer, scoring.writer)
    n_layers = next((len(one[0][0]) for one in vectors.values()), 1)
    declared, others = layers(settings, n_layers)
    for code in stage.languages:
        sets = (rows[code], vectors.get(code, []), dev_rows.get(code, []), dev.get(code, []))
        scoring.score(code, matched(task, settings, declared, *sets), rows[code])
        for layer in others:
            scoring.score_layer(layer, code, matched(task, settings, layer, *sets), rows[code])


def _dev_rows(home: Home, stage: Stage, task: Task) -> RowsByLanguage:
    """The dev split by language, where a threshold is fitted on it."""
    if task.kind is not TaskKind.MINING:
        return {}
    return {code: data.rows(home, task, "dev", code) for code in stage.languages}


def _predict(
    home: Home,
    stage: Stage,
    task: Task,
    settings: EvaluationSettings,
    rows: RowsByLanguage,
    model: Model,
    answer: Answer,
    writer: Writer,
) -> dict[str, list[Any]]:
    """Answers to the rows, by language; languages without rows are left out."""
    reading = Reading.of(settings)
    sets = {
        code: data.first(
            data.encoded(
                home, task, settings.split, code, stage.encoder, settings.max_length, reading
            ),
            settings.examples,
        )
        for code, found in rows.items()
        if found
    }
    return predictions(model, sets, answer, settings.batch_tokens, _progress(writer))


def _progress(writer: Writer) -> Observe:
    """Says every few seconds how many examples are done."""
    since = time.monotonic()

    def observe(done: int, of: int) -> None:
        nonlocal since
        if time.monotonic() - since > EVENT_SECONDS:
            writer.append(EventType.PROGRESS, what="evaluate", step=done, steps=of)
            since = time.monotonic()

    return observe
