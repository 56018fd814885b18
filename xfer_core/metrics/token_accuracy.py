"""Token accuracy of tagging: the share of words whose tag is right."""

from __future__ import annotations

from collections.abc import Sequence

from xfer_core.domain.score import Counts, Metric


def counts(
    predictions: Sequence[Sequence[str]], references: Sequence[Sequence[str]], language: str = ""
) -> Counts:
    """Per sentence its right tags, over its words."""
    right = [
        float(sum(one == other for one, other in zip(predicted, gold, strict=True)))
        for predicted, gold in zip(predictions, references, strict=True)
    ]
    return right, [float(len(gold)) for gold in references]


TOKEN_ACCURACY = Metric("token_accuracy", "token accuracy", counts)
