"""MLflow's tracking store: score rows by ``log_batch`` into its default kind of store, SQLite."""

from __future__ import annotations

import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mlflow import MlflowClient  # type: ignore[import-not-found]
from mlflow.entities import Metric  # type: ignore[import-not-found]

from xfer_core.bench.baselines.answering import answer_all


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """One run per stage, one ``log_batch`` per run: ``seconds`` of these calls, ``rows`` found.

    The database and the runs are made before the clock starts.
    """
    folder = Path(request["folder"])
    client = MlflowClient(f"sqlite:///{folder / 'mlflow.db'}")
    experiment = client.create_experiment(request["name"], artifact_location=str(folder))
    stages: list[dict[str, float]] = request["stages"]
    runs = [client.create_run(experiment).info.run_id for _ in stages]
    stamp = int(time.time() * 1000)
    started = time.perf_counter()
    for run_id, scores in zip(runs, stages, strict=True):
        metrics = [Metric(name, value, stamp, 0) for name, value in scores.items()]
        client.log_batch(run_id, metrics=metrics)
    seconds = time.perf_counter() - started
    found = client.search_runs([experiment], max_results=len(runs))
    values = [sorted(run.data.metrics.values()) for run in found]
    return {"seconds": seconds, "values": sorted(value for some in values for value in some)}


if __name__ == "__main__":
    answer_all(answer, {"version": version("mlflow-skinny")})
