"""Word F1 of extracted answers by SQuAD v1.1's rules, also for XQuAD and TyDiQA."""

from __future__ import annotations

from collections.abc import Sequence

from xfer_core.domain.score import Counts, Metric
from xfer_core.metrics.answers import best, squad_words, word_f1


def counts(
    predictions: Sequence[str], references: Sequence[Sequence[str]], language: str = ""
) -> Counts:
    """Per question the F1 with the best of its answers, over 1."""
    return best(predictions, references, squad_words, word_f1)


SQUAD_F1 = Metric("squad_f1", "F1", counts)
