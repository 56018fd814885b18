"""Intervals over passes, ratios, equality and the frontier's rules, against hand-worked numbers."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from xfer_core.domain.errors import ShapeError
from xfer_core.stats.frontier import Standing, standings
from xfer_core.stats.passes import block_interval, equality, ratio_of

NAN = float("nan")


def test_interval_of_five_passes_spans_their_medians():
    # t(4) at 2.5% is 2.776; times sqrt(5/4) 3.104; Phi(-3.104) = 0.00096. A resample has the
    # median of the lowest pass if that one is drawn three times or more: (160 + 20 + 1) /
    # 3125 = 0.058, which is more. So the bounds are the lowest and the highest.
    assert block_interval([[1.0], [2.0], [3.0], [4.0], [5.0]]) == (1.0, 5.0)


def test_interval_at_half_the_level_is_narrower():
    # t(4) at 25% is 0.741; Phi(-0.741 * 1.118) = 0.204. Medians are 1 in 0.058 and at most 2 in
    # P(Binomial(5, 2/5) >= 3) = 0.317 of the resamples, so the lower bound is 2; likewise 4.
    assert block_interval([[1.0], [2.0], [3.0], [4.0], [5.0]], level=0.5) == (2.0, 4.0)


def test_whole_passes_are_drawn_and_not_single_samples():
    # Within a pass all samples are alike: eight of each say no more than one of each.
    alone = [[1.0], [2.0], [3.0], [4.0], [5.0]]
    assert block_interval([one * 8 for one in alone]) == block_interval(alone)
    drift = block_interval([[1.0] * 8] * 2 + [[5.0] * 8] * 3)
    assert drift == (1.0, 5.0)


def test_medians_are_those_of_the_resampled_samples():
    # Two passes, 4 resamples: medians of {1,2,1,2} = 1.5, {1,2,3,4} = 2.5 twice, {3,4,3,4} = 3.5.
    # t(1) at 25% is 1; Phi(-sqrt(2)) = 0.079 < 1/4.
    assert block_interval([[1.0, 2.0], [3.0, 4.0]], level=0.5) == (1.5, 3.5)


def test_interval_of_many_passes_is_the_same_each_time_and_covers():
    draw = np.random.default_rng(3)
    hits = 0
    for _ in range(150):
        passes = [draw.normal(centre, 0.3, size=6) for centre in draw.normal(0, 1, size=8)]
        low, high = block_interval(passes)
        assert block_interval(passes) == (low, high)
        hits += low <= 0 <= high
    assert hits >= 138  # 95% of 150 are 142.5, with a standard error of 2.7


def test_one_pass_has_no_interval():
    assert all(math.isnan(bound) for bound in block_interval([[1.0, 2.0]]))
    assert all(map(math.isnan, (ratio_of([1.1]).low, ratio_of([1.1]).high)))


def test_ratio_is_geometric_with_students_interval():
    # logs are 0, ln 2, ln 4: mean ln 2, s = ln 2, t(2) = 4.303, half = 4.303 * ln 2 / sqrt(3).
    found = ratio_of([1.0, 2.0, 4.0])
    half = 4.302652729911275 * math.log(2) / math.sqrt(3)
    assert found.value == pytest.approx(2.0)
    assert found.low == pytest.approx(2.0 * math.exp(-half))
    assert found.high == pytest.approx(2.0 * math.exp(half))


def test_equality_is_bounded_by_the_farthest_end():
    # The second is 2% slower without any spread: the bound is that 2%.
    same = equality([[1.0, 1.0], [1.02, 1.02], [0.99, 0.99]])
    assert same.bound == pytest.approx(0.02)
    assert [one.value for one in same.differences] == pytest.approx([0.02, -0.01])
    # logs +/- d in both, 2 passes each: s^2/n = d^2 on both sides, df 2, half = 4.303 * sqrt(2) d.
    d = 0.01
    spread = [math.exp(-d), math.exp(d)]
    found = equality([spread, spread])
    assert found.differences[0].value == pytest.approx(0.0)
    assert found.bound == pytest.approx(math.expm1(4.302652729911275 * math.sqrt(2) * d))


def test_equality_bound_holds_for_the_largest_difference():
    draw = np.random.default_rng(5)
    truth = [0.0, 0.0, 0.01, -0.005]
    held = sum(
        equality([np.exp(draw.normal(one, 0.01, size=5)) for one in truth]).bound
        >= math.expm1(0.01)
        for _ in range(300)
    )
    assert held >= 285


@pytest.mark.parametrize("models", [[[1.0, 1.0]], [[1.0, 1.1], [1.0]], []])
def test_equality_needs_two_models_of_two_passes(models):
    with pytest.raises(ShapeError, match="two models"):
        equality(models)


RULES = {
    # latency (mean, low, high), score (mean, low, high) of each point -> what each is
    "alone": ([(5, 4, 6)], [(0.5, 0.4, 0.6)], ["on"]),
    "clearly apart": (
        [(5, 4.9, 5.1), (9, 8.9, 9.1)],
        [(0.5, 0.49, 0.51), (0.6, 0.59, 0.61)],
        ["on", "on"],
    ),
    "beaten on both, intervals of the scores apart": (
        [(5, 4.9, 5.1), (9, 8.9, 9.1)],
        [(0.6, 0.59, 0.61), (0.5, 0.49, 0.51)],
        ["on", "dominated"],
    ),
    "beaten on the means alone": (
        [(5, 4.9, 5.1), (9, 8.9, 9.1)],
        [(0.6, 0.5, 0.7), (0.55, 0.45, 0.65)],
        ["on", "near"],
    ),
    "ahead by less than its interval": (
        [(5.0, 4.9, 5.2), (5.1, 5.0, 5.3)],
        [(0.5, 0.49, 0.51), (0.6, 0.59, 0.61)],
        ["by latency", "on"],
    ),
    "one seed each": (
        [(5, 4.9, 5.1), (9, 8.9, 9.1)],
        [(0.6, NAN, NAN), (0.5, NAN, NAN)],
        ["on", "one seed"],
    ),
    "equal points stand together": (
        [(5, 5, 5), (5, 5, 5)],
        [(0.5, 0.4, 0.6), (0.5, 0.4, 0.6)],
        ["on", "on"],
    ),
    "unknown": ([(5, 4, 6), (NAN, NAN, NAN)], [(0.5, 0.4, 0.6), (0.9, 0.8, 1)], ["on", "unknown"]),
    "a bound that is missing is the mean": (
        [(5.0, NAN, NAN), (5.1, NAN, NAN)],
        [(0.5, 0.49, 0.51), (0.6, 0.59, 0.61)],
        ["on", "on"],
    ),
}


@pytest.mark.parametrize("rule", RULES)
def test_frontier_rules_in_any_order(rule):
    latency, score, expected = RULES[rule]
    for order in itertools.permutations(range(len(latency))):
        x, y = zip(*[latency[at] for at in order]), zip(*[score[at] for at in order])  # noqa: B905
        found = standings(tuple(map(list, x)), tuple(map(list, y)))
        assert found == [Standing(expected[at]) for at in order]
