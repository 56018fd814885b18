"""Settings and their values as people say them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from xfer_core.charts import theme, words

NOTHING = "–"
_WHOLE = {
    "encoder": "Encoder",
    "encoder.parameters": "Weights of the encoder",
    "encoder.layers": "Layers of the encoder",
    "encoder.hidden_size": "Width of the encoder",
    "encoder.revision": "Revision of the encoder",
    "intermediate": "Intermediate task",
    "seeds": "Seeds",
    "languages": "Languages measured",
    "examples": "Test examples per language",
    "made.day": "Measured on",
    "made.host": "Machine",
    "made.cores": "Cores of the machine",
    "made.git_commit": "Version of Xfer (commit)",
    "made.platform": "Operating system",
    "made.python": "Version of Python",
}
_PHASES = {
    "pretrain": "pretraining",
    "intermediate": "intermediate training",
    "target": "target training",
    "evaluate": "evaluation",
}
_FIELDS = {
    "accumulate": "Batches summed in a step",
    "back_end": "Back end",
    "batch_tokens": "Tokens in a batch",
    "clip_norm": "Gradients cut off at",
    "continues": "Starts from the weights of",
    "epochs": "Passes over the data",
    "every_layer": "Every layer scored",
    "examples": "At most so many examples",
    "few_shot": "Training examples of each other language",
    "few_shot_languages": "Those languages",
    "few_shot_share": "Share of batches with them",
    "frozen_layers": "Layers that do not learn",
    "languages": "Training languages",
    "layers": "Layers kept",
    "long_sentences": "Sentences that are too long",
    "longest_answer": "Longest answer, tokens",
    "margin_candidates": "Partners that mining weighs",
    "margin_neighbours": "Neighbours of a margin",
    "masked_share": "Share of steps on masked words",
    "masked_text": "Text of the masked words",
    "max_length": "Longest input, tokens",
    "mixing": "Tasks of a mixture are drawn",
    "null_threshold": "Threshold for no answer",
    "patience": "Stops after so many measurements",
    "prompt_length": "Longest prompt, tokens",
    "retrieval_layer": "Layer of sentence vectors",
    "retrieval_pooling": "Pooling of sentence vectors",
    "retrieval_similarity": "Similarity of sentences",
    "retrieval_specials": "Special tokens count in the mean",
    "select_every": "Steps between measurements on dev",
    "select_examples": "Dev examples of a measurement",
    "select_on": "Checkpoint that is kept",
    "shots": "Solved questions before each one",
    "size_cap": "Size above which tasks count alike",
    "stride": "Tokens between windows",
    "train_examples": "At most so many training examples",
    "tuning": "Weights that learn",
    "warmup_share": "Share of steps for warm-up",
}


def setting(name: str) -> str:
    """A dotted setting as a person says it: "Learning rate (target training)"."""
    if name in _WHOLE:
        return _WHOLE[name]
    first, _, field = name.partition(".")
    field = field.rpartition(".")[2]
    if first == "made":
        return f"Version of {field}"
    said = _FIELDS.get(field) or field.replace("_", " ").capitalize()
    phase = _PHASES.get(first)
    return f"{said} ({phase})" if phase else said


def value(name: str, given: Any) -> str:
    """The value of a setting: "0.0007", "yes", "German, French"; a dash where there is none."""
    if given is None or given == [] or given == "" or (isinstance(given, float) and given != given):
        return NOTHING
    if name == "intermediate":
        return theme.task_label(str(given))
    if name.endswith(".tuning"):
        return {"lora": "LoRA", "full": "all"}.get(str(given), str(given))
    if isinstance(given, bool):
        return "yes" if given else "no"
    if isinstance(given, int):
        return f"{given:,}"
    if isinstance(given, float):
        return f"{given:g}"
    if isinstance(given, Mapping):
        return words.listed(f"{key}: {value('', one)}" for key, one in given.items())
    if isinstance(given, (list, tuple)):
        spoken = name.endswith("languages")
        return words.listed(words.language(str(one)) if spoken else value("", one) for one in given)
    return str(given)


def as_table(table: pd.DataFrame) -> pd.DataFrame:
    """The view ``compare_settings`` with plain titles; values as text."""
    return pd.DataFrame(
        {
            "What differs": [setting(str(name)) for name in table["setting"]],
            **{
                title: [value(str(n), v) for n, v in zip(table["setting"], table[key], strict=True)]
                for key, title in (("a", "A"), ("b", "B"))
            },
        }
    )


def same_line(n_same: int, n_different: int) -> str:
    """How much is alike."""
    if not n_different:
        return f"All {n_same} settings are the same on both sides."
    return f"{words.plural(n_same, 'other setting')} {'is' if n_same == 1 else 'are'} the same."
