from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy import stats as scipy_stats
from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar

from xfer_core.domain.errors import DataError, ShapeError
from xfer_core.stats.significance import mcnemar, permutation_test, sign_flip_test


def test_mcnemar_worked_by_hand() -> None:
    # One against five: 2 * (1 + 6) / 2^6.
    score = np.array([1, 0, 0, 0, 0, 0, 1, 0])
    baseline = np.array([0, 1, 1, 1, 1, 1, 1, 0])
    assert mcnemar(score, baseline) == pytest.approx(2 * 7 / 64)
    assert mcnemar(score, score) == 1.0
    assert mcnemar([1, 0], [0, 1]) == 1.0


def test_mcnemar_agrees_with_statsmodels_and_scipy() -> None:
    right = np.random.default_rng(1).integers(0, 2, (2, 20, 60))
    found = mcnemar(right[0], right[1])
    for p, score, base in zip(found, *right, strict=True):
        table = [[((score == i) & (base == j)).sum() for j in (0, 1)] for i in (0, 1)]
        assert p == pytest.approx(statsmodels_mcnemar(table, exact=True).pvalue)
        n = table[0][1] + table[1][0]
        assert p == pytest.approx(scipy_stats.binomtest(int(table[0][1]), int(n)).pvalue)


def test_mcnemar_refuses_other_metrics_and_other_examples() -> None:
    with pytest.raises(DataError, match="permutation_test"):
        mcnemar([0.5, 1], [0, 1])
    with pytest.raises(ShapeError, match=r"\(2,\) and \(3,\)"):
        mcnemar([0, 1], [0, 1, 1])


def test_permutations_of_three_examples_worked_by_hand() -> None:
    # Three differences of 1: all equal signs in 2 of 8 exchanges.
    found = permutation_test(([[1, 1, 1]], None), ([[0, 0, 0]], None), seed=1, permutations=20_000)
    assert found == pytest.approx(0.25, abs=0.01)
    same = permutation_test(([[1, 0]], None), ([[1, 0]], None), seed=1, permutations=100)
    assert same == 1.0


def test_permutations_of_accuracy_agree_with_scipy() -> None:
    rng = np.random.default_rng(2)
    score, base = (rng.random((2, 80)) < share for share in (0.75, 0.6))
    found = permutation_test((score, None), (base, None), seed=1)
    expected = scipy_stats.permutation_test(
        (score.mean(axis=0), base.mean(axis=0)),
        lambda x, y, axis: x.mean(axis=axis) - y.mean(axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=9999,
        rng=3,
    )
    assert found == pytest.approx(expected.pvalue, abs=0.02)
    assert 0.001 < found < 0.5


def test_permutations_of_f1_agree_with_all_exchanges() -> None:
    rng = np.random.default_rng(3)
    gold = rng.poisson(1.5, 9) + 1
    found = [rng.binomial(gold, share, (2, 9)) for share in (0.9, 0.4)]
    score, base = ((2.0 * each, each + rng.poisson(0.5, each.shape) + gold) for each in found)

    def difference(exchanged: np.ndarray) -> float:
        left = [np.where(exchanged, b, s).sum(-1) for s, b in zip(score, base, strict=True)]
        right = [np.where(exchanged, s, b).sum(-1) for s, b in zip(score, base, strict=True)]
        return float((left[0] / left[1] - right[0] / right[1]).mean())

    observed = abs(difference(np.zeros(9, dtype=bool)))
    every = [difference(np.array(each)) for each in product((False, True), repeat=9)]
    expected = np.mean(np.abs(every) >= observed - 1e-12)
    assert permutation_test(score, base, seed=1) == pytest.approx(expected, abs=0.015)


def test_permutations_of_continuous_scores_are_drawn_one_by_one() -> None:
    rng = np.random.default_rng(4)
    score, base = rng.random((2, 1, 12))
    difference = (score - base)[0]
    every = [np.dot(signs, difference) for signs in product((1, -1), repeat=12)]
    expected = np.mean(np.abs(every) >= abs(difference.sum()) - 1e-12)
    found = permutation_test((score, None), (base, None), seed=1)
    assert found == pytest.approx(expected, abs=0.02)


def test_without_a_difference_five_percent_fall_below_five_percent() -> None:
    rng = np.random.default_rng(5)
    right = rng.random((2, 400, 1, 200)) < 0.7
    p = [
        permutation_test((score, None), (base, None), seed=at, permutations=999)
        for at, (score, base) in enumerate(zip(*right, strict=True))
    ]
    assert 0.01 <= np.mean(np.array(p) <= 0.05) <= 0.08


def test_signs_of_seeds_worked_by_hand() -> None:
    # 1 + 2 + 3 = 6 only with equal signs: 2 of 8. 1 + 2 - 3 = 0: all of them.
    assert sign_flip_test([1, 2, 3]) == 0.25
    assert sign_flip_test([1, 2, -3]) == 1.0
    assert sign_flip_test([4, 4, 4, 4, 4]) == 2 / 32


def test_signs_of_seeds_agree_with_scipy() -> None:
    gains = np.random.default_rng(6).normal(1, 1, 7)
    expected = scipy_stats.permutation_test(
        (gains, np.zeros(7)),
        lambda x, y, axis: (x - y).mean(axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=np.inf,
    )
    assert sign_flip_test(gains) == pytest.approx(expected.pvalue)


@pytest.mark.parametrize("gains", [[], [[1.0]], [1.0] * 17])
def test_signs_refuse_what_they_cannot_list(gains: list[float]) -> None:
    with pytest.raises(ShapeError, match="1 to 16 gains"):
        sign_flip_test(gains)
