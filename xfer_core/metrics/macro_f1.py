"""Macro F1 of labels: the mean over classes of their F1, as scikit-learn computes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

from xfer_core.domain.score import Counts, Metric


def counts(
    predictions: Sequence[Hashable], references: Sequence[Hashable], language: str = ""
) -> Counts:
    """Per example the macro F1 plus the example's influence on it, over 1.

    Classes are those that occur among the predictions or the references. With F the F1 of a
    class, a = 2 x true positives and b = predicted + gold of one example, and n / B the number of
    examples over the sum of b, its influence is (a - F x b) x n / B; a macro F1 is their mean.
    """
    pairs = list(zip(predictions, references, strict=True))
    found, wanted = Counter(predictions), Counter(references)
    right = Counter(one for one, other in pairs if one == other)
    both = found + wanted
    f1 = {name: 2 * right[name] / total for name, total in both.items()}
    classes, examples = len(both), len(pairs)
    value = sum(f1.values()) / classes if classes else 0.0

    def influence(predicted: Hashable, gold: Hashable) -> float:
        if predicted == gold:
            return (2 - 2 * f1[gold]) * examples / both[gold]
        return -sum(f1[name] * examples / both[name] for name in (predicted, gold))

    return [value + influence(*pair) / classes for pair in pairs], [1.0] * examples


MACRO_F1 = Metric("macro_f1", "macro F1", counts, linearised=True)
