"""The interval of a cell; its parts and its coverage are tested beside it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import optimize
from scipy import stats as scipy_stats

from xfer_core.stats.gain import Sources, gain_interval, intervals, sources_of


def test_half_width_worked_by_hand() -> None:
    # Two seeds: t = 12.706, z = 1.96. Seeds 0.04, rounding 0.01, own 3 - 2 = 1.
    sources = Sources(*map(np.array, (0.04, 3.0, 2.0, 0.01, 2, 1e9)))
    low, high, p = intervals(10.0, sources)
    assert (high - low) / 2 == pytest.approx((12.7062**2 * 0.05 + 1.95996**2) ** 0.5, rel=1e-5)
    assert 0.01 < p < 0.05


def test_the_p_value_solves_the_half_width_for_the_gain() -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        seeds, own, rounding = rng.uniform(0.01, 2, 3)
        n_seeds, df, gain = int(rng.integers(2, 8)), float(rng.integers(20, 400)), rng.normal(0, 4)
        sources = Sources(*map(np.array, (seeds, own + 0.3, 0.3, rounding, n_seeds, df)))

        def beyond(
            p: float,
            parts: tuple[float, ...] = (seeds + rounding, own, n_seeds, df, gain),
        ) -> float:
            over_seeds, over_examples, n, freedom, mean = parts
            t, z = scipy_stats.t.isf(p / 2, n - 1), scipy_stats.t.isf(p / 2, freedom)
            return t**2 * over_seeds + z**2 * over_examples - mean**2

        expected = optimize.brentq(beyond, 1e-14, 1.0, xtol=1e-15)
        assert intervals(gain, sources)[2] == pytest.approx(expected, rel=1e-8)


def test_a_gain_of_nothing_and_one_without_end() -> None:
    sources = Sources(*(np.full(2, each) for each in (1.0, 1.0, 0.0, 0.0, 5, 100.0)))
    p = intervals([0.0, 1e9], sources)[2]
    assert p.tolist() == pytest.approx([1.0, 1e-15])


def right(n_right: int, n: int, together: int = 0) -> np.ndarray:
    return np.roll((np.arange(n) < n_right).astype(float), together)


def test_two_seeds_that_agree_to_the_digit_are_weak_proof() -> None:
    # Both seeds gain 12 of 100 examples; a spread of up to 1 may hide between them.
    score = np.stack([right(72, 100), right(72, 100, 5)])
    baseline = np.stack([right(60, 100), right(60, 100, 5)])
    ones = np.ones_like(score)
    found = gain_interval((score, ones), (baseline, ones))
    assert (found.gain_points, found.sd_points) == pytest.approx((12.0, 0.0))
    sources = sources_of([12.0, 12.0], [100 * (score - baseline) - 12.0])
    assert sources.seeds == pytest.approx(0)
    assert sources.rounding == pytest.approx(1.0**2 / 12 / 2)
    assert found.p_value > 0.01
    believed = intervals(12.0, replace(sources, rounding=np.array(0.0)))[2]
    assert believed < 0.001


def test_the_step_of_a_mean_over_languages_is_a_share_of_an_example() -> None:
    rng = np.random.default_rng(2)
    one = 100.0 * rng.integers(-1, 2, (2, 50))
    mean = (one + 100.0 * rng.integers(-1, 2, (2, 50))) / 2
    assert sources_of([1.0, 2.0], [one]).rounding == pytest.approx(2.0**2 / 24)
    assert sources_of([1.0, 2.0], [mean]).rounding == pytest.approx(1.0**2 / 24)
    assert sources_of([1.0, 2.0], [one, mean]).rounding == pytest.approx(1.0**2 / 24)


def test_scores_that_are_no_multiples_of_anything_are_not_rounded() -> None:
    each = np.random.default_rng(3).normal(0, 30, (3, 500))
    assert sources_of([1.0, 2.0, 4.0], [each]).rounding < 1e-6
    assert sources_of([1.0], [100.0 * np.ones((1, 50))]).rounding == 0
    assert sources_of([1.0, 2.0], []).rounding == 0


def test_a_cell_does_not_depend_on_those_beside_it() -> None:
    rng = np.random.default_rng(4)
    gains, each = rng.normal(size=(9, 3)), rng.normal(0, 30, (9, 3, 257))
    whole = sources_of(gains, [each])
    together = intervals(gains.mean(axis=-1), whole)
    for at in range(9):
        alone = sources_of(gains[at : at + 1], [each[at : at + 1]])
        for name, value in vars(alone).items():
            assert value[0] == vars(whole)[name][at], name
        one = intervals(gains[at : at + 1].mean(axis=-1), alone)
        assert [part[0] for part in one] == [part[at] for part in together]
