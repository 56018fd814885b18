"""From the rows of a task to tensors and answers, with the time that each part takes."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from transformers import PreTrainedTokenizerBase

from xfer_core.domain.task import Row, Task, TaskKind
from xfer_core.specification import EvaluationSettings
from xfer_core.stages import arrays
from xfer_core.stages.batches import Batch, batch_of, ordered_batches
from xfer_core.stages.kinds import KINDS
from xfer_core.stages.kinds.base import Reading
from xfer_core.stages.model import Model, padding
from xfer_core.stages.timing.protocol import Sample, Work

NO_LIMIT = 2**31
PARALLEL = "TOKENIZERS_PARALLELISM"
"""Read by the tokenizers library at each call."""


@dataclass(frozen=True)
class Texts:
    """A task's texts as its evaluation reads them."""

    task: Task
    tokenizer: PreTrainedTokenizerBase
    evaluation: EvaluationSettings

    def usable(self, rows: list[Row]) -> list[Row]:
        """The rows that there is something to read of; lists of sentences may have gaps."""
        return rows if self.task.trained else [row for row in rows if row["target"]]

    def encode(self, rows: list[Row]) -> arrays.Encoded:
        """As in evaluation; for retrieval only the sentence that would be looked up."""
        longest, reading = self.evaluation.max_length, Reading.of(self.evaluation)
        if self.task.trained:
            kind = KINDS[self.task.kind]
            return kind.encode(rows, self.task, self.tokenizer, longest, reading)
        texts = [row["target"] for row in rows]
        ids = self.tokenizer(texts, truncation=True, max_length=longest)["input_ids"]
        return arrays.single(ids, [-1] * len(ids))

    def tokens(self, rows: list[Row]) -> int:
        """Tokens of a batch, padding included."""
        encoded = self.encode(rows)
        return (len(encoded.offsets) - 1) * int(encoded.lengths().max())

    def example(self, rows: list[Row], model: Model) -> Batch:
        """A batch of two items or more, to follow through an encoder."""
        encoded = self.encode([rows[0], rows[-1]])
        pad = padding(model.encoder)
        return batch_of(encoded, _all(encoded), pad).to(model.device)

    def answering(self, model: Model, device: torch.device) -> Work:
        """What answers a batch of rows with a model and says how long it took."""
        kind, reading = KINDS[self.task.kind], Reading.of(self.evaluation)
        pad = padding(model.encoder)

        @torch.inference_mode()
        def answer(rows: list[Row]) -> Sample:
            started = time.perf_counter()
            batches = list(ordered_batches(self.encode(rows), NO_LIMIT, pad))
            cut = time.perf_counter()
            for batch in batches:
                here = batch.to(device)
                kind.predict(model.head, model.hidden(here), here, self.task, reading)
            if device.type == "cuda":
                torch.cuda.synchronize(device)
            ended = time.perf_counter()
            return Sample(1000 * (cut - started), 1000 * (ended - cut))

        return answer


@contextmanager
def threads_of_tokenizer(threads: int) -> Iterator[None]:
    """With one thread the tokenizer has one too; else it takes as many as there are cores."""
    before = os.environ.get(PARALLEL)
    os.environ[PARALLEL] = "false" if threads == 1 else "true"
    try:
        yield
    finally:
        if before is None:
            del os.environ[PARALLEL]
        else:
            os.environ[PARALLEL] = before


def unit_of(task: Task) -> str:
    """What a batch is made of: all options of a question together, else a sentence or pair."""
    asks = task.kind in (TaskKind.MULTIPLE_CHOICE, TaskKind.SPAN)
    return "question" if asks else "sentence"


def _all(encoded: arrays.Encoded) -> arrays.Ints:
    return np.arange(encoded.n_examples, dtype=np.int64)
