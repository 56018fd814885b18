"""What is at work now, how far is it, and when was it last heard of?"""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd

from xfer_core.views.remaining import remaining
from xfer_core.views.runs import progress, stage_names
from xfer_core.views.selection import ACTIVE, DONE, LATEST_JOBS, Queryable

COLUMNS = [
    *("run_id", "state", "started_at", "stages_done", "stages_total", "progress", "stage"),
    *("stage_progress", "step", "steps", "loss", "eta_seconds", "seconds_since_event"),
]
RUNNING = f"""
    WITH active AS (
        SELECT * FROM runs WHERE state IN {ACTIVE}
    ), working AS (
        SELECT s.*, j.attempt, j.last_event_at
        FROM stages AS s JOIN active USING (run_id) LEFT JOIN ({LATEST_JOBS}) AS j
            ON j.job_id = s.key
        WHERE s.state = 'running'
        QUALIFY row_number() OVER (
            PARTITION BY s.run_id ORDER BY j.last_event_at DESC NULLS LAST, s.position
        ) = 1
    ), counted AS (
        SELECT run_id, count(*) AS stages_total,
            count(*) FILTER (state IN {DONE}) AS stages_done
        FROM stages GROUP BY run_id
    ), heard AS (
        SELECT run_id, max(last_event_at) AS last_at FROM jobs GROUP BY run_id
    ), reported AS (
        SELECT * FROM curves WHERE job_id IN (SELECT key FROM working)
        QUALIFY row_number() OVER (PARTITION BY job_id, attempt ORDER BY seq DESC) = 1
    )
    SELECT r.run_id, r.state AS run_state, r.started_at, counted.stages_done,
        counted.stages_total, w.key, w.kind, w.catalog, w.encoder, w.intermediate, w.target,
        w.seed, w.state, c.step, c.steps, c.loss,
        epoch(?::TIMESTAMPTZ) - epoch(
            greatest(heard.last_at, w.last_event_at, r.started_at, r.created_at)
        ) AS seconds_since_event
    FROM active AS r LEFT JOIN counted USING (run_id) LEFT JOIN heard USING (run_id)
    LEFT JOIN working AS w USING (run_id)
    LEFT JOIN reported AS c ON c.job_id = w.key AND c.attempt = w.attempt
    ORDER BY r.created_at, r.run_id
"""


def results(store: Queryable) -> int:
    """How many evaluations have their result: grows with each that ends."""
    table = store.query("SELECT count(*) AS n FROM current_jobs WHERE kind = 'evaluate'")
    return int(table["n"].iloc[0])


def latest(store: Queryable) -> tuple[int, str, int]:
    """Changes whenever a job got a result, also a new one in place of an old, or a stage ended.

    Unlike ``results`` it counts nothing that a person could be told.
    """
    jobs = store.query("SELECT count(*) AS n, max(last_event_at) AS at FROM current_jobs")
    ended = store.query(f"SELECT count(*) AS n FROM stages WHERE state IN {DONE}")
    return int(jobs["n"].iloc[0]), str(jobs["at"].iloc[0]), int(ended["n"].iloc[0])


def running(store: Queryable, now: datetime | None = None) -> pd.DataFrame:
    """Runs that have not ended, as far as the spool says; a lock tells whether one still lives.

    Args:
        store: where to ask.
        now: for the estimate and the silence; None is the clock.

    Returns:
        One row per active run, the oldest first: ``progress`` of the run (done stages and the
        part of the current one, 0 to 1), the ``stage`` last heard of (a name; NaN if none is at
        work) with its ``stage_progress``, ``step``, ``steps`` and ``loss``, ``eta_seconds``
        (NaN if unknown) and ``seconds_since_event`` of the run or its stages.
    """
    at = now or datetime.now(UTC)
    table = store.query(RUNNING, [at])
    names = pd.Series(stage_names(table), index=table.index, dtype=object)
    part = pd.Series(progress(table), index=table.index, dtype=float)
    done, total = table["stages_done"].fillna(0), table["stages_total"].fillna(0)
    return table.assign(
        state=table["run_state"],
        stage=names.where(table["key"].notna()),
        stage_progress=part,
        stages_done=done.astype(int),
        stages_total=total.astype(int),
        progress=((done + part) / total.clip(lower=1)).astype(float),
        eta_seconds=table["run_id"].map(remaining(store, at)).astype(float),
    )[COLUMNS]
