"""The HF Trainer in a forked process: training and evaluating one classification task."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import datasets  # type: ignore[import-untyped]
import numpy as np
import torch
from safetensors.torch import load_file
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    DataCollatorWithPadding,
    Trainer,
    default_data_collator,
)

from xfer_core.bench.baselines.recipes import RECIPES, Job
from xfer_core.bench.baselines.training import arguments

PADDED = "max_length"


def train(request: dict[str, Any]) -> dict[str, float]:
    """Train: ``seconds`` from loading the weights to the saved model, and the ``score``.

    The score is the accuracy over all test sets, measured after the clock has stopped.
    """
    torch.set_num_threads(1)
    job = _job(request)
    rows = _features(request["train"], job)
    # Scored without needless padding on either side: the clock has stopped by then.
    lean = replace(job, padding=False)
    tests = datasets.concatenate_datasets([_features(f, lean) for f in request["tests"].values()])
    output = Path(request["output"])
    options = {name: request[name] for name in ("seed", "steps", "batch_size", "learning_rate")}
    started = time.perf_counter()
    torch.manual_seed(request["seed"])
    model = _model(request["model"], job)
    trainer = Trainer(
        model=model,
        args=arguments(output, **options, eval_batch_size=64),
        train_dataset=rows,
        data_collator=_collator(job),
        processing_class=job.tokenizer,
    )
    trainer.train()
    trainer.save_model()
    seconds = time.perf_counter() - started
    trainer.data_collator = _collator(lean)
    predicted = np.argmax(np.asarray(trainer.predict(tests).predictions), axis=-1)
    right = predicted == np.asarray(tests["labels"])
    examples = float(request["steps"] * request["batch_size"])
    score = float(right.mean())
    return {"seconds": seconds, "score": score, "examples": examples}


def evaluate(request: dict[str, Any]) -> dict[str, Any]:
    """Evaluate our trained weights; ``scores`` by language.

    ``seconds`` run from loading the weights to the last score, as on our side.
    """
    torch.set_num_threads(1)
    job = _job(request)
    tests = {language: _features(file, job) for language, file in request["tests"].items()}
    started = time.perf_counter()
    model = _model(request["model"], job)
    _give_head(model, Path(request["model"]))
    size = request["eval_batch_size"]
    trainer = Trainer(
        model=model,
        args=arguments(Path(request["output"]), seed=1, eval_batch_size=size),
        data_collator=_collator(job),
        processing_class=job.tokenizer,
        compute_metrics=lambda p: {"accuracy": float((p[0].argmax(-1) == p[1]).mean())},
    )
    found = {language: trainer.evaluate(rows) for language, rows in tests.items()}
    seconds = time.perf_counter() - started
    scores = {language: metrics["eval_accuracy"] for language, metrics in found.items()}
    return {"seconds": seconds, "scores": scores}


def _job(request: dict[str, Any]) -> Job:
    tokenizer = AutoTokenizer.from_pretrained(request["tokenizer"])
    columns, labels = tuple(request["columns"]), tuple(request["labels"])
    return Job(tokenizer, columns, labels, request["padding"], request["max_length"])


def _model(folder: str, job: Job) -> Any:
    return AutoModelForSequenceClassification.from_pretrained(folder, num_labels=len(job.labels))


def _give_head(model: Any, folder: Path) -> None:
    """Our head's weights in transformers' names: dense, tanh, projection."""
    ours = load_file(folder / "head.safetensors")
    names = {"0": "dense", "2": "out_proj"}
    renamed = {f"{names[key[0]]}{key[1:]}": value for key, value in ours.items()}
    model.classifier.load_state_dict(renamed)


def _features(file: str, job: Job) -> datasets.Dataset:
    rows = [json.loads(line) for line in Path(file).read_text(encoding="utf-8").splitlines()]
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    return datasets.Dataset.from_dict(RECIPES["classification"].tokenize(columns, job))


def _collator(job: Job) -> Any:
    if job.padding == PADDED:
        return default_data_collator
    return DataCollatorWithPadding(job.tokenizer)
