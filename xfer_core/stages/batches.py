"""Batches of a token budget, bucketed by length, so that little is spent on padding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from xfer_core.stages.arrays import Encoded, Ints

POOL = 8
"""Batches' worth of examples that are sorted by length together in training.

More save little padding (8: 2%, 50: none) and cost learning: batches of one length are of one kind
of sentence, and small ones then pull the weights to and fro.
"""


@dataclass(frozen=True)
class Batch:
    """Padded token ids (items, longest), their mask, and which examples they are."""

    ids: torch.Tensor
    attention: torch.Tensor
    examples: Ints
    labels: torch.Tensor
    options: list[int]
    """Items per example; all 1 but for multiple choice."""

    def to(self, device: torch.device) -> Batch:
        """The batch on a device."""
        return Batch(
            self.ids.to(device),
            self.attention.to(device),
            self.examples,
            self.labels.to(device),
            self.options,
        )


def training_batches(
    encoded: Encoded, tokens: int, pad: int, rng: np.random.Generator
) -> Iterator[Batch]:
    """Endless batches in random order; each epoch is drawn anew."""
    lengths, sizes = encoded.lengths(), np.diff(encoded.groups)
    while True:
        order = rng.permutation(encoded.n_examples)
        mean = max(1.0, float((lengths * sizes).mean()))
        pool = max(1, int(POOL * tokens / mean))
        cuts: list[Ints] = []
        for start in range(0, len(order), pool):
            part = order[start : start + pool]
            part = part[np.argsort(lengths[part], kind="stable")]
            cuts += _cut(part, lengths, sizes, tokens)
        for number in rng.permutation(len(cuts)):
            yield batch_of(encoded, cuts[number], pad)


def ordered_batches(encoded: Encoded, tokens: int, pad: int) -> Iterator[Batch]:
    """Every example once, longest first, so that a lack of memory shows at once."""
    lengths, sizes = encoded.lengths(), np.diff(encoded.groups)
    order = np.argsort(-lengths, kind="stable")
    for part in _cut(order, lengths, sizes, tokens):
        yield batch_of(encoded, part, pad)


def _cut(order: Ints, lengths: Ints, sizes: Ints, tokens: int) -> list[Ints]:
    """Cut an order into runs whose padded size stays within the budget (at least one each)."""
    cuts, start, longest, items = [], 0, 0, 0
    for position, example in enumerate(order):
        longest_with = max(longest, int(lengths[example]))
        items_with = items + int(sizes[example])
        if position > start and longest_with * items_with > tokens:
            cuts.append(order[start:position])
            start, longest_with, items_with = position, int(lengths[example]), int(sizes[example])
        longest, items = longest_with, items_with
    return [*cuts, order[start:]]


def batch_of(encoded: Encoded, examples: Ints, pad: int) -> Batch:
    """Some examples as one batch, padded to the longest."""
    items = encoded.items(examples)
    starts, stops = encoded.offsets[items], encoded.offsets[items + 1]
    longest = int((stops - starts).max())
    positions = starts[:, None] + np.arange(longest)[None, :]
    inside = positions < stops[:, None]
    taken = np.minimum(positions, len(encoded.ids) - 1)
    ids = np.where(inside, encoded.ids[taken], pad)
    if len(encoded.labels) == len(encoded.ids):  # one label per token
        labels = np.where(inside, encoded.labels[taken], -100)
    else:
        labels = encoded.labels[examples]
    return Batch(
        torch.from_numpy(ids),
        torch.from_numpy(inside.astype(np.int64)),
        examples,
        torch.from_numpy(labels),
        np.diff(encoded.groups)[examples].tolist(),
    )
