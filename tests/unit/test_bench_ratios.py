"""The arithmetic of the performance suite: rounds, ratios, agreement, extrapolation."""

from __future__ import annotations

import pytest

from xfer_core.bench.agreement import equal_scores, same_score
from xfer_core.bench.extrapolation import EVALUATE, TRAIN, Cost, Phase, Timed, costs, total
from xfer_core.bench.ratios import Spread, interleaved, paired, spread
from xfer_core.domain.errors import ShapeError


def test_the_sides_take_turns_and_know_their_round():
    order = []

    def side(name):
        def work(number):
            order.append((name, number))
            return number * 10

        return work

    found = interleaved({"a": side("a"), "b": side("b")}, 3)
    assert order == [("a", 1), ("b", 1), ("a", 2), ("b", 2), ("a", 3), ("b", 3)]
    assert found == {"a": [10, 20, 30], "b": [10, 20, 30]}


def test_ratios_are_taken_round_by_round():
    # The second round met a busy machine: both sides halve, and the ratio stays.
    ratios = paired([100.0, 50.0, 90.0], [50.0, 25.0, 30.0])
    assert ratios == (2.0, 2.0, 3.0)
    assert spread(ratios) == Spread(2.0, 2.0, 3.0)
    assert spread([1.0, 4.0]) == Spread(2.5, 1.0, 4.0)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [([1.0], [1.0, 2.0]), ([], []), ([1.0], [0.0]), ([float("nan")], [1.0])],
)
def test_a_ratio_that_means_nothing_is_refused(ours, theirs):
    with pytest.raises(ShapeError):
        paired(ours, theirs)


def test_scores_within_noise_are_the_same():
    # 2 points apart on 240 examples: one standard error of two proportions is 2.6 points.
    assert same_score([0.80, 0.82, 0.84], [0.82, 0.84, 0.86], 240)
    # 20 points apart, every time: eight standard errors.
    assert not same_score([0.60, 0.62, 0.64], [0.80, 0.82, 0.84], 240)
    # One seed more, or more examples, make the same gap of 7 points a difference.
    assert same_score([0.73], [0.80], 240)
    assert not same_score([0.73, 0.73], [0.80, 0.80], 240)
    assert not same_score([0.73], [0.80], 480)


def test_a_side_that_is_better_is_different_too():
    assert not same_score([0.9, 0.9], [0.6, 0.6], 240)


def test_scores_that_scatter_need_a_larger_gap():
    steady = [0.50, 0.51, 0.49], [0.64, 0.65, 0.63]
    scattered = [0.40, 0.51, 0.59], [0.64, 0.85, 0.43]
    assert not same_score(*steady, 1000)
    assert same_score(*scattered, 1000)


def test_scores_of_the_same_weights_agree_in_each_language():
    assert equal_scores([0.5, 0.7], [0.5, 0.705], 0.01)
    assert not equal_scores([0.5, 0.7], [0.7, 0.5], 0.01)


TIMED = [
    Timed(Phase(TRAIN, "span", 100), wall_seconds=30.0, work_seconds=20.0),
    Timed(Phase(TRAIN, "span", 50), wall_seconds=26.0, work_seconds=20.0),
    Timed(Phase(EVALUATE, "span", 1000), wall_seconds=15.0, work_seconds=10.0),
    Timed(Phase(EVALUATE, "tagging", 1000), wall_seconds=12.0, work_seconds=8.0),
]


def test_a_phase_costs_its_start_and_its_units():
    assert costs(TIMED)[TRAIN, "span"] == Cost(8.0, pytest.approx(0.3))
    assert costs(TIMED, min)[TRAIN, "span"] == Cost(6.0, pytest.approx(0.2))
    assert costs(TIMED, max)[TRAIN, "span"] == Cost(10.0, pytest.approx(0.4))


def test_the_grid_is_the_sum_of_its_processes():
    phases = [Phase(TRAIN, "span", 10)] * 2 + [Phase(EVALUATE, "tagging", 500)]
    assert total(phases, costs(TIMED)) == pytest.approx(2 * (8 + 3) + (4 + 4))


def test_what_was_not_measured_costs_what_the_cheapest_does():
    # span: 5 s + 10 ms an item; tagging: 4 s + 8 ms an item.
    mining = [Phase(EVALUATE, "mining", 1000)]
    assert total(mining, costs(TIMED)) == pytest.approx(12.0)
