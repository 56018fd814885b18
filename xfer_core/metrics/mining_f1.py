"""F1 of mined sentence pairs, as BUCC counts them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from xfer_core.domain.score import Counts, Metric

Found = int | None | Collection[int]


def counts(
    predictions: Sequence[Found], references: Sequence[int | None], language: str = ""
) -> Counts:
    """Per source sentence twice the right pairs, over predicted plus gold pairs.

    A prediction is the partner's place, None for no partner, or several places.
    """
    numerators, denominators = [], []
    for predicted, gold in zip(predictions, references, strict=True):
        found = _places(predicted)
        numerators.append(2.0 * (gold in found))
        denominators.append(len(found) + float(gold is not None))
    return numerators, denominators


def _places(predicted: Found) -> set[int]:
    if predicted is None:
        return set()
    return {predicted} if isinstance(predicted, int) else set(predicted)


MINING_F1 = Metric("mining_f1", "F1", counts)
