"""Exact match of extracted answers by SQuAD v1.1's rules, also for XQuAD and TyDiQA."""

from __future__ import annotations

from collections.abc import Sequence

from xfer_core.domain.score import Counts, Metric
from xfer_core.metrics.answers import best, same_words, squad_words


def counts(
    predictions: Sequence[str], references: Sequence[Sequence[str]], language: str = ""
) -> Counts:
    """Per question 1 if any of its answers has the same words, over 1."""
    return best(predictions, references, squad_words, same_words)


SQUAD_EXACT_MATCH = Metric("squad_exact_match", "exact match", counts)
