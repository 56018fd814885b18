"""The other half of retrieval: finding the nearest of many vectors, timed apart."""

from __future__ import annotations

import time

import numpy as np
import torch

from xfer_core.domain.task import TaskKind
from xfer_core.specification import EvaluationSettings
from xfer_core.stages.kinds.retrieval import nearest

QUERIES = 1000
REPEATS = 5


@torch.inference_mode()
def search_ms(kind: TaskKind, width: int, index_size: int, evaluation: EvaluationSettings) -> float:
    """Milliseconds in which 1,000 vectors find their nearest in an index; the median of five.

    The vectors are random: what a search through all of them takes depends on their number and
    width alone. They are searched as in evaluation, by cosine or by margin.
    """
    draw = torch.Generator().manual_seed(0)
    queries = torch.randn(QUERIES, width, generator=draw)
    index = torch.randn(index_size, width, generator=draw)
    by_margin = kind is TaskKind.MINING or evaluation.retrieval_similarity == "margin"
    neighbours = evaluation.margin_neighbours if by_margin else None
    times = []
    for _ in range(REPEATS + 1):
        started = time.perf_counter()
        nearest(queries, index, neighbours)
        times.append(1000 * (time.perf_counter() - started))
    return float(np.median(times[1:]))
