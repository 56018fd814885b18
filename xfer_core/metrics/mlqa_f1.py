"""Word F1 of extracted answers by MLQA's rules, which know the language."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from xfer_core.domain.score import Counts, Metric
from xfer_core.metrics.answers import best, mlqa_words, word_f1


def counts(
    predictions: Sequence[str], references: Sequence[Sequence[str]], language: str = ""
) -> Counts:
    """Per question the F1 with the best of its answers, over 1."""
    return best(predictions, references, partial(mlqa_words, language=language), word_f1)


MLQA_F1 = Metric("mlqa_f1", "F1", counts)
