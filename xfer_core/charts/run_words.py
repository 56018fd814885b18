"""Runs and their stages as tables and sentences; logs and tracebacks as harmless text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from xfer_core import spool
from xfer_core.charts import cell_look, theme, words
from xfer_core.domain.event import EventType
from xfer_core.home import Home

LOG_BYTES = 200_000


def runs(table: pd.DataFrame, live_state: Callable[[str, str], str]) -> pd.DataFrame:
    """One row per run with plain titles; ``live_state`` corrects the state of dead runners."""
    records = cell_look.records(table)
    states = [str(record["state"]) for record in records]
    live = [
        live_state(record["run_id"], name) if words.is_active(name) else name
        for record, name in zip(records, states, strict=True)
    ]
    return pd.DataFrame(
        {
            "Run": [record["run_id"] for record in records],
            "State": [words.state(name) for name in live],
            "Started": [words.date(_start(record)) for record in records],
            "Stages": [
                f"{record['stages_done']} of {record['stages_total']}" for record in records
            ],
            "Reused": [int(record["stages_reused"]) for record in records],
            "Failed": [int(record["stages_failed"]) for record in records],
            "Time": [words.duration(_took(record)) for record in records],
            "Intermediate tasks": [_tasks(record["intermediates"]) for record in records],
            "Targets": [_tasks(record["targets"]) for record in records],
            "Seeds": [record["seeds"] for record in records],
        }
    )


def stages(table: pd.DataFrame) -> pd.DataFrame:
    """One row per stage with plain titles."""
    return pd.DataFrame(
        {
            "Stage": table["name"],
            "State": [words.state(str(name)) for name in table["state"]],
            "Progress": table["progress"].astype(float),
            "Time": [words.duration(seconds) for seconds in table["seconds"]],
            "Loss": [words.loss(value).removeprefix("loss ") for value in table["loss"]],
            "Last contact": [
                words.ago(moment) if state == "running" else ""
                for moment, state in zip(table["last_event_at"], table["state"], strict=True)
            ],
        }
    )


def record_of(table: pd.DataFrame, run_id: str) -> dict[str, Any]:
    """The row of one run."""
    found = table[table["run_id"] == run_id].iloc[0]
    return {str(name): value for name, value in found.items()}


def summary(record: dict[str, Any], state: str) -> str:
    """How far a run got, in a line."""
    parts = [
        f"{record['stages_done']} of {words.plural(int(record['stages_total']), 'stage')}",
        f"{record['stages_reused']} reused",
        f"{record['stages_failed']} failed",
        f"started {words.date(_start(record))}",
        f"took {words.duration(_took(record))}",
    ]
    if words.is_active(state):
        parts[-1] = f"running for {words.duration(_took(record))}"
        left = record["eta_seconds"]
        parts += [] if pd.isna(left) else [f"about {words.duration(left)} left"]
    return " · ".join(parts)


def request(home: Home, record: dict[str, Any]) -> str:
    """What a run was asked for: "MNLI → XNLI, seeds 1, 2".

    A queued run has no stages yet, so its request is read from its folder.
    """
    asked = [record[name] for name in ("intermediates", "targets", "seeds")]
    if not record["stages_total"]:
        spec = (spool.read_json(home.run(record["run_id"]) / spool.PLAN) or {}).get("spec") or {}
        asked = [words.listed(spec.get(name, [])) for name in ("intermediates", "targets", "seeds")]
    intermediates, targets, seeds = asked
    plural = "s" if "," in str(seeds) else ""
    return f"{_tasks(intermediates)} → {_tasks(targets)}, seed{plural} {seeds}"


def share_done(record: dict[str, Any]) -> float:
    """Stages done as a share of all, 0 to 1."""
    return min(int(record["stages_done"]) / max(int(record["stages_total"]), 1), 1.0)


def failed(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The stages that failed."""
    return cell_look.records(table[table["state"] == "failed"])


def log_tail(home: Home, run_id: str) -> str:
    """The end of a run's log as text, 200 kB at most; control signs made visible."""
    path = home.run(run_id) / spool.LOG
    try:
        with path.open("rb") as file:
            file.seek(0, 2)
            start = max(file.tell() - LOG_BYTES, 0)
            file.seek(start)
            text = file.read(LOG_BYTES).decode("utf-8", errors="replace")
    except FileNotFoundError:
        return "This run has not written a log."
    return words.visible(("… cut …\n" if start else "") + text)


def traceback_of(home: Home, job_id: str) -> str:
    """The traceback of the newest failure of a job; empty if it left none."""
    events, _, _ = spool.read_events(home.job(job_id) / spool.EVENTS)
    failures = [event for event in events if event.type is EventType.FAILED]
    return str(failures[-1].payload.get("traceback") or "") if failures else ""


def _tasks(names: Any) -> str:
    """Short labels; the baseline, which is part of every run, only where nothing else is."""
    known = [name for name in str(names or "").split(", ") if name]
    others = [name for name in known if name != cell_look.BASELINE]
    return words.listed(theme.task_label(name) for name in others or known)


def _start(record: dict[str, Any]) -> Any:
    return record["created_at"] if pd.isna(record["started_at"]) else record["started_at"]


def _took(record: dict[str, Any]) -> float | None:
    return words.between(record["started_at"], record["ended_at"])
