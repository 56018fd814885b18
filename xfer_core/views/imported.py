"""Which results were made elsewhere, and what was measured here in the same place?"""

from __future__ import annotations

from typing import Any

import pandas as pd

from xfer_core.domain.language import MEANS, REFERENCE_LANGUAGE, ZERO_SHOT
from xfer_core.domain.score import IMPORTED
from xfer_core.views.gains import gains
from xfer_core.views.selection import Queryable, conditions, listed

CELL = ["catalog", "encoder", "intermediate", "target", "language", "metric"]
COLUMNS = [
    *CELL,
    *("origin", "score", "sd", "n_seeds", "n_examples", "n_languages", "n_wanted"),
    *("measured", "n_measured_seeds", "note", "recorded_at"),
]


def imported(
    store: Queryable,
    *,
    catalog: str | None = None,
    encoder: str | None = None,
    target: str | None = None,
    language: str | None = None,
) -> pd.DataFrame:
    """Imported scores beside measured ones; neither is ever part of the other's mean.

    Args:
        store: where to ask.
        catalog: only this one; None means all of them, here and below.
        encoder: only this one.
        target: only this one.
        language: a code; "zero-shot" or "all" for means over languages; None for every code.

    Returns:
        One row per catalogue, encoder, intermediate, target, language, metric and ``origin``.
        ``score`` in [0, 1] is the mean over ``n_seeds`` (1 where no seed was told), ``sd`` their
        spread; ``measured`` is this store's own score of the same cell over ``n_measured_seeds``,
        NaN where there is none. A mean over languages is taken over those that this store has
        measured of the target (all of its task's where it has none): ``n_wanted`` of them. An
        import has ``n_languages`` of these; where one lacks, its ``score`` is NaN.
    """
    where, parameters = conditions(
        catalog=catalog,
        encoder=encoder,
        target=target,
        language=None if language in MEANS else language,
        source=IMPORTED,
        split="test",
    )
    table = store.query(
        f"""
        SELECT {", ".join(CELL)}, coalesce(origin, '') AS origin, avg(value) AS score,
            stddev_samp(value) AS sd, count(*)::INTEGER AS n_seeds,
            min(n_examples) AS n_examples, coalesce(string_agg(DISTINCT note, ' '), '') AS note,
            max(recorded_at) AS recorded_at
        FROM current_scores {where} GROUP BY ALL ORDER BY ALL
        """,
        parameters,
    )
    table = table.assign(n_languages=1, n_wanted=1)
    if table.empty:
        return table.assign(measured=None, n_measured_seeds=None)[COLUMNS]
    if language in MEANS:
        table = _means(table, str(language), _wanted(store, catalog, target))
    own = gains(store, catalog=catalog, encoder=encoder, target=target, language=language)
    own = own[[*CELL, "score", "n_seeds"]].rename(
        columns={"score": "measured", "n_seeds": "n_measured_seeds"}
    )
    return table.merge(own, on=CELL, how="left")[COLUMNS]


def _wanted(store: Queryable, catalog: str | None, target: str | None) -> dict[str, set[str]]:
    """Target -> the languages that a mean is over: those measured here, else its task's."""
    tasks = store.query("SELECT name, languages FROM tasks")
    found = dict(zip(tasks["name"], map(set, map(listed, tasks["languages"])), strict=True))
    where, parameters = conditions(catalog=catalog, target=target, split="test")
    own = store.query(f"SELECT DISTINCT target, language FROM cells {where}", parameters)
    own = own[~own["language"].isin(MEANS)]
    return found | {str(name): set(part) for name, part in own.groupby("target")["language"]}


def _means(table: pd.DataFrame, language: str, wanted: dict[str, set[str]]) -> pd.DataFrame:
    """One row per model and origin in place of those of its languages."""
    keys = [*(name for name in CELL if name != "language"), "origin"]
    left_out = {REFERENCE_LANGUAGE} if language == ZERO_SHOT else set()
    rows: list[dict[str, Any]] = []
    for key, part in table.groupby(keys, sort=True):
        named = dict(zip(keys, map(str, key), strict=True))
        codes = wanted.get(named["target"], set()) - left_out
        own = part[part["language"].isin(codes)]
        if own.empty:
            continue
        whole = len(own) == len(codes)
        rows.append(
            {
                **named,
                "language": language,
                "score": own["score"].mean() if whole else float("nan"),
                "sd": float("nan"),
                "n_seeds": int(own["n_seeds"].min()),
                "n_examples": own["n_examples"].min(),
                "n_languages": len(own),
                "n_wanted": len(codes),
                "note": " ".join(dict.fromkeys(filter(None, own["note"]))),
                "recorded_at": own["recorded_at"].max(),
            }
        )
    return pd.DataFrame(rows, columns=list(table.columns))
