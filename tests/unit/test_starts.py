"""The spread between starts: by hand, against a simulation, and as the views use it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from xfer_core.domain.errors import ShapeError
from xfer_core.stats.starts import Starts, starts


def test_two_measurements_by_hand():
    # 1.0 and 1.1 without an error of their own: the variance of two values is half their squared
    # difference.
    apart = math.log(1.1)
    assert starts([[0.0, apart]], [[0.0, 0.0]]) == Starts(pytest.approx(apart / 2**0.5), 1)
    # Errors of 0.02 each explain 0.02^2 of that variance.
    found = starts([[0.0, apart]], [[0.02, 0.02]])
    assert found == Starts(pytest.approx((apart**2 / 2 - 0.02**2) ** 0.5), 1)


def test_several_things_are_pooled_and_what_was_measured_once_says_nothing():
    values = [[0.0, 0.2], [1.0, 1.0, 1.3], [5.0]]
    errors = [[0.0, 0.0], [0.0, 0.0, 0.0], [0.1]]
    # Sums of squares 0.02 and 0.06 over 1 + 2 degrees of freedom.
    assert starts(values, errors) == Starts(pytest.approx((0.08 / 3) ** 0.5), 3)
    assert starts(values, errors, df=1).df == 1
    assert starts([[5.0], []], [[0.1], []]) is None


def test_errors_that_explain_everything_leave_nothing():
    assert starts([[0.0, 0.01]], [[0.1, 0.1]]) == Starts(0.0, 1)


def test_values_need_their_errors():
    with pytest.raises(ShapeError, match="one standard error per measurement"):
        starts([[1.0, 2.0]], [[0.1]])


def test_it_finds_the_spread_it_was_drawn_with():
    chance = np.random.default_rng(3)
    truth, error = 0.04, 0.01
    values = chance.normal(0, truth, (4000, 3)) + chance.normal(0, error, (4000, 3))
    found = starts(list(values), list(np.full((4000, 3), error)))
    assert found.sd == pytest.approx(truth, rel=0.03)


def test_bounds_by_hand():
    t = stats.t.ppf(0.975, 5)
    low, high = Starts(0.03, 5).widened([8.0, np.nan], [10.0, 10.0], [11.0, np.nan])
    assert low[0] == pytest.approx(10 * math.exp(-math.hypot(math.log(10 / 8), t * 0.03)))
    assert high[0] == pytest.approx(10 * math.exp(math.hypot(math.log(11 / 10), t * 0.03)))
    assert np.isnan([low[1], high[1]]).all()
    low, high = Starts(0.0, 5).widened(8.0, 10.0, 11.0)
    assert (float(low), float(high)) == (pytest.approx(8), pytest.approx(11))


def test_widened_bounds_hold_for_another_start():
    """Two measurements by different processes: their intervals meet in 19 of 20 cases or more."""
    chance = np.random.default_rng(5)
    truth, error, n = 0.04, 0.005, 2000
    past = chance.normal(0, truth, (12, 2)) + chance.normal(0, error, (12, 2))
    spread = starts(list(past), list(np.full((12, 2), error)))
    values = chance.normal(0, truth, (n, 2)) + chance.normal(0, error, (n, 2))
    plain, wide = [], []
    for pair in values:
        bounds = [(math.exp(x - 2 * error), math.exp(x), math.exp(x + 2 * error)) for x in pair]
        plain.append(bounds[0][0] <= bounds[1][2] and bounds[1][0] <= bounds[0][2])
        (a, b), (c, d) = (spread.widened(*one) for one in bounds)
        wide.append(a <= d and c <= b)
    assert np.mean(plain) < 0.5 and np.mean(wide) > 0.95
