"""Exact match of extracted answers by MLQA's rules, which know the language."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from xfer_core.domain.score import Counts, Metric
from xfer_core.metrics.answers import best, mlqa_words, same_words


def counts(
    predictions: Sequence[str], references: Sequence[Sequence[str]], language: str = ""
) -> Counts:
    """Per question 1 if any of its answers has the same words, over 1."""
    return best(predictions, references, partial(mlqa_words, language=language), same_words)


MLQA_EXACT_MATCH = Metric("mlqa_exact_match", "exact match", counts)
