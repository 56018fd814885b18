"""Events: immutable facts that a job or a run appends to its spool file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class EventType(StrEnum):
    """What happened. The payload of each type is given in ``PAYLOADS``."""

    PLAN = "plan"
    STATE = "state"
    JOB = "job"
    STARTED = "started"
    PROGRESS = "progress"
    SCORE = "score"
    LATENCY = "latency"
    CHECKPOINT = "checkpoint"
    FAILED = "failed"
    FINISHED = "finished"


PAYLOADS = {
    EventType.PLAN: "spec, stages (Stage.to_json), reused (keys); first line of a run's spool",
    EventType.STATE: "state, reason; in a run's spool only",
    EventType.JOB: "key, state (running, waiting, succeeded, failed, skipped); run's spool only",
    EventType.STARTED: "run_id, stage (see Stage.to_json), pid, host, versions",
    EventType.PROGRESS: "what, step, steps, loss, learning_rate, tokens_per_second, score (on dev)",
    EventType.SCORE: "language, split, metric, value, n_examples, scores, weights, note; of an "
    "imported one also source, origin, catalog, encoder, intermediate, target, seed",
    EventType.LATENCY: "the columns of the latency table, samples in milliseconds",
    EventType.CHECKPOINT: "path, bytes, sha256",
    EventType.FAILED: "message, traceback, state (cancelled, if somebody stopped it)",
    EventType.FINISHED: "wall_seconds, rows (events written before this one)",
}


@dataclass(frozen=True)
class Event:
    """One line of a spool file, unique by (job_id, attempt, seq)."""

    job_id: str
    attempt: int
    seq: int
    type: EventType
    at: str
    """UTC time, ISO 8601, for display only: order is by attempt and seq."""
    payload: dict[str, Any]
