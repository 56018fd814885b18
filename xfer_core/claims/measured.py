"""Cells as a rule sees them: what is measured, what is missing, and sums of several gains."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from xfer_core.claims.claim import Cell, Facts, Hole, Pair
from xfer_core.stats import example_variance, intervals, seeds_needed
from xfer_core.stats.gain import Sources

LEVEL = 0.05
MOST_SEEDS = 10
"""More seeds than this are not asked for: more test examples would help more."""
_MANY = 1_000_000.0
"""Degrees of freedom of a variance over many examples."""


@dataclass(frozen=True)
class Contrast:
    """A weighted sum of mean gains over the seeds that all its cells share, in points.

    With one seed the interval and the p-value are NaN: nothing is said about training again.
    """

    gain_points: float
    ci_low: float
    ci_high: float
    p_value: float
    sd_points: float
    example_variance: float
    seeds: tuple[int, ...]

    @property
    def is_up(self) -> bool:
        """Whether it is above 0 at 5%."""
        return self.p_value < LEVEL and self.gain_points > 0

    def seeds_for(self, least: float) -> int | None:
        """How many seeds would show it, or a sum of ``least`` points if that is more.

        None where ``MOST_SEEDS`` are not enough.
        """
        if not np.isfinite(self.sd_points):
            return None
        wanted = max(abs(self.gain_points), least)
        variance = self.example_variance
        return seeds_needed(wanted, self.sd_points, example_variance=variance, most=MOST_SEEDS)


def contrast(parts: Sequence[tuple[float, Cell]]) -> Contrast | None:
    """The weighted sum of the cells' gains; None where they share no seed.

    The gains are summed per seed first, because one seed's gains share its trained models. What
    the test examples add is read off each cell's own interval and summed as if the cells had
    examples of their own; where they share a baseline that is on the safe side.

    Args:
        parts: weight and row of ``gains`` with ``seeds``, ``seed_scores``, ``seed_baselines``,
            ``sd_points``, ``ci_low``, ``ci_high`` and ``n_seeds``.
    """
    shared = set.intersection(*(set(cell["seeds"]) for _, cell in parts)) if parts else set()
    if not shared:
        return None
    seeds = tuple(sorted(shared))
    each = np.array([[weight * _gains(cell)[seed] for seed in seeds] for weight, cell in parts])
    sums, n = each.sum(axis=0), len(seeds)
    own = sum(weight**2 * _examples(cell) for weight, cell in parts)
    sd = float(sums.std(ddof=1)) if n > 1 else float("nan")
    mean = float(sums.mean())
    nothing = (float("nan"),) * 3
    low, high, p = _interval(mean, sd, own, n) if n > 1 else nothing
    return Contrast(mean, low, high, p, sd, own, seeds)


def _interval(mean: float, sd: float, own: float, n: int) -> tuple[float, float, float]:
    zero = np.zeros(1)
    sources = Sources(
        np.array([sd**2 / n]), np.array([own]), zero, zero, np.array([n]), np.array([_MANY])
    )
    low, high, p = intervals(np.array([mean]), sources)
    return float(low[0]), float(high[0]), float(p[0])


def _gains(cell: Cell) -> dict[int, float]:
    rows = zip(cell["seeds"], cell["seed_scores"], cell["seed_baselines"], strict=True)
    return {int(seed): 100 * (score - base) for seed, score, base in rows}


def _examples(cell: Cell) -> float:
    half = (cell["ci_high"] - cell["ci_low"]) / 2
    found = float(example_variance(half, cell["sd_points"], cell["n_seeds"]))
    return found if np.isfinite(found) else 0.0


class Measured:
    """The paired cells of one language or mean, by intermediate and target."""

    def __init__(self, facts: Facts, language: str) -> None:
        """``language`` is a code or the name of a mean."""
        self.language = language
        self._cells = facts.paired.get(language, {})

    def of(self, pairs: Iterable[Pair]) -> dict[Pair, Cell]:
        """Those of the pairs that have a gain."""
        return {pair: self._cells[pair] for pair in pairs if pair in self._cells}

    def seeds(self, pairs: Sequence[Pair], count: int) -> tuple[int, ...]:
        """So many seeds for the pairs, the most used ones first, then the smallest free ones."""
        used = Counter(int(s) for pair in pairs for s in self._seeds(pair))
        if not used:
            used = Counter(int(s) for cell in self._cells.values() for s in cell["seeds"])
        known = sorted(used, key=lambda seed: (-used[seed], seed))[:count]
        free = (seed for seed in range(1, count + len(known) + 1) if seed not in known)
        while len(known) < count:
            known.append(next(free))
        return tuple(sorted(known))

    def holes(self, pairs: Iterable[Pair], seeds: Iterable[int]) -> tuple[Hole, ...]:
        """What of the pairs is not measured with these seeds."""
        wanted = tuple(seeds)
        return tuple(
            Hole(*pair, seed)
            for pair in dict.fromkeys(pairs)
            for seed in wanted
            if seed not in self._seeds(pair)
        )

    def keys(self, pairs: Iterable[Pair]) -> tuple[tuple[str, str, str], ...]:
        """The measured ones as (intermediate, target, language)."""
        return tuple((*pair, self.language) for pair in self.of(pairs))

    def _seeds(self, pair: Pair) -> list[int]:
        cell = self._cells.get(pair)
        return list(cell["seeds"]) if cell else []


def pairs_of(intermediates: Iterable[str], targets: Iterable[str]) -> list[Pair]:
    """Every intermediate with every target."""
    return [(one, target) for target in targets for one in intermediates]
