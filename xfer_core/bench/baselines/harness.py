"""lm-evaluation-harness: multiple-choice questions by log-likelihood, from a task of our own."""

from __future__ import annotations

import os
import time
from importlib.metadata import version
from typing import Any

os.environ["TRANSFORMERS_VERBOSITY"] = "error"
os.environ["HF_HUB_OFFLINE"] = os.environ["HF_DATASETS_OFFLINE"] = "1"

import lm_eval  # type: ignore[import-not-found]  # noqa: E402
import torch  # noqa: E402
from lm_eval.api.task import ConfigurableTask  # type: ignore[import-not-found]  # noqa: E402
from lm_eval.models.huggingface import HFLM  # type: ignore[import-not-found]  # noqa: E402

from xfer_core.bench.baselines.answering import answer_all  # noqa: E402

_LOADED: dict[str, HFLM] = {}


def _model(folder: str, tokenizer: str, batch_size: int) -> HFLM:
    if folder not in _LOADED:
        _LOADED[folder] = HFLM(
            pretrained=folder,
            tokenizer=tokenizer,
            device="cpu",
            dtype="float32",
            batch_size=batch_size,
        )
    return _LOADED[folder]


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Evaluate a file of prompts: ``seconds`` of the call, and the ``chosen`` option of each."""
    torch.set_num_threads(int(request["threads"]))
    model = _model(request["model"], request["tokenizer"], request["batch_size"])
    task = ConfigurableTask(
        config={
            "task": "questions",
            "dataset_path": "json",
            "dataset_kwargs": {"data_files": {"test": request["file"]}},
            "test_split": "test",
            "output_type": "multiple_choice",
            "doc_to_text": "{{prompt}}",
            "doc_to_choice": "{{letters}}",
            "doc_to_target": "answer",
            "num_fewshot": 0,
            "metric_list": [{"metric": "acc", "aggregation": "mean", "higher_is_better": True}],
        }
    )
    started = time.perf_counter()
    found = lm_eval.simple_evaluate(model=model, tasks=[task], log_samples=True, bootstrap_iters=0)
    seconds = time.perf_counter() - started
    samples = sorted(found["samples"]["questions"], key=lambda sample: sample["doc_id"])
    chosen = []
    for sample in samples:
        values = [float(one[0]) for one in sample["filtered_resps"]]
        chosen.append(values.index(max(values)))
    return {"seconds": seconds, "chosen": chosen}


if __name__ == "__main__":
    answer_all(answer, {"version": version("lm_eval")})
