from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.special import ndtri

from xfer_core.stats import simulation
from xfer_core.stats.simulation import World, calibration, correlation_coverage, grid, measure

REDUCED = [World(2, 4.0), World(3, 2.0), World(5, 1.0)]
"""The worst case for false marks, the usual one, and the worst one for coverage at 5 seeds."""


def test_made_up_seeds_have_the_noise_that_was_asked_for() -> None:
    rng = np.random.default_rng(1)
    world = World(3, 3.0, n_examples=1500)
    gains, difference = simulation.heatmaps(world, 80, rng)
    assert gains.shape == (80, 4, 4, 3)
    assert difference.shape == (80, 4, 4, 3, 1500)
    assert difference.mean(axis=-1) == pytest.approx(0, abs=1e-9)
    # Both sides have the noise; 0.886 is the mean of the standard deviation of three.
    assert gains.std(axis=-1, ddof=1).mean() == pytest.approx(3 * 2**0.5 * 0.886, rel=0.07)


def test_made_up_gains_are_as_large_as_was_asked_for() -> None:
    world = World(2, 1.0, n_examples=1000, gain_points=3.0)
    gains, _ = simulation.heatmaps(world, 100, np.random.default_rng(2))
    assert gains.mean() == pytest.approx(3.0, abs=0.2)


def test_made_up_columns_can_share_their_luck() -> None:
    rng = np.random.default_rng(3)
    apart = simulation.heatmaps(World(2, 4.0), 100, rng)[0]
    together = simulation.heatmaps(World(2, 4.0, shared=1.0), 100, rng)[0]

    def correlation(gains: np.ndarray) -> float:
        return float(np.corrcoef(gains[:, 0].ravel(), gains[:, 1].ravel())[0, 1])

    assert abs(correlation(apart)) < 0.15
    assert correlation(together) > 0.6


def test_made_up_trainings_can_collapse() -> None:
    gains = simulation.heatmaps(World(2, 0.0, collapsed=0.2), 50, np.random.default_rng(4))[0]
    fallen = (gains < -100 * (0.7 - 1 / 3) / 2).mean()
    assert fallen == pytest.approx(0.2 * 0.8, abs=0.05)
    assert pytest.approx(1 / 3) == simulation.CHANCE and ndtri(0.5) == 0


@pytest.mark.parametrize("world", REDUCED, ids=str)
def test_null_heatmaps_are_rarely_marked_and_intervals_cover(world: World) -> None:
    found = measure("cells", world, 150)
    assert found.marked <= 5 + 2 * 1.8  # the Monte-Carlo error of 5% in 150
    assert 93 <= found.coverage <= (97 + 2 * found.coverage_error if world.n_seeds == 5 else 99.5)


def test_corpus_level_f1_is_covered_as_well() -> None:
    found = measure("cells", World(5, 1.0, entities=True), 60)
    assert 93 <= found.coverage <= 97 + 2 * found.coverage_error


def test_a_true_gain_is_covered_and_found() -> None:
    found = measure("cells", World(5, 0.5, n_examples=1000, gain_points=4.0), 40)
    assert found.coverage >= 93
    assert found.marked > 80


def test_what_the_interval_is_there_to_avoid() -> None:
    # Seeds treated as all there are, or one t quantile for both sources, mark heatmaps of nothing.
    assert measure("examples alone", World(3, 2.0), 50).marked > 20
    assert measure("one t", World(3, 4.0), 50).marked > 10
    bootstrap = measure("multi-bootstrap", World(2, 4.0), 4)
    assert bootstrap.coverage < 90
    assert measure("seeds alone", World(5, 0.5), 50).coverage < 90


def test_one_seed_would_mark_most_heatmaps_of_nothing_so_it_marks_none() -> None:
    assert measure("examples alone", World(1, 2.0), 50).marked > 40
    assert measure("cells", World(1, 2.0), 10).marked == 0


def test_leaders_are_the_best_about_as_often_as_is_said() -> None:
    found = {each.band: each for each in calibration(4.0, 5, 150)}
    sure = found["95 to 100%"]
    assert sure.true >= 90
    unsure = found["50 to 80%"]
    assert unsure.true == pytest.approx(unsure.stated, abs=3 * unsure.error)


def test_rank_correlations_are_covered() -> None:
    for rho in (0.0, 0.6):
        share, _ = correlation_coverage(11, rho, 400)
        assert 91 <= share <= 98.5


def test_the_report_has_a_line_per_figure(capsys: pytest.CaptureFixture[str]) -> None:
    simulation.main(["--heatmaps", "2", "--only", "correlation", "--json"])
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    named = [(row["languages"], row["rho"]) for row in rows]
    assert named == [(11, 0.0), (11, 0.6), (39, 0.0), (39, 0.6)]
    simulation.main(["--heatmaps", "2", "--only", "one seed"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("one seed: n_seeds 1, noise_points 1.0, n_examples 300, method")
    assert "marked 0.0" in lines[0] or "marked 50.0" in lines[0] or "marked 100.0" in lines[0]


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("world", [*grid(), *grid(2000)], ids=str)
def test_a_thousand_null_heatmaps(world: World) -> None:
    found = measure("cells", world, 1000)
    assert found.marked <= 5
    least, most = (93.0, 97.0) if world.n_seeds == 5 else (93.0, 99.5)
    assert least <= found.coverage <= most
