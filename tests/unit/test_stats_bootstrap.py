from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats as scipy_stats

from xfer_core.domain.errors import ShapeError
from xfer_core.stats.bootstrap import BootstrapGain, multi_bootstrap

Pair = tuple[tuple[np.ndarray, np.ndarray | None], tuple[np.ndarray, np.ndarray | None]]


def accuracy(seed: int, n_seeds: int, n_examples: int) -> Pair:
    rng = np.random.default_rng(seed)
    difficulty = rng.normal(size=n_examples)
    sides = [
        difficulty + rng.normal(0.4 + right, 0.5, (n_seeds, 1)) > 0.7 * rng.normal(size=n_examples)
        for right in (0.2, 0.0)
    ]
    return (sides[0].astype(float), None), (sides[1].astype(float), None)


def entities(seed: int, n_seeds: int, n_sentences: int) -> Pair:
    rng = np.random.default_rng(seed)
    gold = rng.poisson(1.5, n_sentences)
    found = [rng.binomial(gold, share, (n_seeds, n_sentences)) for share in (0.7, 0.6)]
    bottoms = [each + rng.poisson(0.4, each.shape) + gold for each in found]
    first, other = ((2.0 * f, b.astype(float)) for f, b in zip(found, bottoms, strict=True))
    return first, other


def ratio(counts: tuple[np.ndarray, np.ndarray | None], seed: int, at: np.ndarray) -> float:
    top, bottom = counts
    below = len(at) if bottom is None else bottom[seed][at].sum()
    return float(top[seed][at].sum() / below)


def brute_force(pairs: list[Pair], replicates: int, seed: int) -> np.ndarray:
    """The algorithm as the paper words it, one replicate after the other."""
    rng = np.random.default_rng(seed)
    n_seeds = pairs[0][0][0].shape[0]
    gains = []
    for _ in range(replicates):
        seeds = rng.integers(n_seeds, size=n_seeds)
        drawn: dict[int, np.ndarray] = {}
        values = []
        for score, base in pairs:
            n = score[0].shape[1]
            at = drawn.setdefault(n, rng.integers(n, size=n))
            values += [ratio(score, one, at) - ratio(base, one, at) for one in seeds]
        gains.append(100 * np.mean(values))
    return np.array(gains)


def test_one_seed_and_two_examples_worked_by_hand() -> None:
    # Differences 1 and 0: two draws give 0, 1/2, 1 in 1, 2 and 1 of 4 cases.
    found = multi_bootstrap([(([[1, 1]], None), ([[0, 1]], None))], seed=1, replicates=40_000)
    values, counts = np.unique(found.replicates, return_counts=True)
    assert values.tolist() == [0.0, 50.0, 100.0]
    assert counts / 40_000 == pytest.approx([0.25, 0.5, 0.25], abs=0.01)
    assert found.gain_points == 50.0
    assert (found.ci_low, found.ci_high) == (0.0, 100.0)


def test_two_seeds_and_one_example_worked_by_hand() -> None:
    # Only the seeds differ: gains 100 and 0, drawn twice.
    found = multi_bootstrap([(([[1], [0]], None), ([[0], [0]], None))], seed=1, replicates=40_000)
    values, counts = np.unique(found.replicates, return_counts=True)
    assert values.tolist() == [0.0, 50.0, 100.0]
    assert counts / 40_000 == pytest.approx([0.25, 0.5, 0.25], abs=0.01)
    # A quarter lies at 0, none below: twice that, with the one that is always added.
    assert found.p_value == pytest.approx(2 * (counts[0] + 1) / 40_001)


def test_f1_of_two_sentences_worked_by_hand() -> None:
    # F1 is sum 2 tp / sum (predicted + gold): (2, 0) over (2, 2) against (0, 2) over (2, 2).
    score, base = ([[2.0, 0.0]], [[2.0, 2.0]]), ([[0.0, 2.0]], [[2.0, 4.0]])
    found = multi_bootstrap([(score, base)], seed=1, replicates=20_000)
    # Drawn twice the first: 1 - 0; once each: 2/4 - 2/6; twice the second: 0 - 1/2.
    values, counts = np.unique(found.replicates.round(6), return_counts=True)
    assert values == pytest.approx([-50, 100 / 6, 100])
    assert counts / 20_000 == pytest.approx([0.25, 0.5, 0.25], abs=0.015)
    assert found.gain_points == pytest.approx(100 / 6)


@pytest.mark.parametrize(
    "pairs",
    [
        [accuracy(1, 6, 60)],
        [entities(2, 3, 60)],
        [accuracy(3, 2, 40), accuracy(4, 2, 40)],
        [accuracy(5, 2, 40), entities(6, 2, 70)],
    ],
    ids=["accuracy", "entity F1", "parallel languages", "languages of unequal size"],
)
def test_it_agrees_with_the_algorithm_one_step_at_a_time(pairs: list[Pair]) -> None:
    found = multi_bootstrap(pairs, seed=1, replicates=8000).replicates
    expected = brute_force(pairs, 3000, seed=2)
    spread = expected.std()
    assert found.mean() == pytest.approx(expected.mean(), abs=0.1 * spread)
    assert found.std() == pytest.approx(spread, rel=0.06)
    tails = [0.025, 0.25, 0.75, 0.975]
    assert np.quantile(found, tails) == pytest.approx(
        np.quantile(expected, tails), abs=0.2 * spread
    )


def test_one_seed_agrees_with_scipy() -> None:
    pair = accuracy(7, 1, 400)
    difference = 100 * (pair[0][0][0] - pair[1][0][0])
    found = multi_bootstrap([pair], seed=1)
    expected = scipy_stats.bootstrap(
        (difference,), np.mean, method="percentile", n_resamples=9999, rng=2
    ).confidence_interval
    assert (found.ci_low, found.ci_high) == pytest.approx((expected.low, expected.high), abs=0.3)


def scaled(pair: Pair, by: float, below: float | None) -> Pair:
    def side(top: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        return by * top, None if below is None else np.full_like(top, below)

    return side(pair[0][0]), side(pair[1][0])


@pytest.mark.parametrize(
    ("by", "below"), [(0.3, None), (2.0, 2.0)], ids=["means, drawn one by one", "ratios"]
)
def test_all_ways_of_drawing_give_one_distribution(by: float, below: float | None) -> None:
    pair = accuracy(8, 4, 300)
    pooled = multi_bootstrap([pair], seed=1)
    other = multi_bootstrap([scaled(pair, by, below)], seed=2)
    times = by / (below or 1)
    assert other.gain_points == pytest.approx(times * pooled.gain_points)
    assert other.replicates.std() == pytest.approx(times * pooled.replicates.std(), rel=0.04)
    near = 0.08 * pooled.replicates.std()
    ends = (other.ci_low / times, other.ci_high / times)
    assert ends == pytest.approx((pooled.ci_low, pooled.ci_high), abs=near)


def test_one_seed_is_marked_as_such_and_never_significant() -> None:
    found = multi_bootstrap([((np.ones((1, 50)), None), (np.zeros((1, 50)), None))], seed=1)
    assert found.examples_only
    assert np.isnan(found.p_value)
    assert found.ci_low == 100.0


def test_resamples_without_a_value_are_left_out() -> None:
    score, base = ([[2.0, 0.0]], [[2.0, 0.0]]), ([[0.0, 0.0]], [[1.0, 0.0]])
    found = multi_bootstrap([(score, base)], seed=1, replicates=1000)
    assert 700 < len(found.replicates) < 800
    assert set(found.replicates) == {100.0}
    nothing = multi_bootstrap([((np.zeros((2, 3)),) * 2,) * 2], seed=1, replicates=10)
    assert np.isnan([nothing.ci_low, nothing.p_value]).all()


def test_the_same_seed_gives_the_same_interval() -> None:
    pair = accuracy(9, 3, 100)
    first, again = (multi_bootstrap([pair], seed=5) for _ in range(2))
    np.testing.assert_array_equal(first.replicates, again.replicates)
    assert (first.replicates != multi_bootstrap([pair], seed=6).replicates).any()


def test_it_refuses_sides_and_languages_that_do_not_match() -> None:
    ones = np.ones((2, 5))
    with pytest.raises(ShapeError, match="same seeds and examples"):
        multi_bootstrap([((ones, None), (ones[:, :4], None))], seed=1)
    with pytest.raises(ShapeError, match="same seeds; got \\[1, 2\\]"):
        pairs = [((each, None), (each, None)) for each in (ones, ones[:1])]
        multi_bootstrap(pairs, seed=1)
    with pytest.raises(ShapeError, match="denominator per numerator"):
        multi_bootstrap([((ones, ones[:1]), (ones, None))], seed=1)


def least_seconds(work: Callable[[], BootstrapGain]) -> float:
    """Processor time, since other processes must not decide a test."""
    seconds = []
    for _ in range(7):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return min(seconds)


def test_ten_thousand_replicates_of_accuracy_take_at_most_50_ms() -> None:
    pair = accuracy(10, 5, 5010)
    assert least_seconds(lambda: multi_bootstrap([pair], seed=1)) <= 0.05


@pytest.mark.parametrize("kind", ["mean", "ratio"])
def test_two_thousand_replicates_of_continuous_scores_take_at_most_500_ms(kind: str) -> None:
    tops = np.random.default_rng(11).random((2, 5, 5010))
    below = None if kind == "mean" else np.full((5, 5010), 2.0)
    pair = ((tops[0], below), (tops[1], below))
    assert least_seconds(lambda: multi_bootstrap([pair], seed=1, replicates=2000)) <= 0.5
