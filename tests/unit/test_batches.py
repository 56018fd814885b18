"""Batches: every example once an epoch, within the token budget, with little padding."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from xfer_core.stages import arrays
from xfer_core.stages.arrays import Encoded
from xfer_core.stages.batches import Batch, batch_of, ordered_batches, training_batches

PAD, TOKENS, N = 1, 256, 400


def sentences(n: int = N, longest: int = 60, seed: int = 0) -> list[list[int]]:
    rng = np.random.default_rng(seed)
    return [rng.integers(10, 99, size=rng.integers(1, longest)).tolist() for _ in range(n)]


def classified() -> Encoded:
    return arrays.single(sentences(), list(range(N)))


def tagged() -> Encoded:
    items = sentences()
    return arrays.single(items, [token % 7 for item in items for token in item])


def chosen() -> Encoded:
    """Questions with two to five options."""
    sizes = np.random.default_rng(1).integers(2, 6, size=N // 4)
    ids, offsets = arrays.flat(sentences(int(sizes.sum()), 20))
    groups = np.concatenate([[0], np.cumsum(sizes)])
    return Encoded(ids, offsets, groups, np.arange(len(sizes)))


EVERY = pytest.mark.parametrize("make", [classified, tagged, chosen])


def epoch(batches: Iterator[Batch], n: int) -> list[Batch]:
    found, seen = [], 0
    while seen < n:
        found.append(next(batches))
        seen += len(found[-1].examples)
    return found


def training(encoded: Encoded, seed: int = 1, tokens: int = TOKENS) -> Iterator[Batch]:
    return training_batches(encoded, tokens, PAD, np.random.default_rng(seed))


def padding(batches: list[Batch]) -> float:
    cells = sum(batch.ids.numel() for batch in batches)
    return 1 - sum(int(batch.attention.sum()) for batch in batches) / cells


@EVERY
def test_every_example_once_an_epoch(make):
    encoded = make()
    batches = training(encoded)
    for _ in range(2):
        seen = np.concatenate([batch.examples for batch in epoch(batches, encoded.n_examples)])
        assert sorted(seen) == list(range(encoded.n_examples))


@EVERY
def test_evaluation_has_every_example_once_and_the_longest_first(make):
    encoded = make()
    batches = list(ordered_batches(encoded, TOKENS, PAD))
    seen = np.concatenate([batch.examples for batch in batches])
    assert sorted(seen) == list(range(encoded.n_examples))
    longest = [batch.ids.shape[1] for batch in batches]
    assert longest == sorted(longest, reverse=True)


@EVERY
def test_no_batch_is_over_the_token_budget(make):
    encoded = make()
    ordered = list(ordered_batches(encoded, TOKENS, PAD))
    for batch in [*ordered, *epoch(training(encoded), encoded.n_examples)]:
        assert batch.ids.numel() <= TOKENS or len(batch.examples) == 1


def test_one_example_over_the_budget_is_a_batch_of_its_own():
    encoded = arrays.single([[5] * 40, [6] * 3, [7] * 2], [0, 1, 2])
    shapes = [tuple(batch.ids.shape) for batch in ordered_batches(encoded, 10, PAD)]
    assert shapes == [(1, 40), (2, 3)]


@EVERY
def test_tokens_masks_and_labels_are_those_of_the_examples(make):
    encoded = make()
    per_token = len(encoded.labels) == len(encoded.ids)
    for batch in ordered_batches(encoded, TOKENS, PAD):
        items = encoded.items(batch.examples)
        assert batch.options == [
            int(encoded.groups[e + 1] - encoded.groups[e]) for e in batch.examples
        ]
        assert len(batch.ids) == len(items) == sum(batch.options)
        for row, item in enumerate(items):
            span = slice(encoded.offsets[item], encoded.offsets[item + 1])
            length = int(batch.attention[row].sum())
            assert batch.ids[row, :length].tolist() == encoded.ids[span].tolist()
            assert set(batch.ids[row, length:].tolist()) <= {PAD}
            if per_token:
                assert batch.labels[row, :length].tolist() == encoded.labels[span].tolist()
                assert set(batch.labels[row, length:].tolist()) <= {-100}
        if not per_token:
            assert batch.labels.tolist() == encoded.labels[batch.examples].tolist()


def test_examples_of_like_length_go_together():
    encoded = classified()
    bucketed = padding(epoch(training(encoded), N))
    drawn = np.random.default_rng(0).permutation(N)
    parts = [batch_of(encoded, part, PAD) for part in np.array_split(drawn, N // 8)]
    assert bucketed < 0.2  # lengths from 1 to 60 are as uneven as they get
    assert bucketed < 0.5 * padding(parts)


def test_the_seed_decides_the_order():
    def order(seed: int) -> list[int]:
        return [
            int(example)
            for batch in epoch(training(classified(), seed), N)
            for example in batch.examples
        ]

    assert order(1) == order(1)
    assert order(1) != order(2)


def test_batches_of_different_lengths_come_mixed():
    widths = [batch.ids.shape[1] for batch in epoch(training(classified()), N)]
    assert widths not in (sorted(widths), sorted(widths, reverse=True))


def test_joined_arrays_are_their_parts_in_order():
    one, two = chosen(), arrays.single([[4, 5], [6]], [0, 1])
    joined = arrays.join([one, two])
    assert joined.n_examples == one.n_examples + 2
    items = joined.items(np.array([one.n_examples, one.n_examples + 1]))
    found = [joined.ids[joined.offsets[item] : joined.offsets[item + 1]].tolist() for item in items]
    assert found == [[4, 5], [6]]
    assert joined.lengths().tolist() == [*one.lengths().tolist(), 2, 1]


def test_arrays_survive_the_disk_and_damage_is_seen(tmp_path):
    path, encoded = tmp_path / "arrays" / "one.npz", chosen()
    assert arrays.load(path) is None
    arrays.keep(path, encoded)
    found = arrays.load(path)
    assert found is not None
    for name in ("ids", "offsets", "groups", "labels"):
        assert np.array_equal(getattr(found, name), getattr(encoded, name))
    assert [file.name for file in path.parent.iterdir()] == ["one.npz"]
    path.write_bytes(path.read_bytes()[:100])
    assert arrays.load(path) is None
