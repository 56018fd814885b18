"""How good the intervals are, on made-up results whose truth is known.

    python -m xfer_core.stats.simulation [--heatmaps 1000] [--only TABLE] [--json]

prints the tables of docs/statistics.md. Every share comes with its Monte-Carlo error: one
standard error over independent heatmaps.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from xfer_core.stats.bootstrap import multi_bootstrap
from xfer_core.stats.correction import benjamini_hochberg
from xfer_core.stats.correlation import rank_correlation
from xfer_core.stats.gain import influences, intervals, sources_of
from xfer_core.stats.power import detectable_gain
from xfer_core.stats.ranking import ranking

Array = NDArray[np.float64]
Floats32 = NDArray[np.float32]
Interval = tuple[Array, Array, Array]
"""Low, high and p-value, one per cell."""
POINTS = 100.0
LEVEL = 0.05
TARGETS = INTERMEDIATES = 4
ACCURACY = 0.7
CHANCE = 1 / 3
OWN, TOGETHER = 0.3, 0.3
"""Spread of what a kind of training, and one training alone, finds hard about an example; that of
the difficulty all share is 1."""
ENTITIES, MADE_UP = 1.5, 0.3
"""Entities per sentence, and predicted ones that are none."""
BATCH = 25
REPLICATES = 1000


@dataclass(frozen=True)
class World:
    """One made-up heatmap of 4 targets and 4 intermediate tasks.

    ``noise_points`` is the spread over seeds of a model's true accuracy, so a gain has 1.4 times
    as much. ``gain_points`` is the true gain of every cell. ``shared`` is the share of the seed
    variance that all columns have in common, as languages of one training do. ``collapsed`` is
    the probability that a training is stuck at chance. With ``entities`` the examples are
    sentences with 1.5 entities in the mean, and the metric is their F1.
    """

    n_seeds: int
    noise_points: float
    n_examples: int = 300
    gain_points: float = 0.0
    shared: float = 0.0
    collapsed: float = 0.0
    entities: bool = False


@dataclass(frozen=True)
class Found:
    """What a method did in a world, in percent, with Monte-Carlo errors.

    ``coverage``: cells whose interval holds the truth. ``marked``: heatmaps with any mark after
    Benjamini-Hochberg; false marks where the true gain is 0.
    """

    method: str
    world: World
    heatmaps: int
    coverage: float
    coverage_error: float
    marked: float
    marked_error: float


def heatmaps(world: World, n: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Gains of made-up heatmaps and how much each example moves them, in points.

    An example is right where a sum of normal variables is above 0: how hard it is for all, for
    this kind of training, for this training alone, and how well the training went.

    Returns:
        (n, 4 targets, 4 intermediates, n_seeds) and the same with n_examples.
    """
    latent, baseline = _latents(world, n, rng)
    if not world.entities:
        difference = POINTS * ((latent > 0).astype(np.float64) - (baseline > 0))
        gains: Array = np.asarray(difference.mean(axis=-1))
        difference -= gains[..., None]
        return gains, difference
    gold = rng.poisson(ENTITIES, (n, TARGETS, 1, 1, world.n_examples))
    sides = [_entity_counts(each, gold, rng) for each in (latent, baseline)]
    values = [top.sum(axis=-1) / bottom.sum(axis=-1) for top, bottom in sides]
    moved = [influences(top, bottom) for top, bottom in sides]
    return np.asarray(POINTS * (values[0] - values[1])), moved[0] - moved[1]


def _latents(world: World, n: int, rng: np.random.Generator) -> tuple[Floats32, Floats32]:
    """Above 0 where an example is right; score and baseline, (n, 4, 4 or 1, seeds, examples)."""
    total = np.sqrt(1 + OWN**2 + TOGETHER**2)
    density = np.exp(-(ndtri(ACCURACY) ** 2) / 2) / np.sqrt(2 * np.pi)
    by_seed = world.noise_points / POINTS / density * total
    spread = np.hypot(total, by_seed)
    middle = ndtri(ACCURACY) * total
    higher = spread * ndtri(ndtr(middle / spread) + world.gain_points / POINTS)

    def normal(*shape: int) -> Floats32:
        return rng.standard_normal((n, *shape), dtype=np.float32)

    difficulty = normal(TARGETS, 1, 1, world.n_examples)

    def side(models: int, centre: float) -> Floats32:
        common = np.sqrt(world.shared) * normal(1, models, world.n_seeds, 1)
        luck = common + np.sqrt(1 - world.shared) * normal(TARGETS, models, world.n_seeds, 1)
        latent = TOGETHER * normal(TARGETS, models, world.n_seeds, world.n_examples)
        latent += difficulty + OWN * normal(TARGETS, models, 1, world.n_examples)
        latent += (by_seed * luck + centre).astype(np.float32)
        stuck = rng.random(luck.shape) < world.collapsed
        if stuck.any():
            guessed = normal(TARGETS, models, world.n_seeds, world.n_examples) + ndtri(CHANCE)
            latent = np.where(stuck, guessed, latent)
        return latent

    return side(INTERMEDIATES, float(higher)), side(1, float(middle))


def _entity_counts(
    latent: Floats32, gold: NDArray[np.int64], rng: np.random.Generator
) -> tuple[Array, Array]:
    """F1's counts per sentence: each entity is found with a probability, some are made up."""
    found = rng.binomial(np.broadcast_to(gold, latent.shape), ndtr(latent))
    predicted = found + rng.poisson(MADE_UP, latent.shape)
    return np.asarray(2.0 * found), np.asarray(predicted + gold, dtype=np.float64)


def of_cells(gains: Array, difference: Array) -> Interval:
    """The interval that cells show."""
    return intervals(gains.mean(axis=-1), sources_of(gains, [difference]))


def without_rounding(gains: Array, difference: Array) -> Interval:
    """As cells, but seeds that agree to the digit are taken at their word."""
    found = sources_of(gains, [difference])
    return intervals(gains.mean(axis=-1), replace(found, rounding=np.zeros_like(found.rounding)))


def one_t(gains: Array, difference: Array) -> Interval:
    """One t quantile for the sum of both variances (Welch and Satterthwaite)."""
    found = sources_of(gains, [difference])
    own = np.maximum(found.examples - found.interaction, 0)
    freedom, n_examples = gains.shape[-1] - 1, difference.shape[-1]
    with np.errstate(invalid="ignore", divide="ignore"):
        df = (found.seeds + own) ** 2 / (found.seeds**2 / freedom + own**2 / (n_examples - 1))
    return _t_interval(gains.mean(axis=-1), found.seeds + own, df)


def seeds_alone(gains: Array, difference: Array) -> Interval:
    """The t interval over seeds, which takes the test set for the whole language."""
    variance = gains.var(axis=-1, ddof=1) / gains.shape[-1]
    return _t_interval(gains.mean(axis=-1), variance, np.full(variance.shape, gains.shape[-1] - 1))


def examples_alone(gains: Array, difference: Array) -> Interval:
    """The t interval over examples, which takes these trainings for all trainings."""
    n_examples = difference.shape[-1]
    variance = difference.mean(axis=-2).var(axis=-1, ddof=1) / n_examples
    return _t_interval(gains.mean(axis=-1), variance, np.full(variance.shape, n_examples - 1))


def _t_interval(mean: Array, variance: Array, df: Array) -> Interval:
    with np.errstate(invalid="ignore", divide="ignore"):
        p = 2 * stdtr(df, -np.abs(mean) / np.sqrt(variance))
    half = stdtrit(df, 1 - LEVEL / 2) * np.sqrt(variance)
    return mean - half, mean + half, np.asarray(p)


def percentile_bootstrap(gains: Array, difference: Array) -> Interval:
    """The plain multi-bootstrap, for accuracy."""
    flat = difference.reshape(-1, *difference.shape[-2:]) / POINTS
    flat = np.rint(flat + gains.reshape(*flat.shape[:-1], 1) / POINTS)
    columns = []
    for at, each in enumerate(flat):
        pair = ((each, None), (np.zeros_like(each), None))
        found = multi_bootstrap([pair], seed=at, replicates=REPLICATES)
        columns.append([found.ci_low, found.ci_high, found.p_value])
    low, high, p = np.array(columns).T.reshape(3, *gains.shape[:-1])
    return low, high, p


METHODS: dict[str, Callable[[Array, Array], Interval]] = {
    "cells": of_cells,
    "without rounding": without_rounding,
    "multi-bootstrap": percentile_bootstrap,
    "one t": one_t,
    "seeds alone": seeds_alone,
    "examples alone": examples_alone,
}


def measure(method: str, world: World, n: int, seed: int = 1) -> Found:
    """Coverage and marks of a method over ``n`` independent heatmaps of a world."""
    covered: list[float] = []
    marked: list[bool] = []
    rng = np.random.default_rng([seed, world.n_seeds, world.n_examples])
    for first in range(0, n, BATCH):
        low, high, p = METHODS[method](*heatmaps(world, min(BATCH, n - first), rng))
        holds = (low <= world.gain_points) & (world.gain_points <= high)
        covered += holds.mean(axis=(1, 2)).tolist()
        marked += [bool(benjamini_hochberg(family).any()) for family in p.reshape(len(p), -1)]
    return Found(method, world, n, *_percent(covered), *_percent(marked))


def _percent(values: Sequence[float]) -> tuple[float, float]:
    """Mean and its standard error."""
    found = POINTS * np.asarray(values, dtype=float)
    error = float(found.std(ddof=1) / np.sqrt(len(found))) if len(found) > 1 else float("nan")
    return float(found.mean()), error


def grid(n_examples: int = 300) -> list[World]:
    """Null worlds: 2, 3 and 5 seeds, seed noise from small to large."""
    return [World(s, noise, n_examples) for s in (2, 3, 5) for noise in (0.5, 1.0, 2.0, 4.0)]


HARDER = [
    ("true gain 3 points", World(5, 1.0, gain_points=3.0)),
    ("columns share the seeds' luck", World(3, 2.0, shared=0.7)),
    ("columns share the seeds' luck", World(5, 2.0, shared=0.7)),
    ("5% of trainings collapse", World(3, 1.0, collapsed=0.05)),
    ("5% of trainings collapse", World(5, 1.0, collapsed=0.05)),
    ("F1 of entities", World(2, 1.0, entities=True)),
    ("F1 of entities", World(3, 1.0, entities=True)),
    ("F1 of entities", World(5, 1.0, entities=True)),
]


@dataclass(frozen=True)
class Calibration:
    """Leaders of rankings whose probability to be the best lies in a band, and how often they are.

    ``stated`` and ``true`` are percentages, ``error`` the Monte-Carlo error of ``true``.
    """

    spread_points: float
    n_seeds: int
    band: str
    rankings: int
    stated: float
    true: float
    error: float


BANDS = ((0.0, 0.5), (0.5, 0.8), (0.8, 0.95), (0.95, 1.01))


def calibration(
    spread_points: float, n_seeds: int, n: int, *, tasks: int = 8, seed: int = 1
) -> list[Calibration]:
    """Rankings of 8 tasks whose true gains have a known spread; gains of a seed have one of 2."""
    rng = np.random.default_rng([seed, n_seeds])
    stated, right = [], []
    for at in range(n):
        truth = rng.normal(0, spread_points, tasks)
        luck = rng.normal(0, 2**0.5, (tasks + 1, n_seeds))
        gains = truth[:, None] + luck[1:] - luck[0]
        found = ranking(gains, [], seed=at, draws=1000)
        every = np.append(found.probability_best, found.probability_none)
        stated.append(every.max())
        best = int(truth.argmax()) if truth.max() > 0 else tasks
        right.append(best == int(every.argmax()))
    probability, hit = np.array(stated), np.array(right)
    results = []
    for low, high in BANDS:
        within = (probability >= low) & (probability < high)
        if within.sum() > 1:
            band = f"{100 * low:.0f} to {min(100 * high, 100):.0f}%"
            mean = POINTS * float(probability[within].mean())
            share = _percent(hit[within].tolist())
            results.append(
                Calibration(spread_points, n_seeds, band, int(within.sum()), mean, *share)
            )
    return results


def correlation_coverage(
    n_languages: int, rho: float, n: int, seed: int = 1
) -> tuple[float, float]:
    """Percentage of intervals that hold Spearman's rho of two normal variables, and its error."""
    rng = np.random.default_rng([seed, n_languages])
    truth = 6 / np.pi * np.arcsin(rho / 2)
    holds = []
    for _ in range(n):
        x, y = rng.standard_normal((2, n_languages))
        found = rank_correlation(x, rho * x + np.sqrt(1 - rho**2) * y)
        holds.append(found.low <= truth <= found.high)
    return _percent(holds)


Rows = list[dict[str, Any]]


def figures(n: int) -> Iterator[tuple[str, Callable[[], Rows]]]:
    """Every table by name with the work that gives some of its rows; ``n`` heatmaps each."""
    few = max(n // 10, 2)
    for world in grid():
        yield "null", partial(_rows, "cells", world, n)
    for world in grid(2000):
        yield "null, larger test sets", partial(_rows, "cells", world, n)
    for method in ("multi-bootstrap", "one t", "seeds alone", "examples alone"):
        for world in (World(n_seeds, 2.0, 2000) for n_seeds in (2, 3, 5)):
            size = few if method == "multi-bootstrap" else n
            yield "other methods", partial(_rows, method, world, size)
    for world in (World(2, 4.0), World(2, 8.0)):
        for method in ("without rounding", "cells"):
            yield "two seeds that agree", partial(_rows, method, world, n)
    for world in (World(1, 1.0), World(1, 2.0)):
        yield "one seed", partial(_rows, "examples alone", world, n)
    for table, world in HARDER:
        yield table, partial(_rows, "cells", world, n)
    for spread in (0.5, 2.0, 4.0):
        for n_seeds in (3, 5):
            yield "ranking", partial(_calibrated, spread, n_seeds, n)
    for n_examples in (300, 2000):
        for spread in (1.0, 2.0, 4.0):
            yield "smallest gain seen", partial(_detectable, n_examples, spread, n)
    for n_languages in (11, 39):
        for rho in (0.0, 0.6):
            yield "rank correlation", partial(_correlated, n_languages, rho, n)


def _rows(method: str, world: World, n: int) -> Rows:
    values = asdict(measure(method, world, n))
    return [{**values.pop("world"), **values}]


def _calibrated(spread: float, n_seeds: int, n: int) -> Rows:
    return [asdict(found) for found in calibration(spread, n_seeds, n)]


def _detectable(n_examples: int, spread: float, n: int) -> Rows:
    """For a gain with this spread over seeds and the examples of a made-up heatmap."""
    rng = np.random.default_rng(1)
    gains, difference = heatmaps(World(3, 1.0, n_examples), min(n, BATCH), rng)
    found = sources_of(gains, [difference])
    own = float((found.examples - found.interaction).mean())
    seen = {
        f"seeds_{seeds}": detectable_gain(spread, seeds, example_variance=own)
        for seeds in (2, 3, 5, 10)
    }
    return [{"n_examples": n_examples, "sd_points": spread, "own_variance": own, **seen}]


def _correlated(n_languages: int, rho: float, n: int) -> Rows:
    share, error = correlation_coverage(n_languages, rho, n)
    return [
        {"languages": n_languages, "rho": rho, "coverage": share, "coverage_error": error},
    ]


def _text(table: str, row: dict[str, Any]) -> str:
    """A line of the report: names and values, percentages with one decimal."""
    shown = (
        f"{name} {value:.1f}" if isinstance(value, float) else f"{name} {value}"
        for name, value in row.items()
        if value or isinstance(value, float) and name.startswith(("coverage", "marked"))
    )
    return f"{table}: " + ", ".join(shown)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the report, a line per figure as soon as it is there."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--heatmaps", type=int, default=1000, help="per figure")
    parser.add_argument("--only", default="", help="tables with this in their name")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    chosen = parser.parse_args(arguments)
    for table, work in figures(chosen.heatmaps):
        for row in work() if chosen.only in table else []:
            line = json.dumps({"table": table, **row}) if chosen.json else _text(table, row)
            print(line, flush=True)


if __name__ == "__main__":
    main()
