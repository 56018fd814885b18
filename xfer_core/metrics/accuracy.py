"""Accuracy: the share of predictions that equal their reference.

Of labels and options, and of retrieval, where both are the place of a sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xfer_core.domain.score import Counts, Metric


def counts(predictions: Sequence[Any], references: Sequence[Any], language: str = "") -> Counts:
    """Per example 1 or 0, over 1."""
    correct = [float(a == b) for a, b in zip(predictions, references, strict=True)]
    return correct, [1.0] * len(correct)


ACCURACY = Metric("accuracy", "accuracy", counts)
