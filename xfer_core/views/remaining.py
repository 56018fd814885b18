"""How long active runs will still take, from how long finished stages of each kind took."""

from __future__ import annotations

from datetime import datetime

import pandas as pd

from xfer_core.views.selection import ACTIVE, CLOSED, LATEST_JOBS, Queryable

NEWEST = 50
"""Stages whose duration counts: older ones may have run on another machine."""
REMAINING = f"""
    WITH newest AS (
        SELECT kind, encoder, wall_seconds FROM current_jobs
        QUALIFY row_number() OVER (PARTITION BY kind, encoder ORDER BY ended_at DESC) <= {NEWEST}
    ), typical AS (
        SELECT kind, encoder, avg(wall_seconds) AS seconds FROM newest GROUP BY ALL
    ), of_kind AS (
        SELECT kind, avg(wall_seconds) AS seconds FROM newest GROUP BY ALL
    ), todo AS (
        SELECT s.run_id, s.state,
            coalesce(typical.seconds, of_kind.seconds) AS seconds,
            CASE WHEN s.state = 'running' AND j.started_at IS NOT NULL
                THEN greatest(epoch(?::TIMESTAMPTZ) - epoch(j.started_at), 0) ELSE 0 END AS spent
        FROM stages AS s JOIN runs AS r USING (run_id)
        LEFT JOIN typical ON typical.kind = s.kind AND typical.encoder = s.encoder
        LEFT JOIN of_kind ON of_kind.kind = s.kind
        LEFT JOIN ({LATEST_JOBS}) AS j ON j.job_id = s.key
        WHERE r.state IN {ACTIVE} AND s.state NOT IN {CLOSED}
    )
    SELECT run_id, CASE WHEN count(*) = count(seconds) THEN
        sum(greatest(seconds - spent, 0)) / greatest(count(*) FILTER (state = 'running'), 1)
        END AS eta_seconds
    FROM todo GROUP BY run_id
"""


def remaining(store: Queryable, now: datetime) -> pd.Series[float]:
    """Estimated seconds to the end of each active run, by run_id; NaN where a kind is new.

    The stages still open at the mean seconds of the newest finished stages of their kind (of the
    same encoder if there are any), shared by as many at a time as run now.
    """
    table = store.query(REMAINING, [now])
    return table.set_index("run_id")["eta_seconds"].astype(float)
