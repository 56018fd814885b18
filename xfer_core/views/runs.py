"""Which runs were there, and how far did each of their stages get?"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd

from xfer_core.domain.run import NO_INTERMEDIATE, Stage, StageKind
from xfer_core.views.remaining import remaining
from xfer_core.views.selection import DONE, LATEST_JOBS, Queryable

COLUMNS = [
    *("run_id", "state", "reason", "created_at", "started_at", "ended_at"),
    *("stages_total", "stages_done", "stages_reused", "stages_failed", "eta_seconds"),
    *("encoder", "intermediates", "targets", "seeds", "attempt", "last_event_at", "catalog"),
]
RUNS = f"""
    SELECT r.run_id, r.state, r.reason, r.created_at, r.started_at, r.ended_at, r.attempt,
        count(s.key) AS stages_total,
        count(*) FILTER (s.state IN {DONE}) AS stages_done,
        count(*) FILTER (s.state = 'reused') AS stages_reused,
        count(*) FILTER (s.state = 'failed') AS stages_failed,
        array_to_string(list_sort(list(DISTINCT s.encoder)), ', ') AS encoder,
        array_to_string(list_sort(list(DISTINCT s.intermediate)), ', ') AS intermediates,
        array_to_string(list_sort(list(DISTINCT s.target)), ', ') AS targets,
        array_to_string(list_sort(list(DISTINCT s.seed)), ', ') AS seeds,
        min(s.catalog) AS catalog,
        max(greatest(r.created_at, r.started_at, r.ended_at, heard.last_at)) AS last_event_at
    FROM (SELECT * FROM runs ORDER BY created_at DESC, run_id DESC LIMIT ?) AS r
    LEFT JOIN stages AS s USING (run_id)
    LEFT JOIN (
        SELECT run_id, max(last_event_at) AS last_at FROM jobs GROUP BY run_id
    ) AS heard USING (run_id)
    GROUP BY ALL ORDER BY r.created_at DESC, r.run_id DESC
"""
STAGES = f"""
    SELECT s.key, s.kind, s.catalog, s.encoder, s.intermediate, s.target, s.seed, s.state,
        coalesce(j.wall_seconds,
            CASE WHEN s.state = 'running' THEN epoch(?::TIMESTAMPTZ) - epoch(j.started_at) END
        ) AS seconds,
        j.message, c.step, c.steps, c.loss, l.losses, j.last_event_at
    FROM stages AS s LEFT JOIN ({LATEST_JOBS}) AS j ON j.job_id = s.key
    LEFT JOIN (
        SELECT * FROM curves
        WHERE job_id IN (SELECT key FROM stages WHERE run_id = ?)
        QUALIFY row_number() OVER (PARTITION BY job_id, attempt ORDER BY seq DESC) = 1
    ) AS c ON c.job_id = j.job_id AND c.attempt = j.attempt
    LEFT JOIN (
        SELECT job_id, attempt, list(loss ORDER BY seq) AS losses FROM curves
        WHERE job_id IN (SELECT key FROM stages WHERE run_id = ?) AND isfinite(loss) GROUP BY ALL
    ) AS l ON l.job_id = j.job_id AND l.attempt = j.attempt
    WHERE s.run_id = ? ORDER BY s.position
"""
MOST_LOSSES = 40
"""As many as a line as wide as a column of a table can show."""
STAGE_COLUMNS = [
    *("key", "kind", "name", "state", "seconds", "message", "progress", "step", "steps"),
    *("loss", "losses", "last_event_at"),
]


RESOURCES = """
    SELECT j.kind, j.host, count(*) AS stages, sum(j.wall_seconds) AS seconds,
        median(c.tokens_per_second) AS tokens_per_second, max(l.memory_bytes) AS memory_bytes
    FROM stages AS s JOIN current_jobs AS j ON j.job_id = s.key
    LEFT JOIN (
        SELECT job_id, attempt, median(tokens_per_second) AS tokens_per_second FROM curves
        WHERE job_id IN (SELECT key FROM stages WHERE run_id = ?) GROUP BY ALL
    ) AS c ON c.job_id = j.job_id AND c.attempt = j.attempt
    LEFT JOIN (
        SELECT job_id, attempt, max(memory_bytes) AS memory_bytes FROM latency GROUP BY ALL
    ) AS l ON l.job_id = j.job_id AND l.attempt = j.attempt
    WHERE s.run_id = ? GROUP BY j.kind, j.host ORDER BY seconds DESC, j.kind
"""


def runs(store: Queryable, limit: int = 200, now: datetime | None = None) -> pd.DataFrame:
    """The newest runs.

    Args:
        store: where to ask.
        limit: runs at most.
        now: for the estimate; None is the clock.

    Returns:
        One row per run, the newest first: state, times (UTC), counts of stages (``stages_done``
        includes the reused ones), ``eta_seconds`` (NaN unless active and all kinds of stage have
        finished before), as texts its encoder, intermediates, targets and seeds, and
        ``last_event_at`` (UTC) of the run and its stages.
    """
    table = store.query(RUNS, [limit])
    eta = remaining(store, now or datetime.now(UTC))
    return table.assign(eta_seconds=table["run_id"].map(eta).astype(float))[COLUMNS]


def stages_of(store: Queryable, run_id: str, now: datetime | None = None) -> pd.DataFrame:
    """The stages of a run, in the order of its plan.

    Returns:
        One row per stage: key, kind, name, state (queued, waiting, running, succeeded, reused,
        failed, skipped), ``seconds`` it took or has taken so far, ``message`` of its failure,
        ``progress`` from 0 to 1, ``step`` of ``steps`` and ``loss`` as last reported, ``losses``
        of its last attempt so far (a list, of a long stage every n-th), ``last_event_at`` (UTC).
    """
    table = store.query(STAGES, [now or datetime.now(UTC), run_id, run_id, run_id])
    losses = pd.Series([_thinned(found) for found in table["losses"]], table.index, dtype=object)
    table = table.assign(name=stage_names(table), progress=progress(table), losses=losses)
    return table[STAGE_COLUMNS]


def _thinned(losses: Any) -> list[float]:
    """At most about MOST_LOSSES of them, the last one always among them."""
    if not isinstance(losses, Sequence | np.ndarray):
        return []
    step = -(-len(losses) // MOST_LOSSES)
    return [float(loss) for loss in losses[::-1][:: max(step, 1)][::-1]]


def resources_of(store: Queryable, run_id: str) -> pd.DataFrame:
    """What a run's finished stages took, those it reused among them.

    Returns:
        One row per kind of stage and machine: ``kind``, ``host``, number of ``stages``,
        ``seconds`` in all, median ``tokens_per_second`` of training and peak ``memory_bytes``
        of serving a model (NaN where none was recorded).
    """
    return store.query(RESOURCES, [run_id, run_id])


def environment_of(store: Queryable, run_id: str) -> dict[str, Any]:
    """What a run was made with, as its runner wrote it: commit, versions, machine."""
    table = store.query("SELECT environment FROM runs WHERE run_id = ?", [run_id])
    text = table["environment"].iloc[0] if len(table) else None
    found = json.loads(text) if isinstance(text, str) else {}
    return found if isinstance(found, dict) else {}


def progress(table: pd.DataFrame) -> list[float]:
    """How far each stage is, 0 to 1, from its state and last step."""
    return [
        1.0 if state in DONE else float(step / steps) if pd.notna(step) and steps else 0.0
        for state, step, steps in zip(table["state"], table["step"], table["steps"], strict=True)
    ]


def stage_names(table: pd.DataFrame) -> list[str]:
    """Names for people, as ``Stage.name``; the key where the kind is not known."""
    return [_name(row) for row in table.to_dict("records")]


def _name(row: Mapping[Any, Any]) -> str:
    if row["kind"] not in set(StageKind):
        return str(row["key"])
    target = row["target"] if isinstance(row["target"], str) else None
    return Stage(
        kind=StageKind(row["kind"]),
        key=str(row["key"]),
        catalog=str(row["catalog"]),
        encoder=str(row["encoder"]),
        intermediate=str(row["intermediate"] or NO_INTERMEDIATE),
        target=target,
        seed=0 if pd.isna(row["seed"]) else int(row["seed"]),
    ).name
