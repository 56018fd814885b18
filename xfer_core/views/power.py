"""Which gain do the seeds of a cell show, and how many more would its own gain need?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from xfer_core.domain.run import NO_INTERMEDIATE
from xfer_core.stats import detectable_gain, example_variance, pooled_sd, seeds_needed
from xfer_core.stats.power import MOST_SEEDS
from xfer_core.views.gains import gains
from xfer_core.views.selection import Queryable, main_metric
from xfer_core.views.versions import variants_of

GROUP = ["catalog", "encoder", "target", "language", "metric"]
"""Cells of one group share their spread over seeds: they differ in the intermediate alone."""
FEWEST_SEEDS = 3
"""Seeds that a cell with one seed is told about."""
WANTED = 0.8
"""How often the gain would show."""


@dataclass(frozen=True)
class Power:
    """What the seeds of one cell can tell, all gains in points.

    ``sees_points`` is the smallest true gain that ``seeds`` seeds show with a probability of
    ``WANTED`` (a 95% interval that excludes 0, for this cell alone); ``seeds`` is ``FEWEST_SEEDS``
    where the cell has one, which never shows anything. ``needed`` is the number of seeds that
    its own gain would need, None where ``MOST_SEEDS`` are not enough. ``spread_points`` is the
    spread of a gain over seeds, pooled over the cells of the same target and language.
    """

    gain_points: float
    n_seeds: int
    seeds: int
    sees_points: float
    needed: int | None
    spread_points: float

    @property
    def more(self) -> int | None:
        """Seeds that lack before the cell's own gain would show; None where none help."""
        return None if self.needed is None else max(self.needed - self.n_seeds, 0)


def cell_power(
    store: Queryable,
    *,
    catalog: str,
    encoder: str,
    intermediate: str,
    target: str,
    language: str,
    metric: str | None = None,
    version: str | None = None,
) -> Power | None:
    """The power of one cell; None without a gain, or where no cell beside it has two seeds.

    ``language`` may be a mean; ``metric`` None is the main one, ``version`` None the newest.
    """
    found = gains(
        store,
        catalog=catalog,
        encoder=encoder,
        target=target,
        language=language,
        metric=metric,
        variants=variants_of(store, catalog, encoder, version) if version else None,
    )
    table = found if metric is not None else main_metric(store, found)
    own = table[table["intermediate"] == intermediate]
    rows = own.to_dict("records")
    return _power(rows[0], _spread(table)) if rows else None


def with_power(table: pd.DataFrame, among: pd.DataFrame) -> pd.DataFrame:
    """A table of ``gains`` with what its seeds show; some 20 ms a row.

    Args:
        table: the cells.
        among: the same with all intermediate tasks, for the spread over seeds.

    Returns:
        The table and ``sees_points``, ``seeds_needed`` (both as in ``Power``; NaN where unknown,
        and ``seeds_needed`` where ``MOST_SEEDS`` are not enough).
    """
    spreads = {key: _spread(part) for key, part in among.groupby(GROUP)}
    found = [_power(row, spreads[_group(row)]) for row in table.to_dict("records")]
    sees = [math.nan if one is None else one.sees_points for one in found]
    needed = [math.nan if one is None or one.needed is None else one.needed for one in found]
    return table.assign(
        sees_points=np.array(sees, dtype=float), seeds_needed=np.array(needed, dtype=float)
    )


def _group(row: Mapping[Any, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in GROUP)


def _spread(table: pd.DataFrame) -> float:
    """The spread of a gain over seeds, from all cells that have a gain."""
    body = table[table["intermediate"] != NO_INTERMEDIATE]
    return pooled_sd(body["sd_points"].to_numpy(dtype=float), body["n_seeds"].to_numpy(dtype=float))


def _power(row: Mapping[Any, Any], spread: float) -> Power | None:
    gain, n = float(row["gain_points"]), int(row["n_seeds"])
    is_baseline = row["intermediate"] == NO_INTERMEDIATE
    if is_baseline or not math.isfinite(gain) or not math.isfinite(spread):
        return None
    half = (float(row["ci_high"]) - float(row["ci_low"])) / 2
    own = float(example_variance(half, float(row["sd_points"]), n))
    own = own if math.isfinite(own) else 0.0
    seeds = n if n > 1 else FEWEST_SEEDS
    sees = detectable_gain(spread, seeds, example_variance=own, wanted=WANTED)
    needed = seeds_needed(abs(gain), spread, example_variance=own, wanted=WANTED, most=MOST_SEEDS)
    return Power(gain, n, seeds, sees, needed, spread)
