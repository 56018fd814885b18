"""What did the latency measurements give, under which conditions?"""

from __future__ import annotations

from typing import Any

import pandas as pd

from xfer_core.domain.language import ZERO_SHOT
from xfer_core.domain.serving import FP32, TORCH, Serving, encoder_of
from xfer_core.views.gains import gains
from xfer_core.views.latency_starts import latency_starts, widened
from xfer_core.views.selection import Queryable, conditions, listed, main_metric

SERVING = ["layers", "back_end", "precision"]
"""How a model runs; with the encoder and the intermediate task it is what a point is about."""
CONDITIONS = [
    *("device", "device_name", "machine", "threads", "batch_size", "inputs", "unit"),
]
"""Measurements are comparable only where all of these agree."""
COLUMNS = [
    *("catalog", "encoder", "intermediate", "target", "language", "seed"),
    *(*SERVING, "back_end_version", *CONDITIONS, "sequence_length"),
    *("p50_ms", "p90_ms", "p95_ms", "p99_ms", "mean_ms", "ci_low_ms", "ci_high_ms"),
    *("tokenization_ms", "model_ms", "reference_ms", "ratio", "ratio_low", "ratio_high"),
    *("throughput", "search_ms", "index_size", "score", "n", "passes", "repeated", "stable"),
    *("spread", "other_cores", "waited_share", "contended", "remark", "parameters", "operations"),
    *("memory_bytes", "disk_bytes", "load_average", "recorded_at", "name", "pass_ratios", "note"),
    "start_percent",
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

    Args:
        store: where to ask.
        catalog: only this one; None means all of them, here and below.
        encoder: only this one; a name such as "mini-s~layers=2" stands for its encoder.
        target: only this one.
        language: of the scores.

    Returns:
        One row per catalogue, encoder, intermediate, target, seed, way to run it (layers kept,
        NULL for all; back end; precision) and condition (``CONDITIONS``). Times in milliseconds
        per batch; ``ci_low_ms`` and ``ci_high_ms`` bound the median (95% over passes),
        ``ratio`` is to the reference in the same passes. On a machine where measurements were
        repeated all bounds hold for another start too, and ``start_percent`` says what it changes;
        else they are those of one process and it is NaN. ``throughput`` in units per second;
        ``search_ms`` per 1,000 queries in ``index_size`` sentences; ``n`` samples.
        ``name`` is the encoder's in the scores, and ``score`` that cell's mean over seeds in
        ``language``, NaN where it was not evaluated. ``pass_ratios`` is a list, one a pass;
        ``note`` is what a reader of the score must know.
    """
    where, parameters = conditions(
        catalog=catalog, encoder=encoder_of(encoder) if encoder else None, target=target
    )
    place = ", ".join([*SERVING, *CONDITIONS])
    table = store.query(
        f"""
        SELECT * FROM (
            SELECT * REPLACE (
                coalesce(inputs, 'mix') AS inputs, coalesce(machine, '') AS machine,
                coalesce(back_end, '{TORCH}') AS back_end, coalesce(precision, '{FP32}')
                    AS precision
            ) FROM current_latency
        ) {where}
        QUALIFY row_number() OVER (
            PARTITION BY catalog, encoder, intermediate, target, seed, {place}
            ORDER BY recorded_at DESC, job_id, seq DESC
        ) = 1
        ORDER BY catalog, encoder, target, intermediate <> 'none', intermediate, seed,
            layers NULLS FIRST, back_end <> '{TORCH}', precision <> '{FP32}', {place}
        """,
        parameters,
    )
    whole = ("layers", "index_size", "memory_bytes", "disk_bytes")
    table = table.astype(dict.fromkeys(whole, "Int64"))
    names = [name_of(row) for row in table.to_dict("records")]
    table["name"] = pd.Series(names, table.index, dtype=str)
    table["pass_ratios"] = [listed(value) for value in table["pass_ratios"]]
    scores = main_metric(store, gains(store, catalog=catalog, target=target, language=language))
    scores = scores.rename(columns={"encoder": "name"})
    cell = ["catalog", "name", "intermediate", "target"]
    merged = table.merge(scores[[*cell, "score", "note"]], on=cell, how="left")
    merged = widened(merged, latency_starts(store))
    return merged.assign(language=language)[COLUMNS]


def timed(store: Queryable, *, catalog: str, target: str) -> pd.DataFrame:
    """Which batches and texts were timed on a target.

    Returns:
        One row per ``batch_size`` and ``inputs``, small batches and texts as they come first, with
        ``p50_ms``, the median over the models of their median milliseconds.
    """
    return store.query(
        """
        SELECT batch_size, coalesce(inputs, 'mix') AS inputs, median(p50_ms) AS p50_ms
        FROM current_latency WHERE catalog = ? AND target = ?
        GROUP BY batch_size, coalesce(inputs, 'mix') ORDER BY batch_size, inputs
        """,
        [catalog, target],
    )


def name_of(row: Any) -> str:
    """The encoder's name in the scores of a model that runs as the row says."""
    layers = None if pd.isna(row["layers"]) else int(row["layers"])
    return Serving(row["back_end"], row["precision"], layers).named(str(row["encoder"]))
