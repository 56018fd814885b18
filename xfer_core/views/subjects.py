"""How right are answers to multiple-choice questions, by subject and where they were told?"""

from __future__ import annotations

import pandas as pd

from xfer_core import catalog
from xfer_core.domain.task import TaskKind
from xfer_core.rows import Rows
from xfer_core.views.selection import Queryable, conditions

COLUMNS = ["encoder", "intermediate", "seed", "language", "subject", "told", "score", "n"]
KNOWLEDGE = "categories names units geography currencies languages calendar opposites".split()
"""Subjects whose answers the pretraining text states."""
EVERYWHERE, HERE, ELSEWHERE, NOWHERE = (
    "every language",
    "this language",
    "another language",
    "nowhere",
)


def subjects(
    store: Queryable,
    *,
    target: str,
    encoder: str | None = None,
    intermediate: str | None = None,
    rows: Rows | None = None,
) -> pd.DataFrame:
    """Accuracy on the test split by subject, language and seed.

    Args:
        store: where to ask.
        target: a multiple-choice task.
        encoder: only this one; None means all of them, here and below.
        intermediate: only this one.
        rows: where the task's rows are kept; None makes them anew.

    Returns:
        One row per encoder, intermediate, seed, language, subject and ``told``: in which languages
        the pretraining text states the answer ("every language", "this language",
        "another language", "nowhere"). ``score`` in [0, 1] over ``n`` questions. Empty for other
        kinds of tasks.
    """
    task = catalog.task(target)
    if task.kind is not TaskKind.MULTIPLE_CHOICE:
        return pd.DataFrame(columns=COLUMNS)
    where, parameters = conditions(target=target, encoder=encoder, intermediate=intermediate)
    found = store.query(
        f"""
        SELECT encoder, intermediate, seed, language, example_scores.scores AS scores
        FROM current_scores JOIN example_scores USING (job_id, attempt, seq)
        {where} {"AND" if where else "WHERE"} split = 'test'
        """,
        parameters,
    )
    source = rows or Rows()
    described = {
        code: pd.DataFrame(
            [(row["subject"], _told(row, code)) for row in source.of(task, "test", code)],
            columns=["subject", "told"],
        )
        for code in found["language"].unique()
    }
    parts = [
        described[str(row["language"])]
        .head(len(row["score"]))
        .assign(**{str(k): v for k, v in row.items()})
        for row in found.rename(columns={"scores": "score"}).to_dict("records")
    ]
    if not parts:
        return pd.DataFrame(columns=COLUMNS)
    keys = COLUMNS[:6]
    grouped = pd.concat(parts).groupby(keys, sort=True)["score"]
    return grouped.agg(score="mean", n="size").reset_index()[COLUMNS]


def _told(row: dict[str, str], language: str) -> str:
    if row["subject"] not in KNOWLEDGE:
        return NOWHERE
    if not row["told_in"]:
        return EVERYWHERE
    return HERE if row["told_in"] == language else ELSEWHERE
