"""Milliseconds of an encoder in every back end that is here, and of questions against sentences.

Runs in a forked process. Weights are random: how fast a shape is does not depend on them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from torch import nn
from transformers import AutoModel

from xfer_core import catalog
from xfer_core.bench.peak import base_config, mini_config
from xfer_core.domain.task import Row
from xfer_core.home import Home
from xfer_core.rows import Rows
from xfer_core.specification import EvaluationSettings
from xfer_core.stages import backends, checkpoints
from xfer_core.stages.batches import Batch
from xfer_core.stages.kinds import KINDS
from xfer_core.stages.model import Model
from xfer_core.stages.timing.texts import Texts, threads_of_tokenizer

REFERENCE = "torch"
TOO_SLOW_TO_PREPARE = ("torch-compile", "cuda-graphs")
"""Compiling takes longer than all else together; ``xfer run --preset latency`` may name it."""
QUESTIONS, SENTENCES = "mini-mmlu", "mini-xnli"
Times = dict[str, list[float]]


def back_ends(request: dict[str, Any]) -> dict[str, Any]:
    """``times``: title -> median milliseconds of a batch, a value a round.

    ``likeness``: title -> mean cosine of its states with those of torch in fp32. ``request`` has
    shape ("base" or an encoder), layers, items, length, rounds, repeats, folder.
    """
    torch.set_num_threads(1)
    torch.manual_seed(1)
    shape = request["shape"]
    config = base_config(request["layers"]) if shape == "base" else mini_config(shape)
    model = Model(AutoModel.from_config(config, add_pooling_layer=False), nn.Identity()).eval()
    batch = _batch(config.vocab_size, request["items"], request["length"])
    runs = {REFERENCE: model.hidden, **_prepared(model, batch, Path(request["folder"]))}
    times = _in_turn(
        {title: lambda run=run: run(batch) for title, run in runs.items()},  # type: ignore[misc]
        request["rounds"],
        request["repeats"],
    )
    with torch.inference_mode():
        expected = model.hidden(batch).flatten(0, 1)
        likeness = {
            title: float(torch.cosine_similarity(run(batch).flatten(0, 1), expected).mean())
            for title, run in runs.items()
        }
    return {"times": times, "likeness": likeness}


def questions(request: dict[str, Any]) -> Times:
    """Median milliseconds of a question with its options and of a sentence as long as one of them.

    From text to answer. ``request`` has home, encoder, rounds and repeats.
    """
    torch.set_num_threads(1)
    torch.manual_seed(1)
    rows = [
        row
        for row in Rows(Home(Path(request["home"])).root / "rows").of(
            catalog.task(QUESTIONS), "test", "en"
        )
        if not row.get("context")
    ][:40]
    label = catalog.task(SENTENCES).labels[0]  # any: nothing is learned
    pairs: list[Row] = [
        {**row, "premise": row["question"], "hypothesis": row["choices"][0], "label": label}
        for row in rows
    ]
    encoder = AutoModel.from_config(mini_config(request["encoder"]), add_pooling_layer=False)
    works = {
        name: _answering(catalog.task(name), encoder, request["encoder"], some)
        for name, some in ((QUESTIONS, rows), (SENTENCES, pairs))
    }
    with threads_of_tokenizer(1):
        return _in_turn(works, request["rounds"], request["repeats"])


def _answering(task: Any, encoder: Any, name: str, rows: list[Row]) -> Callable[[], object]:
    """Answers one row at each call, the next one at the next."""
    head = KINDS[task.kind].head(task, encoder.config.hidden_size)
    texts = Texts(task, checkpoints.load_tokenizer(name), EvaluationSettings())
    answer = texts.answering(Model(encoder, head).eval(), torch.device("cpu"))
    turns = iter(range(1_000_000))
    return lambda: answer([rows[next(turns) % len(rows)]])


def _prepared(model: Model, batch: Batch, folder: Path) -> dict[str, backends.Hidden]:
    """Every back end that can be used here but the reference, in its number formats."""
    found = {}
    for one in backends.ALL:
        if one.title == REFERENCE or one.available() or one.name in TOO_SLOW_TO_PREPARE:
            continue
        place = folder / one.title.replace(":", "-")
        one.prepare(model, place, batch)
        found[one.title] = one.load(place, model, 1)
    return found


@torch.inference_mode()
def _in_turn(works: Mapping[str, Callable[[], object]], rounds: int, repeats: int) -> Times:
    """All in turn, so that a drift of the machine hits all alike; the first call is dropped."""
    found: Times = {name: [] for name in works}
    for number in range(rounds + 1):
        for name, work in works.items():
            work()
            times = []
            for _ in range(repeats if number else 1):
                started = time.perf_counter()
                work()
                times.append(1000 * (time.perf_counter() - started))
            if number:
                found[name].append(median(times))
    return found


def _batch(vocabulary: int, items: int, length: int) -> Batch:
    """Random words without padding, as many items and tokens as asked for."""
    ids = torch.randint(5, vocabulary, (items, length))
    return Batch(ids, torch.ones_like(ids), np.arange(items), torch.full((items,), -1), [1] * items)
