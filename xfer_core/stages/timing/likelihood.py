"""Questions to a causal model: from texts to token ids, and from these to the likeliest option."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from xfer_core.domain.task import Row
from xfer_core.stages import arrays
from xfer_core.stages.causal import Asked, Scorer
from xfer_core.stages.timing.protocol import Sample, Work

QUESTION, SOLVED = "question", "solved"


def with_solved(rows: Sequence[Row], solved: Sequence[list[Row]]) -> list[Row]:
    """Each question with the solved ones that its prompt shows, as one row of what is timed."""
    return [{QUESTION: row, SOLVED: examples} for row, examples in zip(rows, solved, strict=True)]


@dataclass(frozen=True)
class Questions:
    """Rows of ``with_solved`` as a model's evaluation reads them."""

    scorer: Scorer

    def encode(self, rows: list[Row]) -> arrays.Encoded:
        """One item a question: its prompt and its longest option."""
        ids = [[*one.prompt, *max(one.options, key=len)] for one in self._asked(rows)]
        return arrays.single(ids, [-1] * len(ids))

    def tokens(self, rows: list[Row]) -> int:
        """Tokens of a batch, padding included."""
        encoded = self.encode(rows)
        return len(rows) * int(encoded.lengths().max())

    def answering(self) -> Work:
        """What answers a batch of questions, all options weighed, and says how long it took."""
        device = self.scorer.model.device

        def answer(rows: list[Row]) -> Sample:
            started = time.perf_counter()
            asked = self._asked(rows)
            cut = time.perf_counter()
            for row, values in zip(rows, self.scorer.weigh(asked), strict=True):
                self.scorer.best(row[QUESTION], values)
            if device.type == "cuda":
                torch.cuda.synchronize(device)
            ended = time.perf_counter()
            return Sample(1000 * (cut - started), 1000 * (ended - cut))

        return answer

    def _asked(self, rows: list[Row]) -> list[Asked]:
        return [
            self.scorer.tokens(place, row[QUESTION], row[SOLVED]) for place, row in enumerate(rows)
        ]
