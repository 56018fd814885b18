from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats as scipy_stats

from xfer_core.domain.errors import ShapeError
from xfer_core.stats.correlation import log_slope, rank_correlation
from xfer_core.stats.languages import leave_one_language_out

NAN = float("nan")
CODES = "ar bn de el en es fi fr hi id ja ko ru sw te th tr ur vi zh".split()


def test_rank_correlation_worked_by_hand() -> None:
    # Ranks 1 2 3 4 5 against 2 1 4 3 5: squared differences 4, rho = 1 - 6 * 4 / (5 * 24) = 0.8.
    found = rank_correlation([1, 2, 3, 4, 5], [20, 10, 40, 30, 50])
    assert found.rho == pytest.approx(0.8)
    # artanh 0.8 = 1.0986, error sqrt(1.32 / 2) = 0.8124, z 1.96: 1.0986 -/+ 1.5923
    assert (found.low, found.high) == pytest.approx(
        (np.tanh(1.0986 - 1.5923), np.tanh(1.0986 + 1.5923)), abs=1e-4
    )


def test_rank_correlation_agrees_with_scipy_ties_included() -> None:
    rng = np.random.default_rng(1)
    for n in (6, 12, 40):
        x = rng.integers(0, 5, n)
        y = x + rng.normal(0, 3, n).round()
        expected = scipy_stats.spearmanr(x, y)
        found = rank_correlation(x, y)
        assert (found.rho, found.p_value) == pytest.approx(
            (expected.statistic, expected.pvalue), rel=1e-9
        )


def test_the_interval_of_a_rank_correlation_is_near_that_of_the_bootstrap() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=60)
    y = 0.6 * x + rng.normal(size=60)
    expected = scipy_stats.bootstrap(
        (x, y),
        lambda one, other: scipy_stats.spearmanr(one, other).statistic,
        paired=True,
        vectorized=False,
        n_resamples=1000,
        method="percentile",
        rng=3,
    ).confidence_interval
    found = rank_correlation(x, y)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=0.06)


def test_rank_correlation_without_enough_says_nothing() -> None:
    few = rank_correlation([1, 2, 3, NAN], [1, 2, 3, 4])
    assert (few.n, np.isnan(few.rho)) == (3, True)
    assert np.isnan(rank_correlation([1, 1, 1, 1], [1, 2, 3, 4]).rho)
    exact = rank_correlation([1, 2, 3, 4], [9, 8, 7, 6])
    assert (exact.rho, exact.low, exact.p_value) == (-1.0, -1.0, 0.0)
    with pytest.raises(ShapeError, match=r"\(2,\) and \(3,\)"):
        rank_correlation([1, 2], [1, 2, 3])


def test_slope_on_a_log_axis_worked_by_hand() -> None:
    found = log_slope([0, 10, 100, 1000], [33, 50, 55, 60])
    assert (found.slope_points, found.intercept_points) == pytest.approx((5.0, 45.0))
    assert (found.low, found.high) == pytest.approx((5.0, 5.0))
    assert np.isnan(log_slope([10, 100], [1, 2]).slope_points)


def test_slope_agrees_with_statsmodels() -> None:
    sizes, scores = [5, 10, 50, 100, 500], [51.0, 54.0, 57.5, 58.0, 64.0]
    fitted = sm.OLS(scores, sm.add_constant(np.log10(sizes))).fit()
    found = log_slope(sizes, scores)
    assert (found.intercept_points, found.slope_points) == pytest.approx(tuple(fitted.params))
    assert (found.low, found.high) == pytest.approx(tuple(fitted.conf_int()[1]))


def features(rng: np.random.Generator) -> pd.DataFrame:
    return pd.DataFrame({"overlap": rng.uniform(0, 1, 20), "tokens_per_word": rng.normal(2, 1, 20)})


def test_predictions_agree_with_the_normal_equations() -> None:
    rng = np.random.default_rng(4)
    table = features(rng)
    gains = 3 + 5 * table["overlap"].to_numpy() + rng.normal(0, 1, 20)
    found = leave_one_language_out(table, gains, CODES, seed=1, penalties=[2.0])
    x = table.to_numpy()
    for out in range(20):
        kept = np.arange(20) != out
        middle, spread = x[kept].mean(axis=0), x[kept].std(axis=0)
        z, y = (x[kept] - middle) / spread, gains[kept]
        weights = np.linalg.solve(z.T @ z + 2 * np.eye(2), z.T @ (y - y.mean()))
        expected = y.mean() + (x[out] - middle) / spread @ weights
        assert found.predicted[out] == pytest.approx(expected)
        assert found.guess[out] == pytest.approx(y.mean())
    errors = gains - found.predicted
    assert found.error_points == pytest.approx((errors**2).mean() ** 0.5)
    guessed = ((gains - found.guess) ** 2).sum()
    assert found.explained == pytest.approx(1 - (errors**2).sum() / guessed)
    assert found.explained_low < found.explained < found.explained_high


def test_a_property_that_matters_is_found_and_named() -> None:
    rng = np.random.default_rng(5)
    table = features(rng).assign(script=["Latin", "other"] * 10)
    gains = 4 * table["overlap"] + 3 * (table["script"] == "Latin") + rng.normal(0, 0.3, 20)
    found = leave_one_language_out(table, gains, CODES, seed=1)
    assert found.explained > 0.85
    assert found.explained_low > 0.5
    assert set(found.coefficients.index[:3]) == {"script_Latin", "script_other", "overlap"}
    assert found.n_languages == 20


def test_properties_that_do_not_matter_explain_nothing() -> None:
    rng = np.random.default_rng(6)
    explained = [
        leave_one_language_out(features(rng), rng.normal(0, 2, 20), CODES, seed=1).explained
        for _ in range(5)
    ]
    assert np.median(explained) < 0.1


def test_nothing_of_a_language_is_in_its_own_prediction() -> None:
    rng = np.random.default_rng(7)
    table, gains = features(rng), rng.normal(0, 1, 20)
    before = leave_one_language_out(table, gains, CODES, seed=1)
    gains[3] += 1000
    after = leave_one_language_out(table, gains, CODES, seed=1)
    assert after.predicted[3] == before.predicted[3]
    assert after.guess[3] == before.guess[3]


def test_rows_of_one_language_are_left_out_together() -> None:
    rng = np.random.default_rng(8)
    table = pd.concat([features(rng)] * 2, ignore_index=True)
    gains = rng.normal(0, 1, 20)
    found = leave_one_language_out(table, np.tile(gains, 2), CODES * 2, seed=1)
    assert found.n_languages == 20
    # A copy of the row would have let the model, or at least the mean, know the answer.
    assert found.guess[0] == pytest.approx(gains[1:].mean())
    assert found.explained < 0.3


def test_missing_numbers_and_groups_of_one_language_do_no_harm() -> None:
    rng = np.random.default_rng(9)
    table = features(rng).assign(family=[f"family {at // 3}" for at in range(20)])
    table.loc[[0, 7], "overlap"] = NAN
    found = leave_one_language_out(table, rng.normal(0, 1, 20), CODES, seed=1)
    assert np.isfinite(found.predicted).all()


def test_too_few_languages_are_refused() -> None:
    table = features(np.random.default_rng(10)).head(4)
    with pytest.raises(ShapeError, match="evaluate more languages"):
        leave_one_language_out(table, [1, 2, 3, 4], CODES[:4], seed=1)
