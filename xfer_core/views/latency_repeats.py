"""Does a latency measured again, hours later, agree with the first?"""

from __future__ import annotations

import pandas as pd

from xfer_core.views.latency import CONDITIONS, SERVING
from xfer_core.views.latency_starts import latency_starts, widened
from xfer_core.views.selection import Queryable, conditions


def latency_repeats(
    store: Queryable,
    *,
    catalog: str | None = None,
    encoder: str | None = None,
    target: str | None = None,
) -> pd.DataFrame:
    """Measurements of one model in one way under one condition, taken twice: first and last.

    All attempts count here, not the newest alone: ``xfer run --force-only latency`` measures again
    what has been measured.

    Args:
        store: where to ask.
        catalog: only this one; None means all of them, here and below.
        encoder: only this one.
        target: only this one.

    Returns:
        One row per model, way and condition with two measurements at least: ``hours_apart``;
        ``contended``, if either was; each median with its 95% interval in milliseconds per batch,
        and its ratio to the reference of the same passes, likewise; ``overlap`` and
        ``ratios_overlap``: whether the two intervals have a value in common. The bounds hold for
        another start, and ``start_percent`` says what it changes, where that is known from
        measurements *before* the last: it must not foretell itself. Else they are those of one
        process, and it is NaN.
    """
    where, parameters = conditions(catalog=catalog, encoder=encoder, target=target)
    which = ", ".join(
        ["catalog", "encoder", "intermediate", "target", "seed", *SERVING, *CONDITIONS]
    )
    when = "(recorded_at, attempt, seq)"
    pairs = store.query(
        f"""
        WITH pairs AS (
            SELECT {which}, arg_min(latency, {when}) AS a, arg_max(latency, {when}) AS b
            FROM latency {where}
            GROUP BY {which}, variant, back_end_version HAVING count(*) > 1
        )
        SELECT {which},
            date_diff('second', a.recorded_at, b.recorded_at) / 3600 AS hours_apart,
            coalesce(a.contended, false) OR coalesce(b.contended, false) AS contended,
            {_side("a", "first")}, {_side("b", "again")}
        FROM pairs
        ORDER BY catalog, encoder, target, intermediate, seed, layers NULLS FIRST, back_end,
            precision, batch_size, inputs
        """,
        parameters,
    )
    spreads = latency_starts(store, but_newest=True)
    for side in ("first", "again"):
        names = dict(zip([f"{side}_{end}" for end in ENDS.values()], ENDS, strict=True))
        bounds = widened(pairs.rename(columns=names), spreads)
        pairs = bounds.rename(columns={plain: name for name, plain in names.items()})
    return pairs.assign(
        overlap=_common(pairs, "low_ms", "high_ms"),
        ratios_overlap=_common(pairs, "ratio_low", "ratio_high"),
    )


ENDS = {
    **{"p50_ms": "ms", "ci_low_ms": "low_ms", "ci_high_ms": "high_ms"},
    **{"ratio": "ratio", "ratio_low": "ratio_low", "ratio_high": "ratio_high"},
}
"""Columns of a measurement, and what they are called behind "first_" and "again_"."""


def _side(row: str, side: str) -> str:
    return ", ".join(f"{row}.{name} AS {side}_{end}" for name, end in ENDS.items())


def _common(pairs: pd.DataFrame, low: str, high: str) -> pd.Series[bool]:
    return (pairs[f"first_{low}"] <= pairs[f"again_{high}"]) & (
        pairs[f"again_{low}"] <= pairs[f"first_{high}"]
    )
