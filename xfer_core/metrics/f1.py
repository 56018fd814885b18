"""Chunk F1 of tagging, with seqeval's chunks, as XTREME scores POS and NER."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

from seqeval.metrics.sequence_labeling import get_entities

from xfer_core.domain.score import Counts, Metric


def counts(predictions: Sequence[Sequence[str]], references: Sequence[Sequence[str]]) -> Counts:
    """Per sentence twice the right chunks, over predicted plus gold chunks."""
    numerators, denominators = [], []
    for predicted, gold in zip(predictions, references, strict=True):
        found, wanted = _chunks(predicted), _chunks(gold)
        numerators.append(2.0 * len(found & wanted))
        denominators.append(float(len(found) + len(wanted)))
    return numerators, denominators


def _chunks(tags: Sequence[str]) -> set[tuple[str, int, int]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # seqeval warns of each tag without a B- or I- prefix
        return set(get_entities(list(tags)))


F1 = Metric("f1", "F1", counts)
