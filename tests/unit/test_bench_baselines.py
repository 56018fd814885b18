"""The baselines do the same work as we do: perfect outputs are scored as perfect."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from xfer_core import catalog

pytestmark = pytest.mark.slow  # transformers takes seconds to load

ENCODER = "mini-s-aligned"
ROWS = 12
PADDED = ("mini-xnli", "mini-pos", "mini-mmlu", "mini-xquad", "mini-squad2")
CASES = [("mini-xnli", False), *((name, "max_length") for name in PADDED)]


@pytest.fixture(scope="module")
def recipes() -> ModuleType:
    from xfer_core.bench.baselines import recipes

    return recipes


@pytest.fixture(scope="module")
def peak() -> ModuleType:
    from xfer_core.bench import peak

    return peak


def columns(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in rows[0]}


def perfect(kind: str, features: dict[str, list[Any]], outputs: int) -> Any:
    """Outputs of a model that knows: 1 at the label, 0 elsewhere."""
    if kind == "span":
        return tuple(
            np.eye(128)[np.array(features[name])] for name in ("start_positions", "end_positions")
        )
    labels = np.array(features["labels"])
    return np.eye(outputs)[np.where(labels < 0, 0, labels)]


@pytest.mark.parametrize(("name", "padding"), CASES)
def test_perfect_outputs_are_read_as_the_references(recipes, name, padding):
    from transformers import AutoTokenizer

    from xfer_core.stages.kinds import KINDS

    task = catalog.task(name)
    rows = task.source.rows("train", "en")[:ROWS]
    tokenizer = AutoTokenizer.from_pretrained(catalog.encoder_folder(catalog.encoder(ENCODER)))
    job = recipes.Job(tokenizer, task.columns, task.labels, padding, 128, task.no_answer)
    recipe = recipes.RECIPES[str(task.kind)]
    found = {**columns(rows), **recipe.tokenize(columns(rows), job)}
    if padding:
        assert np.array(found["input_ids"]).shape[-1] == 128
    references = KINDS[task.kind].references(rows, task)
    read = []
    for place in range(ROWS):
        one = {key: values[place : place + 1] for key, values in found.items()}
        outputs = perfect(str(task.kind), one, len(task.labels) or 8)
        read += recipe.read(outputs, one, job)
    metric = catalog.metric(task.metric)
    assert metric.value(metric.counts(read, references)) == 1.0


def test_the_work_of_an_encoder_is_counted_exactly(peak):
    config = peak.base_config(layers=2)
    tokens, width, inner, length = 2 * 16, 768, 3072, 16
    batch = peak._batch(config, 2, length)
    # Four square and two inner products a layer; attention multiplies every pair of tokens twice.
    layer = 2 * tokens * (4 * width * width + 2 * width * inner) + 2 * 2 * tokens * length * width
    forward = peak.flops(config, batch, peak.FORWARD)
    assert forward == 2 * layer
    assert peak.flops(config, batch, peak.BOTH) == 3 * forward
