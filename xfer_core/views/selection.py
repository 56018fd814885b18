"""What the views share: which cells are current, and how a choice becomes a condition."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import pandas as pd

from xfer_core.domain.language import MEANS, REFERENCE_LANGUAGE, ZERO_SHOT
from xfer_core.domain.run import TERMINAL, State

ACTIVE = tuple(str(state) for state in State if state not in TERMINAL)
"""States of a run that has not ended."""
DONE = (str(State.SUCCEEDED), "reused")
"""States of a stage whose result is there."""
CLOSED = (*DONE, "failed", "skipped", "cancelled")
"""States of a stage that this run will not work on any more."""

NEWEST_VARIANTS = """
    SELECT catalog, encoder, target, coalesce(
            arg_max(variant, (recorded_at, variant)) FILTER (tells),
            arg_max(variant, (recorded_at, variant))
        ) AS variant
    FROM (
        SELECT catalog, encoder, target, variant, max(recorded_at) AS recorded_at,
            intermediate <> 'none' OR NOT contains(variant, '.') AS tells
        FROM cells WHERE split = 'test'
        GROUP BY catalog, encoder, target, variant, tells
    ) GROUP BY catalog, encoder, target
"""
"""The newest variant per catalogue, encoder and target.

Variants that share a baseline have it with the same date: their gains tell which is newer.
"""

CURRENT_CELLS = f"""
    SELECT * FROM cells SEMI JOIN ({NEWEST_VARIANTS}) USING (catalog, encoder, target, variant)
    WHERE split = 'test'
"""
"""Cells of the newest variants; same columns as ``cells``."""

CELLS_OF_VARIANTS = """
    SELECT * FROM cells SEMI JOIN (
        SELECT unnest(?::VARCHAR[]) AS catalog, unnest(?::VARCHAR[]) AS encoder,
            unnest(?::VARCHAR[]) AS target, unnest(?::VARCHAR[]) AS variant
    ) USING (catalog, encoder, target, variant)
    WHERE split = 'test'
"""
"""Cells of the variants given in four lists."""

CHOSEN_CELLS = """
    SELECT * FROM cells WHERE split = 'test' AND (target, variant) IN (
        SELECT (unnest(?::VARCHAR[]), unnest(?::VARCHAR[]))
    )
"""
"""Cells of the variants given per target: a list of targets and one of their variants."""

LATEST_JOBS = """
    SELECT * FROM jobs QUALIFY row_number() OVER (PARTITION BY job_id ORDER BY attempt DESC) = 1
"""
"""One row per job: its latest attempt, whatever became of it."""


class Queryable(Protocol):
    """The side of the store that a view sees."""

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> pd.DataFrame:
        """The rows of a statement with ``?`` placeholders."""
        ...


def current_cells(store: Queryable) -> tuple[str, list[list[str]]]:
    """The SELECT of ``CURRENT_CELLS`` with its parameters, quick in a store of millions of cells.

    The store keeps the answer about the newest variants, which no choice of a reader changes.
    """
    newest = store.query(NEWEST_VARIANTS)
    columns = ("catalog", "encoder", "target", "variant")
    return CELLS_OF_VARIANTS, [list(newest[column]) for column in columns]


def conditions(**chosen: str | None) -> tuple[str, list[str]]:
    """A WHERE clause and its parameters for the columns that were chosen (not None).

    The names come from the calling code, never from a user.
    """
    given = {column: value for column, value in chosen.items() if value is not None}
    clause = " AND ".join(f"{column} = ?" for column in given)
    return (f"WHERE {clause}" if clause else ""), list(given.values())


def main_metric(store: Queryable, table: pd.DataFrame) -> pd.DataFrame:
    """The rows of each target's main metric: that of its task, else the first by name."""
    declared = store.query("SELECT name, metric FROM tasks")
    of_task = dict(zip(declared["name"], declared["metric"], strict=True))
    chosen = {}
    for target, metrics in table.groupby("target")["metric"]:
        known = sorted(set(metrics))
        chosen[target] = of_task[target] if of_task.get(target) in known else known[0]
    return table[table["metric"] == table["target"].map(chosen)].reset_index(drop=True)


def languages_of(store: Queryable, catalog: str, encoder: str) -> dict[str, list[str]]:
    """Languages of each target: as its task declares them, else as its stages name them.

    English comes first, then the order of the declaration.
    """
    rows = store.query(
        """
        SELECT name AS target, languages, rowid AS position FROM tasks
        UNION ALL
        SELECT target, flatten(list(languages)), NULL FROM stages
        WHERE catalog = ? AND encoder = ? AND target IS NOT NULL
            AND target NOT IN (SELECT name FROM tasks WHERE name IS NOT NULL)
        GROUP BY target
        ORDER BY position NULLS LAST, target
        """,
        [catalog, encoder],
    )
    pairs = zip(rows["target"], rows["languages"], strict=True)
    return {target: english_first(listed(languages)) for target, languages in pairs}


def applies(language: str, languages: Sequence[str]) -> bool:
    """Whether a task with these languages can have a result; True if they are not known."""
    if language == ZERO_SHOT:
        return not languages or any(code != REFERENCE_LANGUAGE for code in languages)
    return not languages or language in languages or language in MEANS


def english_first(languages: Iterable[str]) -> list[str]:
    """Each language once, English first, else in the order given."""
    return sorted(dict.fromkeys(languages), key=lambda code: code != REFERENCE_LANGUAGE)


def listed(value: Any) -> list[Any]:
    """A list column's value as a plain list; empty for NULL."""
    return [] if value is None or isinstance(value, float) else list(value)
