from __future__ import annotations

import numpy as np
import pytest
from scipy import stats as scipy_stats

from xfer_core.domain.errors import ShapeError
from xfer_core.stats.gain import intervals, sources_of
from xfer_core.stats.ranking import ranking


def test_one_task_is_the_best_as_often_as_its_t_distribution_is_above_zero() -> None:
    gains = np.array([[0.5, 2.5, 1.0]])
    found = ranking(gains, [], seed=1, draws=40_000)
    t = gains.mean() / (gains.std(ddof=1) / 3**0.5)
    assert found.probability_best[0] == pytest.approx(scipy_stats.t.cdf(t, 2), abs=0.01)
    assert found.probability_best[0] + found.probability_none == pytest.approx(1)
    assert (found.rank_low[0], found.rank_high[0]) == (1, 1)


def test_two_equal_tasks_share_the_probability() -> None:
    gains = [[9.0, 11.0, 10.0], [11.0, 9.0, 10.0]]
    found = ranking(gains, [], seed=1, draws=40_000)
    assert found.probability_best == pytest.approx([0.5, 0.5], abs=0.01)
    assert found.rank_low.tolist() == [1, 1]
    assert found.rank_high.tolist() == [2, 2]


def test_tasks_that_share_the_luck_of_a_seed_are_told_apart() -> None:
    # Their intervals overlap widely, yet the first is 2 points ahead in every seed.
    luck = np.array([-4.0, 0.0, 5.0])
    gains = np.stack([12 + luck, 10 + luck])
    low, high, _ = intervals(gains.mean(axis=1), sources_of(gains, []))
    assert low[0] < high[1]
    found = ranking(gains, [], seed=1)
    assert found.probability_best[0] > 0.9
    assert found.probability_best[1] == 0.0
    assert (found.rank_high[0], found.rank_low[1]) == (1, 2)


def test_one_seed_has_only_the_examples_and_says_so() -> None:
    rng = np.random.default_rng(1)
    differences = rng.normal(0, 40, (2, 1, 400))
    differences -= differences.mean(axis=-1, keepdims=True)
    found = ranking([[1.0], [0.0]], [differences], seed=1, draws=40_000)
    assert not found.seeds_known
    apart = differences[0, 0] - differences[1, 0]
    wins = scipy_stats.norm.cdf(1 / (apart.std(ddof=1) / 20))
    first_or_none = found.probability_best[0] / (1 - found.probability_none)
    assert first_or_none == pytest.approx(wins, abs=0.1)


def test_many_seeds_agree_with_the_bootstrap_step_by_step() -> None:
    rng = np.random.default_rng(2)
    n_tasks, n_seeds, n_examples = 3, 30, 80
    luck = rng.normal(0, 3, n_seeds) + rng.normal(0, 2, (n_tasks, n_seeds))
    hard = rng.normal(0, 15, (n_tasks, 1, n_examples)) + rng.normal(0, 25, (1, 1, n_examples))
    each = np.array([1.0, 0.5, 0.0])[:, None, None] + luck[..., None] + hard
    gains = each.mean(axis=-1)
    found = ranking(gains, [each - gains[..., None]], seed=1, draws=20_000)
    replicates = []
    for _ in range(4000):
        seeds = rng.integers(n_seeds, size=n_seeds)
        examples = rng.integers(n_examples, size=n_examples)
        replicates.append(each[:, seeds][:, :, examples].mean(axis=(1, 2)))
    drawn = np.array(replicates)
    won = np.bincount(drawn.argmax(axis=1)[drawn.max(axis=1) > 0], minlength=3) / len(drawn)
    assert found.probability_best == pytest.approx(won, abs=0.03)
    assert found.probability_none == pytest.approx((drawn.max(axis=1) <= 0).mean(), abs=0.03)
    ranks = 1 + (-drawn).argsort(axis=1).argsort(axis=1)
    assert found.rank_high.tolist() == np.quantile(ranks, 0.975, axis=0).astype(int).tolist()


def test_sets_of_examples_add_up_and_widen_the_doubt() -> None:
    rng = np.random.default_rng(3)
    gains = np.array([[3.0, 3.2, 2.9], [1.0, 1.1, 0.8]])
    sure = ranking(gains, [], seed=1).probability_best[0]
    sets = [rng.normal(0, 30, (2, 1, n)).repeat(3, axis=1) for n in (150, 90)]
    one = ranking(gains, sets[:1], seed=1).probability_best[0]
    both = ranking(gains, sets, seed=1).probability_best[0]
    assert sure > one > both > 0.3


def test_gains_must_fit_their_examples() -> None:
    with pytest.raises(ShapeError, match="only seeds that all tasks have"):
        ranking(np.zeros((2, 3)), [np.zeros((2, 2, 5))], seed=1)
    with pytest.raises(ShapeError, match=r"\(0, 3\)"):
        ranking(np.zeros((0, 3)), [], seed=1)
