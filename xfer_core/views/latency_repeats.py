"""Does a latency measured again, hours later, agree with the first?"""

from __future__ import annotations

import pandas as pd

from xfer_core.views.latency import CONDITIONS, SERVING
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
        and its ratio to the reference of the same passes; ``overlap`` and ``ratios_overlap``:
        whether the two intervals have a value in common.
    """
    where, parameters = conditions(catalog=catalog, encoder=encoder, target=target)
    which = ", ".join(
        ["catalog", "encoder", "intermediate", "target", "seed", *SERVING, *CONDITIONS]
    )
    when = "(recorded_at, attempt, seq)"
    return store.query(
        f"""
        WITH pairs AS (
            SELECT {which}, arg_min(latency, {when}) AS a, arg_max(latency, {when}) AS b
            FROM latency {where}
            GROUP BY {which}, variant, back_end_version HAVING count(*) > 1
        )
        SELECT {which},
            date_diff('second', a.recorded_at, b.recorded_at) / 3600 AS hours_apart,
            coalesce(a.contended, false) OR coalesce(b.contended, false) AS contended,
            a.p50_ms AS first_ms, a.ci_low_ms AS first_low_ms, a.ci_high_ms AS first_high_ms,
            b.p50_ms AS again_ms, b.ci_low_ms AS again_low_ms, b.ci_high_ms AS again_high_ms,
            a.ci_low_ms <= b.ci_high_ms AND b.ci_low_ms <= a.ci_high_ms AS overlap,
            a.ratio AS first_ratio, b.ratio AS again_ratio,
            a.ratio_low <= b.ratio_high AND b.ratio_low <= a.ratio_high AS ratios_overlap
        FROM pairs
        ORDER BY catalog, encoder, target, intermediate, seed, layers NULLS FIRST, back_end,
            precision, batch_size, inputs
        """,
        parameters,
    )
