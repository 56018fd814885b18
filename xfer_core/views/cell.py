"""Everything behind one cell of the heatmap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from xfer_core.domain.language import MEANS
from xfer_core.stats import paired_gain
from xfer_core.views.gains import gains
from xfer_core.views.selection import Queryable, languages_of, main_metric
from xfer_core.views.versions import variants_of

CURVE_POINTS = 400
"""Points kept per curve: more than a chart can show."""
LANGUAGE_COLUMNS = [
    *("language", "gain_points", "ci_low", "ci_high", "score", "baseline", "n_seeds"),
    "note",
]
RUNS = """
    SELECT s.run_id, r.state, coalesce(r.started_at, r.created_at) AS started_at,
        list_sort(list(DISTINCT s.seed)) AS seeds
    FROM stages AS s JOIN runs AS r USING (run_id)
    WHERE s.catalog = ? AND s.encoder = ? AND s.intermediate = ? AND s.target = ?
        AND s.kind IN ('target', 'evaluate')
    GROUP BY ALL ORDER BY started_at DESC, s.run_id
"""
CURVES = f"""
    SELECT kind, seed, step, loss, score, what FROM (
        SELECT j.kind, j.seed, c.step, c.loss, c.score, c.what, c.attempt, c.seq,
            row_number() OVER (curve ORDER BY c.seq) - 1 AS place, count(*) OVER curve AS n
        FROM curves AS c JOIN (
            SELECT * FROM current_jobs
            WHERE catalog = ? AND encoder = ? AND intermediate = ?
                AND ((kind = 'target' AND target = ?) OR kind = 'intermediate')
            QUALIFY row_number() OVER (
                PARTITION BY kind, seed ORDER BY started_at DESC, job_id
            ) = 1
        ) AS j USING (job_id, attempt)
        WINDOW curve AS (PARTITION BY j.kind, j.seed, c.what)
    )
    WHERE place % greatest(n // {CURVE_POINTS}, 1) = 0 OR place = n - 1
    ORDER BY kind, seed, what, seq
"""


@dataclass(frozen=True)
class CellDetail:
    """What is known about one cell; tables without rows where nothing is.

    ``gain``: its row of ``gains`` (None without a score; ``significant`` is of the cell alone,
    the heatmap's is of the grid). ``by_seed``: one row per seed: seed, score, baseline,
    gain_points. ``by_language``: one row per language of the target: language, gain_points,
    ci_low, ci_high, score, baseline, n_seeds, note. ``runs``: one row per run that asked for the
    cell, the newest first: run_id, state, started_at, seeds (list). ``curves``: one row per
    training step: kind ("intermediate" or "target"), seed, step, loss, what; the newest job per
    seed.
    """

    gain: pd.Series[Any] | None
    by_seed: pd.DataFrame
    by_language: pd.DataFrame
    runs: pd.DataFrame
    curves: pd.DataFrame


def cell(
    store: Queryable,
    *,
    catalog: str,
    encoder: str,
    intermediate: str,
    target: str,
    language: str,
    metric: str | None = None,
    version: str | None = None,
) -> CellDetail:
    """Scores, spread, runs and curves behind one cell.

    ``language`` may be a mean; ``metric`` None is the main one, ``version`` None the newest.
    """
    key = [catalog, encoder, intermediate, target]
    found = gains(
        store,
        catalog=catalog,
        encoder=encoder,
        intermediate=intermediate,
        target=target,
        metric=metric,
        variants=variants_of(store, catalog, encoder, version) if version else None,
    )
    table = found if metric is not None else main_metric(store, found)
    order = languages_of(store, catalog, encoder).get(target, [])
    own = table[table["language"] == language]
    gain = None if own.empty else own.iloc[0]
    return CellDetail(
        gain=gain,
        by_seed=_by_seed(gain),
        by_language=_by_language(table, order),
        runs=store.query(RUNS, key),
        curves=store.query(CURVES, key),
    )


def _by_seed(gain: pd.Series[Any] | None) -> pd.DataFrame:
    columns = ["seed", "score", "baseline", "gain_points"]
    if gain is None:
        return pd.DataFrame(columns=columns)
    scores = gain["seed_scores"]
    baselines = gain["seed_baselines"] or [float("nan")] * len(scores)
    values = (gain["seeds"], scores, baselines, paired_gain(scores, baselines))
    return pd.DataFrame(dict(zip(columns, values, strict=True)))


def _by_language(table: pd.DataFrame, order: list[str]) -> pd.DataFrame:
    single = table[~table["language"].isin(MEANS)]
    place = {code: at for at, code in enumerate(order)}
    single = single.assign(_at=[place.get(code, len(place)) for code in single["language"]])
    return single.sort_values(["_at", "language"])[LANGUAGE_COLUMNS].reset_index(drop=True)
