"""Exact match by SQuAD v2.0's rules: some questions have no answer, and that is right."""

from __future__ import annotations

from collections.abc import Sequence

from xfer_core.domain.score import Counts, Metric
from xfer_core.metrics.answers import best, same_words, some_words, squad_words


def counts(
    predictions: Sequence[str], references: Sequence[Sequence[str]], language: str = ""
) -> Counts:
    """Per question 1 if any of its answers has the same words, over 1; none wants no word."""
    known = [some_words(answers) for answers in references]
    return best(predictions, known, squad_words, same_words)


SQUAD2_EXACT_MATCH = Metric("squad2_exact_match", "exact match", counts)
