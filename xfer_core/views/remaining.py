"""How long active runs will still take: from the steps of what trains, and from what has ended."""

from __future__ import annotations

from datetime import datetime

import pandas as pd

from xfer_core.views.selection import ACTIVE, CLOSED, LATEST_JOBS, Queryable

NEWEST = 50
"""Stages whose duration counts: older ones may have run on another machine."""
OBSERVED_SECONDS = 2
"""A stage's own steps say how fast it trains once they were seen for so long."""
REMAINING = f"""
    WITH newest AS (
        SELECT kind, encoder, wall_seconds FROM current_jobs
        QUALIFY row_number() OVER (PARTITION BY kind, encoder ORDER BY ended_at DESC) <= {NEWEST}
    ), typical AS (
        SELECT kind, encoder, avg(wall_seconds) AS seconds FROM newest GROUP BY ALL
    ), of_kind AS (
        SELECT kind, avg(wall_seconds) AS seconds FROM newest GROUP BY ALL
    ), undone AS (
        SELECT s.run_id, s.key, s.kind, s.encoder, s.state
        FROM stages AS s JOIN runs AS r USING (run_id)
        WHERE r.state IN {ACTIVE} AND s.state NOT IN {CLOSED}
    ), attempts AS (
        SELECT job_id, attempt, epoch(?::TIMESTAMPTZ) AS now, epoch(started_at) AS began
        FROM ({LATEST_JOBS})
        WHERE job_id IN (SELECT key FROM undone WHERE state = 'running')
    ), trained AS (
        SELECT job_id, any_value(now) - epoch(max(recorded_at)) AS silent,
            (epoch(max(recorded_at)) - epoch(min(recorded_at)))
                * arg_max(steps - step, seq) / nullif(max(step) - min(step), 0) AS seconds
        FROM curves JOIN attempts USING (job_id, attempt) GROUP BY job_id
        HAVING epoch(max(recorded_at)) - epoch(min(recorded_at)) >= {OBSERVED_SECONDS}
    ), todo AS (
        SELECT u.run_id, u.state,
            coalesce(
                trained.seconds - silent,
                coalesce(typical.seconds, of_kind.seconds) - greatest(coalesce(now - began, 0), 0)
            ) AS seconds
        FROM undone AS u
        LEFT JOIN typical ON typical.kind = u.kind AND typical.encoder = u.encoder
        LEFT JOIN of_kind ON of_kind.kind = u.kind
        LEFT JOIN attempts ON attempts.job_id = u.key
        LEFT JOIN trained ON trained.job_id = u.key
    )
    SELECT run_id, CASE WHEN count(*) = count(seconds) THEN
        sum(greatest(seconds, 0)) / greatest(count(*) FILTER (state = 'running'), 1)
        END AS eta_seconds
    FROM todo GROUP BY run_id
"""


def remaining(store: Queryable, now: datetime) -> pd.Series[float]:
    """Estimated seconds to the end of each active run, by run_id; NaN where a kind is new.

    A stage that trains goes on as fast as this attempt has trained so far. The others take the mean
    seconds of the newest finished stages of their kind (of the same encoder if there are any), and
    all are shared by as many at a time as run now.
    """
    table = store.query(REMAINING, [now])
    return table.set_index("run_id")["eta_seconds"].astype(float)
