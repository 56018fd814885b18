"""How did the trainings of two models go?"""

from __future__ import annotations

import pandas as pd

from xfer_core.views.cell import CURVE_POINTS
from xfer_core.views.compare_sides import Side, results
from xfer_core.views.selection import Queryable

COLUMNS = ["side", "kind", "seed", "what", "step", "loss", "score"]
_CURVES = f"""
    WITH RECURSIVE chain AS (
        SELECT DISTINCT key, kind, parent, seed FROM stages WHERE key IN (SELECT unnest(?))
        UNION
        SELECT s.key, s.kind, s.parent, s.seed
        FROM stages AS s JOIN chain ON s.key = chain.parent
    )
    SELECT kind, seed, what, step, loss, score FROM (
        SELECT t.kind, t.seed, c.what, c.step, c.loss, c.score, c.seq,
            row_number() OVER (curve ORDER BY c.seq) - 1 AS place, count(*) OVER curve AS n
        FROM curves AS c JOIN current_jobs AS j USING (job_id, attempt)
        JOIN chain AS t ON t.key = j.job_id
        WHERE t.kind IN ('intermediate', 'target')
        WINDOW curve AS (PARTITION BY t.key, c.what)
    )
    WHERE place % greatest(n // {CURVE_POINTS}, 1) = 0 OR place = n - 1
    ORDER BY kind, seed, what, seq
"""


def compare_curves(
    store: Queryable, *, catalog: str, target: str, a: Side, b: Side
) -> pd.DataFrame:
    """The curves of exactly the trainings that the compared scores come from.

    Returns:
        One row per side ("a", "b"), training step and seed: ``kind`` ("intermediate" or
        "target"), ``what`` was learned from, ``loss``, and ``score`` on dev in [0, 1] where it
        was measured.
    """
    parts = []
    for name, side in (("a", a), ("b", b)):
        jobs = sorted(set(results(store, catalog, side, target)["job_id"]))
        parts.append(store.query(_CURVES, [jobs]).assign(side=name))
    return pd.concat(parts, ignore_index=True)[COLUMNS]
