from __future__ import annotations

import numpy as np
import pytest
from scipy import stats as scipy_stats
from scipy.special import ndtri

from xfer_core.domain.errors import ShapeError
from xfer_core.stats import (
    benjamini_hochberg,
    gain_interval,
    influences,
    intervals,
    mean_interval,
    median_interval,
    paired_gain,
    pareto_frontier,
    percentiles,
    sources_of,
)

NAN = float("nan")


def test_paired_gain_is_in_points_and_keeps_gaps() -> None:
    gain = paired_gain([[0.75, NAN], [0.5, 0.5]], [[0.5, 0.5], [0.75, NAN]])
    np.testing.assert_array_equal(gain, [[25.0, NAN], [-25.0, NAN]])


def test_paired_gain_refuses_unequal_shapes() -> None:
    with pytest.raises(ShapeError, match=r"\(2,\) and \(3,\)"):
        paired_gain([0.1, 0.2], [0.1, 0.2, 0.3])


def test_influences_on_accuracy_are_the_deviations() -> None:
    np.testing.assert_allclose(influences([1, 1, 1, 0], np.ones(4)), [25, 25, 25, -75])


def test_influences_on_a_ratio_worked_by_hand() -> None:
    # value 4 / 8 = 0.5, mean denominator 2: (0 - .5) / 2, (2 - 1) / 2, (1 - 1) / 2, (1 - 1.5) / 2
    by_hand = [-25, 50, 0, -25]
    np.testing.assert_allclose(influences([0, 2, 1, 1], [1, 2, 2, 3]), by_hand)


def test_influence_variance_of_a_ratio_agrees_with_the_jackknife() -> None:
    rng = np.random.default_rng(1)
    bottom = rng.integers(1, 9, 400).astype(float)
    top = rng.binomial(bottom.astype(int), 0.6).astype(float)
    left_out = 100 * (top.sum() - top) / (bottom.sum() - bottom)
    jackknife = 399 / 400 * ((left_out - left_out.mean()) ** 2).sum()
    assert influences(top, bottom).var(ddof=1) / 400 == pytest.approx(jackknife, rel=0.02)


def test_sources_worked_by_hand() -> None:
    sources = sources_of([1.0, 3.0], [[[2.0, -2.0], [0.0, 0.0]]])
    assert sources.seeds == pytest.approx(1.0)  # s^2 = 2, two seeds
    assert sources.examples == pytest.approx(1.0)  # means 1, -1: s^2 = 2, two examples
    assert sources.interaction == pytest.approx(1.0)  # rest 1 -1 / -1 1: 4 / 1 / (2 * 2)
    assert sources.example_df == pytest.approx(1.0)


def test_sources_of_two_sets_of_examples_add_up() -> None:
    rng = np.random.default_rng(2)
    sets = [rng.normal(size=(3, n)) for n in (20, 50)]
    both = sources_of([0.0, 1.0, 2.0], sets)
    single = [sources_of([0.0, 1.0, 2.0], [each]) for each in sets]
    assert both.examples == pytest.approx(sum(each.examples for each in single))
    assert both.interaction == pytest.approx(sum(each.interaction for each in single))
    assert 19 < both.example_df <= 68


def test_without_examples_it_is_the_t_test_over_seeds() -> None:
    gains = np.array([1.0, 2.5, 0.5, 3.0])
    low, high, p = intervals(gains.mean(), sources_of(gains, []))
    expected = scipy_stats.ttest_1samp(gains, 0)
    assert p == pytest.approx(expected.pvalue, rel=1e-9)
    assert (low, high) == pytest.approx(tuple(expected.confidence_interval(0.95)))


def test_one_seed_is_the_paired_t_interval_over_examples_without_p() -> None:
    rng = np.random.default_rng(3)
    score, baseline = rng.integers(0, 2, (2, 1, 200)).astype(float)
    ones = np.ones((1, 200))
    found = gain_interval((score, ones), (baseline, ones))
    expected = scipy_stats.ttest_rel(score[0], baseline[0]).confidence_interval(0.95)
    assert (found.ci_low, found.ci_high) == pytest.approx((100 * expected.low, 100 * expected.high))
    assert np.isnan(found.p_value)
    assert np.isnan(found.sd_points)


def test_p_below_five_percent_exactly_where_the_interval_excludes_zero() -> None:
    rng = np.random.default_rng(4)
    gains = rng.normal(1.0, 1.5, (500, 3))
    sources = sources_of(gains, [rng.normal(0, 30, (500, 3, 200))])
    low, high, p = intervals(gains.mean(axis=-1), sources)
    np.testing.assert_array_equal(p < 0.05, (low > 0) | (high < 0))
    assert 0 < (p < 0.05).mean() < 1


def test_batches_equal_single_cells() -> None:
    rng = np.random.default_rng(5)
    score, baseline = rng.integers(0, 2, (2, 4, 3, 50)).astype(float)
    ones = np.ones_like(score)
    batch = gain_interval((score, ones), (baseline, ones))
    for at in range(4):
        one = gain_interval((score[at], ones[at]), (baseline[at], ones[at]))
        assert one.p_value == pytest.approx(batch.p_value[at])
        assert one.ci_low == pytest.approx(batch.ci_low[at])


def test_no_spread_at_all() -> None:
    same, none = np.ones((2, 5)), np.zeros((2, 5))
    equal = gain_interval((same, same), (same, same))
    assert (equal.gain_points, equal.ci_low, equal.ci_high, equal.p_value) == (0, 0, 0, 1)
    assert np.isnan(gain_interval((same, same), (none, same)).p_value)


def test_one_example_gives_no_interval() -> None:
    one, none = np.ones((2, 1)), np.zeros((2, 1))
    assert np.isnan(gain_interval((one, one), (none, one)).ci_low)


def test_gain_interval_refuses_other_examples() -> None:
    with pytest.raises(ShapeError, match="same examples"):
        gain_interval((np.ones((2, 5)),) * 2, (np.ones((2, 6)),) * 2)


def test_benjamini_hochberg_worked_by_hand() -> None:
    # m = 4, limits .0125 .025 .0375 .05: .03 passes at rank 3 and takes .026 with it
    marks = benjamini_hochberg([0.03, None, 0.001, 0.2, NAN, 0.026])
    assert marks.tolist() == [True, False, True, False, False, True]


@pytest.mark.parametrize("p_values", [[], [None], [NAN, None]])
def test_benjamini_hochberg_without_values(p_values: list[float | None]) -> None:
    assert benjamini_hochberg(p_values).tolist() == [False] * len(p_values)


def test_benjamini_hochberg_agrees_with_scipy() -> None:
    rng = np.random.default_rng(6)
    for n in (1, 2, 7, 40):
        p = rng.uniform(size=n) ** 3
        expected = scipy_stats.false_discovery_control(p) <= 0.05
        np.testing.assert_array_equal(benjamini_hochberg(p), expected)


def test_percentiles_worked_by_hand() -> None:
    assert percentiles([4, 1, 3, 2], (50, 90)) == pytest.approx((2.5, 3.7))
    assert all(np.isnan(percentiles([])))


def test_median_interval_agrees_with_scipy() -> None:
    samples = np.random.default_rng(7).lognormal(3, 0.3, 101)
    found = median_interval(samples, seed=1)
    expected = scipy_stats.bootstrap(
        (samples,), np.median, method="percentile", n_resamples=4000, rng=2
    ).confidence_interval
    assert found == pytest.approx((expected.low, expected.high), rel=0.02)
    assert found == median_interval(samples, seed=1)
    assert all(np.isnan(median_interval([], seed=1)))


def test_mean_interval_agrees_with_scipy() -> None:
    values = [0.61, 0.64, 0.6]
    expected = scipy_stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert mean_interval(values) == pytest.approx((expected.low, expected.high))
    assert all(np.isnan(mean_interval([0.5])))


def test_frontier_keeps_ties_and_skips_gaps() -> None:
    latency = [1.0, 1.0, 2.0, 3.0, NAN, 3.0]
    score = [0.5, 0.5, 0.4, 0.9, 0.99, NAN]
    found = pareto_frontier(latency, score)
    assert found.tolist() == [True, True, False, True, False, False]
    assert pareto_frontier([], []).tolist() == []


def test_frontier_agrees_with_brute_force() -> None:
    rng = np.random.default_rng(8)
    x, y = rng.integers(0, 8, (2, 60))
    points = list(zip(x.tolist(), y.tolist(), strict=True))
    beats = lambda a, b: a[0] <= b[0] and a[1] >= b[1] and a != b  # noqa: E731
    expected = [not any(beats(other, point) for other in points) for point in points]
    assert pareto_frontier(x, y).tolist() == expected


def null_heatmaps(
    n: int, n_seeds: int, noise_points: float, seed: int, n_examples: int = 300
) -> tuple[np.ndarray, np.ndarray]:
    """Correctness (n, 4 targets, 4 intermediates or 1 baseline, n_seeds, n_examples) of models
    that gain nothing: seed noise of ``noise_points`` per side, and examples that each model finds
    harder or easier for good (0.3) or in one seed (0.3), around 70% accuracy."""
    rng = np.random.default_rng(seed)
    scale = np.sqrt(1 + 2 * 0.3**2)
    centre = ndtri(0.7)
    density = np.exp(-(centre**2) / 2) / np.sqrt(2 * np.pi)
    by_seed = noise_points / 100 / density * scale

    def normal(*shape: int) -> np.ndarray:
        return rng.standard_normal((n, 4, *shape), dtype=np.float32)

    difficulty = centre * scale + normal(1, 1, n_examples)

    def side(models: int) -> np.ndarray:
        latent = difficulty + 0.3 * normal(models, 1, n_examples)
        latent = latent + by_seed * normal(models, n_seeds, 1)
        return (latent + 0.3 * normal(models, n_seeds, n_examples) > 0).astype(np.float32)

    return side(4), side(1)


def coverage_and_false_marks(
    n_seeds: int, noise_points: float, repeats: int = 4, batch: int = 100
) -> tuple[float, float]:
    covered, marked = [], []
    for repeat in range(repeats):
        score, baseline = null_heatmaps(batch, n_seeds, noise_points, seed=100 + repeat)
        baseline = np.broadcast_to(baseline, score.shape)
        ones = np.ones_like(score)
        p = gain_interval((score, ones), (baseline, ones)).p_value.reshape(batch, 16)
        covered.append((p >= 0.05).mean())
        marked.append(np.mean([benjamini_hochberg(family).any() for family in p]))
    return float(np.mean(covered)), float(np.mean(marked))


FALSE_MARKS = 0.05 + 2 * np.sqrt(0.05 * 0.95 / 400)
"""5% and the Monte-Carlo error of 400 heatmaps."""


@pytest.mark.parametrize("n_seeds", [3, 5])
def test_null_heatmaps_are_rarely_marked_and_intervals_cover(n_seeds: int) -> None:
    coverage, marked = coverage_and_false_marks(n_seeds, noise_points=1.5)
    assert marked <= FALSE_MARKS
    assert 0.93 <= coverage <= (0.97 if n_seeds == 5 else 0.985)


def test_seed_noise_that_outweighs_the_examples_is_no_finding() -> None:
    # Where one t with Welch-Satterthwaite degrees of freedom marks a quarter of null heatmaps.
    coverage, marked = coverage_and_false_marks(3, noise_points=4.0)
    assert marked <= FALSE_MARKS
    assert 0.93 <= coverage <= 0.985


def test_a_clear_gain_is_found_with_three_seeds() -> None:
    score, baseline = null_heatmaps(20, 3, 0.5, seed=9)
    score = np.maximum(score, np.random.default_rng(10).random(score.shape) < 0.6)
    baseline = np.broadcast_to(baseline, score.shape)
    ones = np.ones_like(score)
    found = gain_interval((score, ones), (baseline, ones))
    assert (found.p_value < 0.05).mean() > 0.95
