from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.power import TTestPower

from xfer_core.domain.errors import UsageError
from xfer_core.stats.gain import intervals, sources_of
from xfer_core.stats.power import (
    detectable_gain,
    example_variance,
    pooled_sd,
    power,
    seeds_needed,
)


def test_pooled_spread_worked_by_hand() -> None:
    # (1 * 3^2 + 2 * 6^2) / 3 = 27; one seed says nothing.
    assert pooled_sd([3.0, 6.0, float("nan")], [2, 3, 1]) == pytest.approx(27**0.5)
    assert np.isnan(pooled_sd([float("nan")], [1]))


def test_variance_of_the_examples_worked_by_hand() -> None:
    # Half-width 5 from sd 1 over 3 seeds: 25 = 4.3027^2 / 3 + 1.96^2 * v.
    assert example_variance(5.0, 1.0, 3) == pytest.approx((25 - 18.513 / 3) / 3.8415, abs=1e-3)
    assert example_variance(1.96, float("nan"), 1) == pytest.approx(1.0, abs=1e-4)
    assert example_variance(1.0, 5.0, 3) == 0


def test_variance_of_the_examples_is_found_again_in_an_interval() -> None:
    rng = np.random.default_rng(2)
    gains = rng.normal(1, 2, 3)
    each = rng.normal(0, 30, (1, 800)) + rng.normal(0, 10, (3, 800))
    sources = sources_of(gains, [each])
    low, high, _ = intervals(gains.mean(), sources)
    expected = sources.examples - sources.interaction
    found = example_variance((high - low) / 2, gains.std(ddof=1), 3)
    assert found == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize("n_seeds", [2, 3, 5, 12])
@pytest.mark.parametrize("gain", [0.0, 1.0, 4.0])
def test_without_examples_it_is_the_power_of_the_t_test(gain: float, n_seeds: int) -> None:
    expected = TTestPower().power(gain / 2.0, n_seeds, 0.05)
    assert power(gain, 2.0, n_seeds) == pytest.approx(expected, abs=2e-3)


def test_with_examples_it_is_how_often_the_interval_excludes_zero() -> None:
    rng = np.random.default_rng(1)
    n, n_seeds, n_examples, own_sd = 4000, 3, 150, 25.0
    gains = 4 + rng.normal(0, 1.5, (n, n_seeds)) + rng.normal(0, own_sd / n_examples**0.5, (n, 1))
    examples = rng.normal(0, own_sd, (n, 1, n_examples)).repeat(n_seeds, axis=1)
    p = intervals(gains.mean(axis=1), sources_of(gains, [examples]))[2]
    found = power(4, 1.5, n_seeds, example_variance=own_sd**2 / n_examples)
    assert found == pytest.approx((p < 0.05).mean(), abs=0.03)
    assert 0.2 < found < 0.6


def test_without_noise_every_gain_is_seen() -> None:
    assert power(0.1, 0.0, 2) == 1.0
    assert power(0.0, 0.0, 2) == 0.0


def test_what_can_be_seen_has_exactly_the_wanted_power() -> None:
    for n_seeds in (2, 3, 5):
        least = detectable_gain(2.0, n_seeds, example_variance=1.0)
        assert power(least, 2.0, n_seeds, example_variance=1.0) == pytest.approx(0.8, abs=1e-6)
    expected = TTestPower().solve_power(nobs=3, alpha=0.05, power=0.8) * 2.0
    assert detectable_gain(2.0, 3) == pytest.approx(expected, rel=5e-3)


def test_more_seeds_more_examples_and_a_weaker_level_show_smaller_gains() -> None:
    by_seeds = [detectable_gain(2.0, n, example_variance=0.5) for n in (2, 3, 5, 10)]
    assert by_seeds == sorted(by_seeds, reverse=True)
    assert detectable_gain(2.0, 3, example_variance=0.1) < by_seeds[1]
    assert detectable_gain(2.0, 3, example_variance=0.5, level=0.05 / 16) > by_seeds[1]


def test_one_seed_shows_nothing() -> None:
    assert power(50.0, 1.0, 1) == 0.0
    assert detectable_gain(1.0, 1) == float("inf")


@pytest.mark.parametrize(("gain", "own"), [(1.0, 0.0), (2.0, 0.2), (3.0, 0.5)])
def test_seeds_needed_agree_with_trying_one_after_the_other(gain: float, own: float) -> None:
    tried = next(n for n in range(2, 101) if power(gain, 2.0, n, example_variance=own) >= 0.8)
    assert seeds_needed(gain, 2.0, example_variance=own) == tried


def test_a_test_set_may_be_too_small_for_any_number_of_seeds() -> None:
    assert seeds_needed(1.0, 0.5, example_variance=1.0) is None
    assert seeds_needed(0.0, 1.0) is None


def test_the_wanted_power_must_make_sense() -> None:
    with pytest.raises(UsageError, match="got 80"):
        detectable_gain(1.0, 3, wanted=80)
    with pytest.raises(UsageError, match="got 0.01"):
        seeds_needed(1.0, 1.0, wanted=0.01)
