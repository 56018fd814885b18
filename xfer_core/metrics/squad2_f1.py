"""Word F1 by SQuAD v2.0's rules: some questions have no answer, and that is right."""

from __future__ import annotations

from collections.abc import Sequence

from xfer_core.domain.score import Counts, Metric
from xfer_core.metrics.answers import best, some_words, squad_words, word_f1_or_nothing


def counts(
    predictions: Sequence[str], references: Sequence[Sequence[str]], language: str = ""
) -> Counts:
    """Per question the F1 with the best of its answers, over 1; none wants no word."""
    known = [some_words(answers) for answers in references]
    return best(predictions, known, squad_words, word_f1_or_nothing)


SQUAD2_F1 = Metric("squad2_f1", "F1", counts)
