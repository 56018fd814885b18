"""How far the cells without a result got: running, failed (and why), or never asked for."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from xfer_core.domain.run import StageKind
from xfer_core.views.selection import ACTIVE, CLOSED, LATEST_JOBS, Queryable, listed

Cell = tuple[str, str]
"""Intermediate and target."""

OPEN_STAGES = f"""
    SELECT s.kind, s.intermediate, s.target, s.state, s.languages
    FROM stages AS s JOIN runs AS r USING (run_id)
    WHERE s.catalog = ? AND s.encoder = ? AND r.state IN {ACTIVE} AND s.state NOT IN {CLOSED}
"""
FAILED_JOBS = f"""
    SELECT kind, intermediate, target, message FROM (
        SELECT * FROM ({LATEST_JOBS}) WHERE catalog = ? AND encoder = ?
        QUALIFY row_number() OVER (
            PARTITION BY kind, intermediate, target, seed ORDER BY started_at DESC, job_id
        ) = 1
    )
    WHERE state = 'failed' AND kind <> 'latency'
    ORDER BY ended_at DESC, message
"""


@dataclass(frozen=True)
class CellStates:
    """Unfinished stages and failures of one catalogue and encoder."""

    evaluations: dict[Cell, list[list[str]]]
    """Languages of each evaluation that an active run still owes; empty means all."""
    at_work: set[tuple[str, str | None]]
    """Intermediate and target (None: the intermediate training) of stages that run now."""
    failures: dict[tuple[str, str | None], str]
    """Message of the newest failure, by intermediate and target (None as above)."""

    def state(self, intermediate: str, target: str, language: str | None) -> tuple[str, str]:
        """State and message of a cell without a result.

        Args:
            intermediate: row.
            target: column or fixed target.
            language: only evaluations in this language count; None: in any.
        """
        owed = self.evaluations.get((intermediate, target), [])
        if any(language is None or not known or language in known for known in owed):
            works = {(intermediate, target), (intermediate, None)} & self.at_work
            return "running", "running" if works else "queued"
        for key in ((intermediate, target), (intermediate, None)):
            if key in self.failures:
                return "failed", self.failures[key]
        return "not_run", ""


def cell_states(store: Queryable, catalog: str, encoder: str) -> CellStates:
    """States of all cells of a catalogue and encoder.

    A failure counts, per stage kind and seed, until a newer job of that kind and seed did better.
    """
    evaluations: dict[Cell, list[list[str]]] = defaultdict(list)
    at_work: set[tuple[str, str | None]] = set()
    for stage in store.query(OPEN_STAGES, [catalog, encoder]).to_dict("records"):
        target = stage["target"] if isinstance(stage["target"], str) else None
        if stage["kind"] == StageKind.EVALUATE and target is not None:
            evaluations[stage["intermediate"], target].append(listed(stage["languages"]))
        if stage["state"] == "running":
            at_work.add((stage["intermediate"], target))
    failures: dict[tuple[str, str | None], str] = {}
    for job in store.query(FAILED_JOBS, [catalog, encoder]).to_dict("records"):
        target = job["target"] if isinstance(job["target"], str) else None
        message = job["message"] if isinstance(job["message"], str) else "no message"
        failures.setdefault((job["intermediate"], target), message)
    return CellStates(dict(evaluations), at_work, failures)
