"""A run's events as rows of the tables runs and stages (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from xfer_core.domain.event import Event, EventType
from xfer_core.domain.run import TERMINAL, State
from xfer_core.store.values import integer, json_text, moment, text, texts

Row = dict[str, Any]
REUSED = "reused"
_STAGE_TEXTS = ("kind", "catalog", "encoder", "intermediate", "target", "parent", "variant")


class RunRows:
    """Folds a run's events, in the order of their file; the last one wins."""

    def __init__(self, runs: Iterable[Row], stages: Iterable[Row]) -> None:
        """Start from the stored rows of the runs whose events will come."""
        self._runs: dict[str, Row] = {row["run_id"]: row for row in runs}
        self._stages: dict[str, dict[str, Row]] = {}
        for row in stages:
            self._stages.setdefault(row["run_id"], {})[row["key"]] = row
        self._changed: set[tuple[str, str]] = set()
        self.dropped: set[tuple[str, str]] = set()
        """Run and key of stages that a new plan of the run no longer holds."""

    @property
    def runs(self) -> list[Row]:
        """Rows of ``runs``."""
        return list(self._runs.values())

    @property
    def stages(self) -> list[Row]:
        """Rows of ``stages`` that are new or differ from the stored ones."""
        return [self._stages[run_id][key] for run_id, key in sorted(self._changed)]

    def add(self, run_id: str, event: Event) -> None:
        """Fold one event."""
        at = moment(event.at)
        new = {"run_id": run_id, "state": str(State.QUEUED), "attempt": 0, "created_at": at}
        run = self._runs.setdefault(run_id, new)
        run["attempt"] = max(run["attempt"] or 0, event.attempt)
        payload = event.payload
        match event.type:
            case EventType.PLAN:
                run["spec"] = json_text(payload.get("spec"))
                run["environment"] = json_text(payload.get("environment"))
                self._plan(run_id, payload)
            case EventType.JOB:
                self._move(run_id, text(payload.get("key")), text(payload.get("state")))
            case EventType.STATE:
                state = text(payload.get("state"))
                run.update(state=state, reason=text(payload.get("reason")))
                run["ended_at"] = at if state in TERMINAL else None
                if state == State.RUNNING and run.get("started_at") is None:
                    run["started_at"] = at

    def _plan(self, run_id: str, payload: Row) -> None:
        """Write the run's stages anew; of the old ones only a success is still true."""
        before = self._stages.get(run_id, {})
        reused = set(texts(payload.get("reused")))
        listed = payload.get("stages")
        stages = [stage for stage in listed or [] if isinstance(stage, dict)]
        after = {}
        for position, stage in enumerate(stages):
            row = _stage(run_id, position, stage)
            done = before.get(row["key"], {}).get("state") == State.SUCCEEDED
            row["state"] = str(State.SUCCEEDED) if done else str(State.QUEUED)
            if row["key"] in reused:
                row["state"] = REUSED
            after[row["key"]] = row
        self._stages[run_id] = after
        gone = {(run_id, key) for key in before.keys() - after.keys()}
        self._changed = (self._changed - gone) | {(run_id, key) for key in after}
        self.dropped = (self.dropped | gone) - self._changed

    def _move(self, run_id: str, key: str | None, state: str | None) -> None:
        row = self._stages.get(run_id, {}).get(key or "")
        if row is not None:
            row["state"] = state
            self._changed.add((run_id, row["key"]))


def _stage(run_id: str, position: int, stage: Row) -> Row:
    return {
        **{key: text(stage.get(key)) for key in _STAGE_TEXTS},
        "run_id": run_id,
        "key": text(stage.get("key")) or f"unnamed-{position}",
        "position": position,
        "seed": integer(stage.get("seed")),
        "languages": texts(stage.get("languages")),
        "settings": json_text(stage.get("settings")),
    }
