"""What do models score on XTREME, by the benchmark's own rules?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from xfer_core.domain import xtreme as rules
from xfer_core.views.selection import Queryable, conditions

MODEL = ["source", "origin", "encoder", "intermediate"]
COLUMNS = [
    *MODEL,
    *("level", "name", "score", "sd", "n_seeds", "seeds"),
    *("n_languages", "missing", "note"),
]
TASK, GROUP, ALL = "task", "group", "all"
UNKNOWN_SEED = -1
"""Stands for the seed of an imported mean over seeds."""

SCORES = """
    SELECT * EXCLUDE (newest) FROM (
        SELECT source, coalesce(origin, '') AS origin, encoder, intermediate, target, language,
            metric, coalesce(seed, -1) AS seed, value, coalesce(note, '') AS note, variant,
            arg_max(variant, (recorded_at, variant)) OVER place AS newest
        FROM current_scores {where}
        WINDOW place AS (PARTITION BY source, origin, encoder, intermediate, target)
    ) WHERE variant = newest AND value IS NOT NULL
"""
"""Of each model and task the newest way of training and measuring."""

Values = dict[str, dict[int, float]]
"""Name -> seed -> score."""


def xtreme(
    store: Queryable,
    *,
    encoder: str | None = None,
    intermediate: str | None = None,
    source: str | None = None,
) -> pd.DataFrame:
    """Scores as XTREME makes them: a task's is the mean over its languages, English included.

    Question answering takes the mean of F1 and exact match. A task counts in a seed that has all
    of its languages, a group with all of its tasks, and ``all`` with all nine.

    Args:
        store: where to ask.
        encoder: only this one; None means all of them, here and below.
        intermediate: only this one.
        source: "measured" or "imported".

    Returns:
        One row per source, origin, encoder, intermediate and task that has any score, and one per
        group and for all nine (``level``: "task", "group", "all") where a seed has all of them.
        ``score`` in [0, 1] is the mean over ``seeds``, ``sd`` their spread (NaN for one seed);
        NaN where no seed is whole. ``missing``: languages that the seed with most of them lacks,
        of a task whose score is NaN. Imported means over seeds have the seed -1.
        Source: XTREME's evaluate.py.
    """
    where, parameters = conditions(
        catalog=rules.CATALOG,
        split="test",
        encoder=encoder,
        intermediate=intermediate,
        source=source,
    )
    found = store.query(SCORES.format(where=where), parameters)
    found = found[found["target"].isin(list(rules.LANGUAGES))]
    rows: list[dict[str, Any]] = []
    for model, scores in found.groupby(MODEL, sort=True):
        named = dict(zip(MODEL, model, strict=True))
        rows += [named | row for row in _of_model(scores)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _of_model(scores: pd.DataFrame) -> list[dict[str, Any]]:
    rows, tasks = [], Values()
    for name in rules.LANGUAGES:
        mine = scores[scores["target"] == name]
        if mine.empty:
            continue
        tasks[name], n_languages, missing = _task(name, mine)
        notes = " ".join(dict.fromkeys(note for note in mine["note"] if note))
        row = _row(TASK, name, tasks[name])
        rows.append(row | {"n_languages": n_languages, "missing": missing, "note": notes})
    wholes = {**rules.GROUPS, rules.OVERALL: tuple(rules.LANGUAGES)}
    for name, members in wholes.items():
        values = _mean_of(members, tasks)
        if values:
            level = ALL if name == rules.OVERALL else GROUP
            rows.append(_row(level, name, values) | {"n_languages": None, "missing": []})
    return rows


def _task(name: str, scores: pd.DataFrame) -> tuple[dict[int, float], int, list[str]]:
    """Score by whole seed, languages of the fullest seed, and those that it lacks."""
    wanted, metrics = rules.LANGUAGES[name], rules.METRICS[name]
    values: dict[int, float] = {}
    fullest: set[str] = set()
    for seed, mine in scores.groupby("seed"):
        cells = mine.pivot_table(index="language", columns="metric", values="value")
        cells = cells.reindex(index=list(wanted), columns=list(metrics)).dropna()
        if len(cells) == len(wanted):
            values[int(str(seed))] = float(cells.mean().mean())
        fullest = max(fullest, set(cells.index), key=len)
    return values, len(fullest), [code for code in wanted if code not in fullest]


def _mean_of(members: Iterable[str], tasks: Mapping[str, dict[int, float]]) -> dict[int, float]:
    """Mean over tasks, in the seeds that all of them have."""
    found = [tasks.get(name, {}) for name in members]
    seeds = set.intersection(*(set(values) for values in found))
    return {seed: sum(values[seed] for values in found) / len(found) for seed in sorted(seeds)}


def _row(level: str, name: str, values: Mapping[int, float]) -> dict[str, Any]:
    scores = pd.Series(list(values.values()), dtype=float)
    return {
        "level": level,
        "name": name,
        "score": float(scores.mean()),
        "sd": float(scores.std(ddof=1)),
        "n_seeds": len(scores),
        "seeds": sorted(values),
        "note": "",
    }
