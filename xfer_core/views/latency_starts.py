"""How far do latencies of the same model lie apart from start to start?"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from xfer_core.stats.starts import Starts, starts
from xfer_core.views.selection import Queryable

MODEL = ["machine", "catalog", "encoder", "intermediate", "target", "seed", "variant"]
SETTING = [*("layers", "back_end", "precision", "batch_size", "inputs", "device", "threads")]
PROCESS = ["job_id", "attempt"]
MEASURED = f"""
    SELECT {", ".join([*MODEL, *SETTING, "unit", "back_end_version", *PROCESS])}, passes, ratio,
        ratio_low, ratio_high
    FROM latency
    WHERE NOT coalesce(contended, false) AND ratio > 0 AND ratio_low > 0 AND passes > 1
        AND machine IS NOT NULL
"""
NOT_NEWEST = f"""
    QUALIFY row_number() OVER (
        PARTITION BY {", ".join([*MODEL, *SETTING])} ORDER BY recorded_at DESC, attempt DESC
    ) > 1
"""


def latency_starts(store: Queryable, *, but_newest: bool = False) -> dict[str, Starts]:
    """Per machine what another start changes in a ratio to the reference.

    It is learned from clean measurements that were repeated, as by
    ``xfer run --force-only latency``.

    Args:
        store: where to ask.
        but_newest: whether the newest measurement of each setting is left out, so that it can be
            foretold from the others.

    Returns:
        Machine -> ``Starts``; a machine on which nothing was repeated is missing.
    """
    table = store.query(MEASURED + NOT_NEWEST if but_newest else MEASURED)
    found = {}
    for machine, rows in table.groupby("machine"):
        spread = _of(rows)
        if spread is not None:
            found[str(machine)] = spread
    return found


def widened(table: pd.DataFrame, spreads: dict[str, Starts]) -> pd.DataFrame:
    """Measurements with bounds that hold for another start on their machine.

    Args:
        table: rows with ``machine``, ``p50_ms``, ``ratio`` and their bounds.
        spreads: from ``latency_starts``.

    Returns:
        The same rows; ``start_percent`` says by how much a start differs from another (one
        standard deviation), NaN where that is not known and the bounds are those of one process.
    """
    table = table.assign(start_percent=np.nan)
    for machine, spread in spreads.items():
        here = table["machine"] == machine
        table.loc[here, "start_percent"] = 100 * np.expm1(spread.sd)
        for low, middle, high in (
            ("ci_low_ms", "p50_ms", "ci_high_ms"),
            ("ratio_low", "ratio", "ratio_high"),
        ):
            below, value, above = (table.loc[here, name] for name in (low, middle, high))
            table.loc[here, low], table.loc[here, high] = spread.widened(below, value, above)
    return table


def _of(rows: pd.DataFrame) -> Starts | None:
    """The spread on one machine; a process that measures many settings is one start."""
    halves = (np.log(rows["ratio_high"]) - np.log(rows["ratio_low"])) / 2
    errors = halves / stdtrit(rows["passes"] - 1, 0.975)
    rows = rows.assign(_log=np.log(rows["ratio"]), _error=errors)
    settings = [*MODEL, *SETTING, "unit", "back_end_version"]
    values, known = [], []
    for _, each in rows.groupby(settings, dropna=False):
        values.append(each["_log"].to_numpy())
        known.append(each["_error"].to_numpy())
    processes = rows.drop_duplicates([*MODEL, *PROCESS]).groupby(MODEL, dropna=False).size()
    return starts(values, known, int((processes - 1).clip(lower=0).sum()))
