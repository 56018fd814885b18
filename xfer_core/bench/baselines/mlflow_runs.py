"""MLflow's tracking store with the runs and scores of one of ours, for its own web interface.

Ten million scores by ``log_batch`` would take hours (see P8), so the rows are put into the tables
that MLflow has made.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
from mlflow import MlflowClient  # type: ignore[import-not-found]

from xfer_core.bench.baselines.answering import answer_all

AT_ONCE = 200_000
# In the order of the primary keys, so that the trees grow at their end.
SCORES = """
    SELECT scores.target || '/' || language || '/' || replace(metric, '@', ' at ') AS key,
        md5(jobs.run_id) AS run, value
    FROM scores JOIN jobs USING (job_id, attempt) ORDER BY key, run
"""
RUNS = "SELECT md5(run_id) AS run, run_id, epoch_ms(created_at) FROM runs ORDER BY run"
PARAMETERS = """
    SELECT DISTINCT md5(run_id) AS run, encoder, intermediate, variant, seed::VARCHAR
    FROM jobs ORDER BY run
"""
NAMES = ("encoder", "intermediate", "variant", "seed")


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Fill a new store; how many ``runs`` and ``scores`` MLflow then finds, ``experiment`` its id.

    Args:
        request: ``database`` of ours; ``folder`` for theirs.
    """
    path = Path(request["folder"]) / "mlflow.db"
    client = MlflowClient(f"sqlite:///{path}")
    experiment = client.create_experiment("xfer", artifact_location=request["folder"])
    with duckdb.connect(request["database"], read_only=True) as ours, sqlite3.connect(path) as to:
        to.execute("PRAGMA synchronous = OFF")
        to.execute("PRAGMA cache_size = -1000000")
        _fill(ours, to, int(experiment))
        to.commit()
        runs, scores = (
            to.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("runs", "latest_metrics")
        )
        to.execute("ANALYZE")
    return {"experiment": experiment, "runs": runs, "scores": scores}


def _fill(ours: duckdb.DuckDBPyConnection, to: sqlite3.Connection, experiment: int) -> None:
    fixed = {
        **{"source_type": "LOCAL", "source_name": "xfer", "entry_point_name": "", "user_id": "x"},
        **{"status": "FINISHED", "source_version": "", "lifecycle_stage": "active"},
        **{"experiment_id": experiment},
    }
    columns = ["run_uuid", "name", "start_time", "end_time", "artifact_uri", *fixed]
    rows = [
        (run, name, at, at + 3_600_000, f"/tmp/{run}", *fixed.values())
        for run, name, at in ours.execute(RUNS).fetchall()
    ]
    _insert(to, "runs", columns, rows)
    tags = [("mlflow.runName", name, run) for run, name, *_ in rows]
    _insert(to, "tags", ["key", "value", "run_uuid"], tags)
    told = ours.execute(PARAMETERS).fetchall()
    parameters = [(key, row[place + 1], row[0]) for place, key in enumerate(NAMES) for row in told]
    _insert(to, "params", ["key", "value", "run_uuid"], parameters)
    columns = ["key", "run_uuid", "value", "timestamp", "step", "is_nan"]
    for some in _scores(ours):
        for table in ("metrics", "latest_metrics"):
            _insert(to, table, columns, some)


def _scores(ours: duckdb.DuckDBPyConnection) -> Iterator[list[tuple[Any, ...]]]:
    found = ours.execute(SCORES)
    while some := found.fetchmany(AT_ONCE):
        yield [(*row, 1_700_000_000_000, 0, 0) for row in some]


def _insert(
    to: sqlite3.Connection, table: str, columns: list[str], rows: list[tuple[Any, ...]]
) -> None:
    marks = ", ".join("?" * len(columns))
    to.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)


if __name__ == "__main__":
    answer_all(answer, {"version": version("mlflow")})
