"""What did the latency measurements give, under which conditions?"""

from __future__ import annotations

import pandas as pd

from xfer_core.domain.language import ZERO_SHOT
from xfer_core.views.gains import gains
from xfer_core.views.selection import Queryable, conditions, main_metric

CELL = ["catalog", "encoder", "intermediate", "target"]
CONDITIONS = [
    *("back_end", "precision", "device", "device_name", "threads", "batch_size", "unit"),
]
"""Measurements are comparable only where all of these agree."""
COLUMNS = [
    *("catalog", "encoder", "intermediate", "target", "language", "seed"),
    *("back_end", "precision", "device", "device_name", "threads", "batch_size"),
    *("sequence_length", "unit", "p50_ms", "p90_ms", "p95_ms", "p99_ms", "mean_ms"),
    *("ci_low_ms", "ci_high_ms", "throughput", "score", "n", "contended", "parameters"),
    *("load_average", "recorded_at"),
]


def latency(
    store: Queryable,
    *,
    catalog: str | None = None,
    encoder: str | None = None,
    target: str | None = None,
    language: str = ZERO_SHOT,
) -> pd.DataFrame:
    """Current latency measurements; of equal conditions the newest.

    Returns:
        One row per catalogue, encoder, intermediate, target, seed and condition (back end,
        precision, device, device name, threads, batch size, unit). Times in milliseconds per
        batch; ``ci_low_ms`` and ``ci_high_ms`` bound the median (95%, within one process);
        ``throughput`` in units per second; ``n`` samples. ``score`` is the cell's mean over
        seeds in ``language``, NaN where it was not evaluated.
    """
    where, parameters = conditions(catalog=catalog, encoder=encoder, target=target)
    condition = ", ".join(CONDITIONS)
    table = store.query(
        f"""
        SELECT * FROM current_latency {where}
        QUALIFY row_number() OVER (
            PARTITION BY catalog, encoder, intermediate, target, seed, {condition}
            ORDER BY recorded_at DESC, job_id, seq DESC
        ) = 1
        ORDER BY catalog, encoder, target, intermediate <> 'none', intermediate, seed, {condition}
        """,
        parameters,
    )
    scores = main_metric(
        store, gains(store, catalog=catalog, encoder=encoder, target=target, language=language)
    )
    merged = table.merge(scores[[*CELL, "score"]], on=CELL, how="left")
    return merged.assign(language=language)[COLUMNS]
