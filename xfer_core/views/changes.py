"""What came into the store since a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from xfer_core.domain.language import ZERO_SHOT
from xfer_core.domain.run import NO_INTERMEDIATE, State
from xfer_core.views.selection import CURRENT_CELLS, Queryable

CELLS = f"""
    SELECT count(*) AS n FROM (
        SELECT DISTINCT catalog, encoder, intermediate, target FROM ({CURRENT_CELLS})
        WHERE language = ? AND intermediate <> ? AND recorded_at > ?
    )
"""
RUNS = """
    SELECT count(*) FILTER (state = ?) AS finished, count(*) FILTER (state = ?) AS failed,
        count(*) FILTER (state NOT IN (?, ?)) AS stopped
    FROM runs WHERE ended_at > ?
"""


@dataclass(frozen=True)
class Changes:
    """Counts since a moment; a cell is an encoder, intermediate and target in zero-shot."""

    n_cells: int
    """Cells with a new or newly computed result."""
    n_finished: int
    n_failed: int
    n_stopped: int
    """Runs that were cancelled or lost."""

    @property
    def any(self) -> bool:
        """Whether anything changed."""
        return bool(self.n_cells or self.n_finished or self.n_failed or self.n_stopped)


def changes(store: Queryable, *, since: datetime) -> Changes:
    """New results and ended runs after a moment (UTC)."""
    cells = store.query(CELLS, [ZERO_SHOT, NO_INTERMEDIATE, since])["n"].iloc[0]
    ended = [str(State.SUCCEEDED), str(State.FAILED)]
    runs = store.query(RUNS, [*ended, *ended, since]).iloc[0]
    counts = (int(runs[name]) for name in ("finished", "failed", "stopped"))
    return Changes(int(cells), *counts)
