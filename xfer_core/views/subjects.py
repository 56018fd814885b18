"""How right are answers to multiple-choice questions, by subject and where they were told?"""

from __future__ import annotations

import pandas as pd

from xfer_core import catalog
from xfer_core.domain.score import MEASURED
from xfer_core.domain.task import TaskKind
from xfer_core.rows import Rows
from xfer_core.views.selection import Queryable, conditions

KEYS = ["encoder", "intermediate", "seed", "language", "group", "subject", "told"]
COLUMNS = [*KEYS, "score", "n"]
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
        "another language", "nowhere"). ``group``: the subject's group, "" where the task has none.
        ``score`` in [0, 1] over ``n`` questions. Empty for other kinds of tasks.

    Raises:
        DataError: the questions of a scored language are not here any more.
    """
    task = catalog.task(target)
    if task.kind is not TaskKind.MULTIPLE_CHOICE:
        return pd.DataFrame(columns=COLUMNS)
    where, parameters = conditions(
        target=target,
        encoder=encoder,
        intermediate=intermediate,
        metric=task.metric,
        split="test",
        source=MEASURED,
    )
    found = store.query(
        f"""
        SELECT encoder, intermediate, seed, language, example_scores.scores AS scores
        FROM current_scores JOIN example_scores USING (job_id, attempt, seq)
        {where}
        """,
        parameters,
    )
    source = rows or Rows()
    described = {
        code: pd.DataFrame(
            [
                (row.get("group", ""), row.get("subject", ""), _told(row, code))
                for row in source.of(task, "test", code)
            ],
            columns=["group", "subject", "told"],
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
    grouped = pd.concat(parts).groupby(KEYS, sort=True)["score"]
    return grouped.agg(score="mean", n="size").reset_index()[COLUMNS]


def _told(row: dict[str, str], language: str) -> str:
    if row.get("subject") not in KNOWLEDGE or "told_in" not in row:
        return NOWHERE
    if not row["told_in"]:
        return EVERYWHERE
    return HERE if row["told_in"] == language else ELSEWHERE
