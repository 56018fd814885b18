"""F1 of mined sentence pairs, as BUCC counts them."""

from __future__ import annotations

from collections.abc import Sequence

from xfer_core.domain.score import Counts, Metric


def counts(predictions: Sequence[int | None], references: Sequence[int | None]) -> Counts:
    """Per source sentence twice the right pairs, over predicted plus gold pairs."""
    numerators, denominators = [], []
    for predicted, gold in zip(predictions, references, strict=True):
        numerators.append(2.0 * (gold is not None and predicted == gold))
        denominators.append(float(predicted is not None) + float(gold is not None))
    return numerators, denominators


MINING_F1 = Metric("mining_f1", "F1", counts)
