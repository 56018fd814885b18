"""Word F1 of extracted answers, with SQuAD's normalisation and MLQA's way with Chinese characters.

For the mini tasks. Articles are not stripped: only English has a list of them here, and a score
must not depend on the language it is computed in. The real tasks have the metrics of their own
papers: ``squad_f1``, ``squad2_f1`` and ``mlqa_f1``.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Sequence

from xfer_core.domain.score import Counts, Metric

_CJK = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
"""Kana and Chinese characters."""


def counts(
    predictions: Sequence[str], references: Sequence[Sequence[str]], language: str = ""
) -> Counts:
    """Per question the F1 with the best of its answers, over 1; no answer wants "" ."""
    scores = [
        max((_f1(predicted, answer) for answer in answers), default=float(not _words(predicted)))
        for predicted, answers in zip(predictions, references, strict=True)
    ]
    return scores, [1.0] * len(scores)


def _f1(predicted: str, answer: str) -> float:
    found, wanted = _words(predicted), _words(answer)
    if not found or not wanted:
        return float(found == wanted)
    common = (Counter(found) & Counter(wanted)).total()
    return 2 * common / (len(found) + len(wanted))


def _words(text: str) -> list[str]:
    """Lower-case words without punctuation; each Chinese character or kana is a word."""
    kept = "".join(
        f" {letter} " if _stands_alone(letter) else letter
        for letter in text.lower()
        if not _is_punctuation(letter)
    )
    return kept.split()


def _is_punctuation(letter: str) -> bool:
    """As MLQA: Unicode's punctuation, and ASCII's, which to SQuAD includes "$" and "+"."""
    return letter in string.punctuation or unicodedata.category(letter).startswith("P")


def _stands_alone(letter: str) -> bool:
    return bool(_CJK.match(letter))


SPAN_F1 = Metric("span_f1", "F1", counts)
