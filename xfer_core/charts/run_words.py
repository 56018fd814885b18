"""Runs and their stages as tables and sentences; logs and tracebacks as harmless text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from xfer_core import spool
from xfer_core.charts import cell_look, theme, words
from xfer_core.domain.event import EventType
from xfer_core.domain.run import State
from xfer_core.home import Home
from xfer_core.run_notes import Notes

LOG_BYTES = 200_000
GROUPS = {
    "all": "All",
    "active": "At work",
    "finished": "Finished",
    "failed": "Failed",
    "stopped": "Stopped",
}
"""States of runs as a reader looks for them."""
ORDERS = {
    "newest": "Newest first",
    "oldest": "Oldest first",
    "longest": "Longest first",
    "failed": "Most failed stages first",
    "stages": "Most stages first",
}
_GROUP_OF = {State.SUCCEEDED: "finished", State.FAILED: "failed"}
CANCEL, RETRY, RESUME, GIVE_UP = "cancel", "retry", "resume", "give up"
_ACTIONS = {
    State.SUCCEEDED: (),
    State.FAILED: (RETRY,),
    State.CANCELLED: (RESUME,),
    State.LOST: (RESUME, GIVE_UP),
    State.INTERRUPTED: (RESUME, GIVE_UP),
}


def actions(state: str) -> tuple[str, ...]:
    """What can be done with a run in a state."""
    return next((done for known, done in _ACTIONS.items() if str(known) == state), (CANCEL,))


def listing(
    table: pd.DataFrame,
    live_state: Callable[[str, str], str],
    notes_of: Callable[[str], Notes],
) -> pd.DataFrame:
    """The runs with their state as it is now (``live``), their ``tags`` and their ``note``."""
    records = cell_look.records(table)
    said = [notes_of(str(record["run_id"])) for record in records]
    return table.assign(
        live=[_live(record, live_state) for record in records],
        tags=pd.Series([one.tags for one in said], index=table.index, dtype=object),
        note=pd.Series([one.note for one in said], index=table.index, dtype=object),
    )


def wanted(table: pd.DataFrame, group: str, tag: str, text: str) -> pd.DataFrame:
    """The listed runs of a group of states, with a tag ("" for any) and a text in them."""
    asked = text.casefold().split()
    kept = [
        (group == "all" or _group(str(record["live"])) == group)
        and (not tag or tag in record["tags"])
        and all(word in _told(record) for word in asked)
        for record in cell_look.records(table)
    ]
    return table[kept]


def ordered(table: pd.DataFrame, order: str) -> pd.DataFrame:
    """The listed runs, which come newest first, in one of ``ORDERS``."""
    if order == "oldest":
        return table.iloc[::-1]
    by = {"failed": "stages_failed", "stages": "stages_total"}.get(order)
    if order == "longest":
        took = [_took(record, str(record["live"])) or 0.0 for record in cell_look.records(table)]
        return table.assign(took=took).sort_values("took", ascending=False, kind="stable")
    return table if by is None else table.sort_values(by, ascending=False, kind="stable")


def tags_in(table: pd.DataFrame) -> list[str]:
    """All tags of the listed runs."""
    return sorted({tag for tags in table["tags"] for tag in tags})


def runs(table: pd.DataFrame) -> pd.DataFrame:
    """One row per listed run with plain titles."""
    records = cell_look.records(table)
    return pd.DataFrame(
        {
            "Run": [record["run_id"] for record in records],
            "State": [words.state(str(record["live"])) for record in records],
            "Started": [words.date(_start(record)) for record in records],
            "Stages": [
                f"{record['stages_done']} of {record['stages_total']}" for record in records
            ],
            "Reused": [int(record["stages_reused"]) for record in records],
            "Failed": [int(record["stages_failed"]) for record in records],
            "Time": [words.duration(_took(record, str(record["live"]))) for record in records],
            "Intermediate tasks": [_tasks(record["intermediates"]) for record in records],
            "Targets": [_tasks(record["targets"]) for record in records],
            "Seeds": [record["seeds"] for record in records],
            "Tags": [list(record["tags"]) for record in records],
            "Note": [words.visible(str(record["note"])) for record in records],
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
            "Loss so far": list(table["losses"]),
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
        f"took {words.duration(_took(record, state))}",
    ]
    if words.is_active(state):
        parts[-1] = f"running for {words.duration(_took(record, state))}"
        left = record["eta_seconds"]
        parts += [] if pd.isna(left) else [f"about {words.duration(left)} left"]
        parts.append(f"last heard of {words.ago(record['last_event_at'])}")
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
    return _tail(home.run(run_id) / spool.LOG, "This run has not written a log.")


def stage_log_tail(home: Home, key: str) -> str:
    """The same of a stage."""
    return _tail(home.job(key) / spool.LOG, "This stage has not written a log.")


def has_log(home: Home, key: str) -> bool:
    """Whether a stage has written anything."""
    path = home.job(key) / spool.LOG
    return path.is_file() and path.stat().st_size > 0


def _tail(path: Path, nothing: str) -> str:
    try:
        with path.open("rb") as file:
            file.seek(0, 2)
            start = max(file.tell() - LOG_BYTES, 0)
            file.seek(start)
            text = file.read(LOG_BYTES).decode("utf-8", errors="replace")
    except FileNotFoundError:
        return nothing
    return words.visible(("… cut …\n" if start else "") + text)


def resources(table: pd.DataFrame) -> pd.DataFrame:
    """What the stages of a run took, one row per kind and machine, with plain titles."""
    return pd.DataFrame(
        {
            "Kind of stage": [str(kind).capitalize() for kind in table["kind"]],
            "Machine": [words.visible(str(host)) for host in table["host"]],
            "Stages": table["stages"].astype(int),
            "Time in all": [words.duration(seconds) for seconds in table["seconds"]],
            "Training speed": [
                "–" if pd.isna(speed) else f"{speed:,.0f} tokens/s"
                for speed in table["tokens_per_second"]
            ],
            "Peak memory": [words.size(value) for value in table["memory_bytes"]],
        }
    )


def environment(found: dict[str, Any]) -> str:
    """What a run was made with, in a line; "" if nothing was recorded."""
    versions = found.get("versions")
    parts = [
        f"commit {found['git_commit']}" if found.get("git_commit") else "",
        f"Python {found['python']}" if found.get("python") else "",
        str(found.get("platform") or ""),
        words.plural(int(found["cores"]), "core") if found.get("cores") else "",
    ]
    if isinstance(versions, dict):
        parts += [f"{name} {version}" for name, version in versions.items()]
    return " · ".join(part for part in parts if part)


def traceback_of(home: Home, job_id: str) -> str:
    """The traceback of the newest failure of a job; empty if it left none."""
    events, _, _ = spool.read_events(home.job(job_id) / spool.EVENTS)
    failures = [event for event in events if event.type is EventType.FAILED]
    return str(failures[-1].payload.get("traceback") or "") if failures else ""


def _live(record: dict[str, Any], live_state: Callable[[str, str], str]) -> str:
    name = str(record["state"])
    return live_state(str(record["run_id"]), name) if words.is_active(name) else name


def _group(state: str) -> str:
    if words.is_active(state):
        return "active"
    return next((group for known, group in _GROUP_OF.items() if str(known) == state), "stopped")


def _told(record: dict[str, Any]) -> str:
    """All that a search looks in."""
    names = ("run_id", "encoder", "intermediates", "targets", "note")
    texts = [str(record[name]) for name in names] + [_tasks(record["intermediates"])]
    return " ".join([*texts, _tasks(record["targets"]), *record["tags"]]).casefold()


def _tasks(names: Any) -> str:
    """Short labels; the baseline, which is part of every run, only where nothing else is."""
    known = [name for name in str(names or "").split(", ") if name]
    others = [name for name in known if name != cell_look.BASELINE]
    return words.listed(theme.task_label(name) for name in others or known)


def _start(record: dict[str, Any]) -> Any:
    return record["created_at"] if pd.isna(record["started_at"]) else record["started_at"]


def _took(record: dict[str, Any], state: str) -> float | None:
    """Seconds to the end; of a run that nobody carries on, to the last that was heard of it."""
    stopped = pd.isna(record["ended_at"]) and not words.is_active(state)
    return words.between(record["started_at"], record["last_event_at" if stopped else "ended_at"])
