"""A job's events as rows of the tables jobs, scores, example_scores, curves and latency (pure)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, cast

from xfer_core.domain.event import Event, EventType
from xfer_core.domain.run import StageKind, State
from xfer_core.domain.score import IMPORTED, MEASURED
from xfer_core.store.values import big_integer, integer, json_text, moment, number, numbers, text

Row = dict[str, Any]
Group = tuple[str, str, str, str]
"""Catalog, encoder, target, variant: what is recomputed together in ``cells``."""

UNKNOWN_TIME = datetime.fromtimestamp(0, UTC)
"""Stands for a time that cannot be read; order never depends on it."""

RESULT = ("catalog", "encoder", "intermediate", "target", "seed", "variant")
"""Columns of a job that its results repeat, so that no view has to join."""

_LATENCY: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("back_end", "precision", "back_end_version", "device", "device_name"), text),
    **dict.fromkeys(("machine", "inputs", "unit", "remark"), text),
    **dict.fromkeys(("layers", "threads", "batch_size", "index_size"), integer),
    **dict.fromkeys(("n", "passes", "repeated", "warmup"), integer),
    **dict.fromkeys(("sequence_length", "throughput", "load_average", "mean_ms"), number),
    **dict.fromkeys(("p50_ms", "p90_ms", "p95_ms", "p99_ms", "ci_low_ms", "ci_high_ms"), number),
    **dict.fromkeys(("tokenization_ms", "model_ms", "search_ms", "reference_ms"), number),
    **dict.fromkeys(("ratio", "ratio_low", "ratio_high"), number),
    **dict.fromkeys(("spread", "other_cores", "waited_share", "operations"), number),
    **dict.fromkeys(("parameters", "memory_bytes", "disk_bytes"), big_integer),
    **dict.fromkeys(("samples", "pass_medians", "pass_ratios"), numbers),
    **dict.fromkeys(("contended", "stable"), lambda v: None if v is None else bool(v)),
}


class JobRows:
    """Folds events, in the order of their file, into rows."""

    def __init__(self, known: Iterable[Row], declared: Callable[[str], Row | None]) -> None:
        """Start from stored rows.

        Args:
            known: stored ``jobs`` rows of the jobs whose events will come.
            declared: the published stage of a job, for a job whose ``started`` line is damaged.
        """
        self._jobs = {(row["job_id"], row["attempt"]): row for row in known}
        self._declared = declared
        self._newest: dict[str, int] = {}
        for job_id, attempt in self._jobs:
            self._newest[job_id] = max(attempt, self._newest.get(job_id, 0))
        self._changed: dict[tuple[str, int], Row] = {}
        self.results: dict[str, list[Row]] = {
            table: [] for table in ("scores", "example_scores", "curves", "latency")
        }
        self.touched: set[Group] = set()

    @property
    def jobs(self) -> list[Row]:
        """Rows of ``jobs`` that are new or differ from the stored ones."""
        return list(self._changed.values())

    def add(self, event: Event) -> None:
        """Fold one event, unless it was folded before or its attempt is superseded."""
        if event.attempt < self._newest.get(event.job_id, event.attempt):
            return
        row = self._job(event)
        if event.seq <= row["last_seq"]:
            return
        row["last_seq"] = event.seq
        row["last_event_at"] = moment(event.at) or row.get("last_event_at") or UNKNOWN_TIME
        self._newest[event.job_id] = event.attempt
        self._changed[event.job_id, event.attempt] = row
        self._fold(row, event)

    def _fold(self, row: Row, event: Event) -> None:
        payload, at = event.payload, row["last_event_at"]
        match event.type:
            case EventType.STARTED:
                row.update(_of_stage(payload.get("stage")), **_of_start(payload), started_at=at)
            case EventType.PROGRESS:
                self._store("curves", row, event, _curve(payload))
            case EventType.SCORE:
                values = {**_repeated(row), **_score(payload), **_imported(payload)}
                self._store("scores", row, event, values)
                examples = {key: numbers(payload.get(key)) for key in ("scores", "weights")}
                self._store("example_scores", row, event, examples)
            case EventType.LATENCY:
                measured = {key: read(payload.get(key)) for key, read in _LATENCY.items()}
                self._store("latency", row, event, {**_repeated(row), **measured})
            case EventType.FAILED:
                row.update(state=_ending(payload), ended_at=at, **_failure(payload))
            case EventType.FINISHED:
                seconds = number(payload.get("wall_seconds"))
                row.update(state=str(State.SUCCEEDED), ended_at=at, wall_seconds=seconds)
                self._touch(row)

    def _touch(self, row: Row) -> None:
        """Remember that the cells of this job's group are out of date."""
        group = tuple(row.get(key) for key in ("catalog", "encoder", "target", "variant"))
        if row.get("kind") == StageKind.EVALUATE and None not in group:
            self.touched.add(cast(Group, group))

    def _store(self, table: str, row: Row, event: Event, values: Row) -> None:
        identity = {"job_id": event.job_id, "attempt": event.attempt, "seq": event.seq}
        self.results[table].append(
            {**identity, **values, "recorded_at": row["last_event_at"]},
        )

    def _job(self, event: Event) -> Row:
        key = (event.job_id, event.attempt)
        if key not in self._jobs:
            self._jobs[key] = {
                **_of_stage(self._stage(event)),
                "job_id": event.job_id,
                "attempt": event.attempt,
                "state": str(State.RUNNING),
                "last_seq": -1,
            }
        return self._jobs[key]

    def _stage(self, event: Event) -> Row | None:
        """What the job is about, looked up only if its own ``started`` line is missing."""
        return None if event.type is EventType.STARTED else self._declared(event.job_id)


def _of_stage(stage: Any) -> Row:
    values = stage if isinstance(stage, dict) else {}
    row: Row = {key: text(values.get(key)) for key in ("kind", *RESULT)}
    row["seed"] = integer(values.get("seed"))
    return {**row, "settings": json_text(values.get("settings"))}


def _of_start(payload: Row) -> Row:
    return {
        "run_id": text(payload.get("run_id")),
        "pid": integer(payload.get("pid")),
        "host": text(payload.get("host")),
    }


def _ending(payload: Row) -> str:
    """A stage that somebody stopped did not fail."""
    stopped = payload.get("state") == State.CANCELLED
    return str(State.CANCELLED if stopped else State.FAILED)


def _repeated(row: Row) -> Row:
    return {key: row.get(key) for key in RESULT}


def _curve(payload: Row) -> Row:
    return {
        "what": text(payload.get("what")),
        "step": integer(payload.get("step")),
        "steps": integer(payload.get("steps")),
        "loss": number(payload.get("loss")),
        "learning_rate": number(payload.get("learning_rate")),
        "tokens_per_second": number(payload.get("tokens_per_second")),
        "score": number(payload.get("score")),
    }


def _score(payload: Row) -> Row:
    return {
        "language": text(payload.get("language")),
        "split": text(payload.get("split")),
        "metric": text(payload.get("metric")),
        "value": number(payload.get("value")),
        "n_examples": integer(payload.get("n_examples")),
        "source": MEASURED,
        "origin": None,
        "note": text(payload.get("note")),
    }


def _imported(payload: Row) -> Row:
    """What a result from elsewhere is of, which it says itself: one file brings many cells."""
    if payload.get("source") != IMPORTED:
        return {}
    return {
        **{key: text(payload.get(key)) for key in RESULT if key != "seed"},
        "seed": integer(payload.get("seed")),
        "variant": IMPORTED,
        "source": IMPORTED,
        "origin": text(payload.get("origin")),
    }


def _failure(payload: Row) -> Row:
    return {
        "message": text(payload.get("message")),
        "traceback": text(payload.get("traceback")),
        "wall_seconds": number(payload.get("wall_seconds")),
    }
