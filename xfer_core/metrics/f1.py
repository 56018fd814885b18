"""Chunk F1 of tagging, with seqeval's chunks, as XTREME scores POS and NER.

seqeval takes the first letter of a tag for its B- or I- prefix, in tags without one as well: of
words with the same UPOS tag in a row one chunk comes out, CCONJ and SCONJ are one type, and an X
that opens a sentence belongs to a chunk that began before it. Token accuracy stands beside it,
which does nothing of that kind.
"""

from __future__ import annotations

import warnings
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from seqeval.metrics.sequence_labeling import get_entities

from xfer_core.domain.score import Counts, Metric

Chunk = tuple[str, int, int]
"""Type, first and last word."""


def counts(
    predictions: Sequence[Sequence[str]], references: Sequence[Sequence[str]], language: str = ""
) -> Counts:
    """Per sentence twice the right chunks, over predicted plus gold chunks."""
    pairs = list(zip(_chunks(predictions), _chunks(references), strict=True))
    numerators = [2.0 * len(found & wanted) for found, wanted in pairs]
    return numerators, [float(len(found) + len(wanted)) for found, wanted in pairs]


def _chunks(sentences: Sequence[Sequence[str]]) -> list[set[Chunk]]:
    """The chunks that end in each sentence; places are counted from its first word.

    seqeval reads all sentences as one list with an O behind each, so this does too.
    """
    starts = [0, *accumulate(len(tags) + 1 for tags in sentences)]
    chunks: list[set[Chunk]] = [set() for _ in sentences]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # seqeval warns of each tag without a B- or I- prefix
        found = get_entities([tag for tags in sentences for tag in (*tags, "O")])
    for name, first, last in found:
        at = bisect_right(starts, last) - 1
        chunks[at].add((name, first - starts[at], last - starts[at]))
    return chunks


F1 = Metric("f1", "F1", counts)
