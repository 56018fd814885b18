"""One phase in a fresh process, as transformers' example scripts do it: train or evaluate.

``python -m xfer_core.bench.baselines.trainer_script request.json`` reads JSON Lines, tokenizes
them padded to the full length, works, and writes ``answer.json`` into its output folder.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import datasets  # type: ignore[import-untyped]
import torch
from transformers import AutoTokenizer, Trainer, default_data_collator, set_seed

from xfer_core.bench.baselines.recipes import RECIPES, Job, Recipe
from xfer_core.bench.baselines.training import arguments


def main(request: dict[str, Any]) -> None:
    """Do the phase that the request names."""
    torch.set_num_threads(int(request["threads"]))
    set_seed(request["seed"])
    tokenizer = AutoTokenizer.from_pretrained(request["model"])
    job = Job(
        tokenizer,
        tuple(request["columns"]),
        tuple(request["labels"]),
        "max_length",
        request["max_length"],
        request["no_answer"],
    )
    recipe = RECIPES[request["kind"]]
    model = recipe.model.from_pretrained(request["model"], **_head(recipe, job))
    phase = _train if request["phase"] == "train" else _evaluate
    output = Path(request["output"])
    output.mkdir(parents=True, exist_ok=True)
    (output / "answer.json").write_text(json.dumps(phase(request, model, recipe, job, output)))


def _head(recipe: Recipe, job: Job) -> dict[str, int]:
    outputs = recipe.outputs(job)
    return {} if outputs is None else {"num_labels": outputs}


def _train(
    request: dict[str, Any], model: Any, recipe: Recipe, job: Job, output: Path
) -> dict[str, Any]:
    rows = _rows(request["files"]["train"])
    options = {name: request[name] for name in ("seed", "steps", "batch_size", "learning_rate")}
    trainer = Trainer(
        model=model,
        args=arguments(output, **options),
        train_dataset=rows.map(
            lambda batch: recipe.tokenize(batch, job),
            batched=True,
            remove_columns=rows.column_names,
        ),
        data_collator=default_data_collator,
        processing_class=job.tokenizer,
    )
    started = time.perf_counter()
    trainer.train()
    seconds = time.perf_counter() - started
    # Heads are new in the next phase unless it evaluates this very task.
    kept = model if request["with_head"] else model.base_model
    kept.save_pretrained(output)
    job.tokenizer.save_pretrained(output)
    return {"seconds": seconds, "units": request["steps"]}


def _evaluate(
    request: dict[str, Any], model: Any, recipe: Recipe, job: Job, output: Path
) -> dict[str, Any]:
    trainer = Trainer(
        model=model,
        args=arguments(output, seed=request["seed"], eval_batch_size=request["eval_batch_size"]),
        data_collator=default_data_collator,
        processing_class=job.tokenizer,
    )
    predictions: dict[str, list[Any]] = {}
    seconds, items = 0.0, 0
    for language, file in request["files"].items():
        rows = _rows(file)
        features = rows.map(lambda batch: recipe.tokenize(batch, job), batched=True)
        started = time.perf_counter()
        outputs = trainer.predict(features.remove_columns(rows.column_names)).predictions
        seconds += time.perf_counter() - started
        items += len(features)
        predictions[language] = recipe.read(outputs, features[:], job)
    return {"seconds": seconds, "units": items, "predictions": predictions}


def _rows(file: str) -> Any:
    return datasets.load_dataset("json", data_files=file, split="train")


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))
