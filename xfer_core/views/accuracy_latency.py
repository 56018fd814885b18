"""What does accuracy cost in latency, and which models are not beaten on both?"""

from __future__ import annotations

from typing import Any

import pandas as pd

from xfer_core.stats import mean_interval, pareto_frontier
from xfer_core.views.gains import gains
from xfer_core.views.latency import CONDITIONS, latency
from xfer_core.views.selection import Queryable, main_metric

MODEL = ["encoder", "intermediate"]
COLUMNS = [
    *("encoder", "intermediate", "score", "score_ci_low", "score_ci_high", "n_seeds"),
    *("p50_ms", "p50_ci_low_ms", "p50_ci_high_ms", "p95_ms", "n_latency_seeds"),
    *CONDITIONS,
    *("sequence_length", "parameters", "contended", "on_frontier"),
]


def accuracy_latency(store: Queryable, *, catalog: str, target: str, language: str) -> pd.DataFrame:
    """Score and latency of each model (encoder after an intermediate task) on one target.

    Returns:
        One row per encoder and intermediate with a score, those without latency included
        (``p50_ms`` NaN). ``score`` in [0, 1], its interval is Student's t over seeds, cut at 0 and
        1 (NaN for one seed). ``p50_ms`` and ``p95_ms`` are means over seeds; ``p50_ci_low_ms`` and
        ``p50_ci_high_ms`` the outermost bounds of the seeds' 95% intervals. Of several measuring
        conditions each model shows the one that most models share. ``on_frontier``: no other clean
        model measured under the same conditions has lower or equal latency and higher or equal
        score, one of them strictly; a contended one is never on it.
    """
    scores = main_metric(store, gains(store, catalog=catalog, target=target, language=language))
    bounds = [mean_interval(values) for values in scores["seed_scores"]]
    scores = scores.assign(
        score_ci_low=pd.Series([low for low, _ in bounds], scores.index, float).clip(lower=0),
        score_ci_high=pd.Series([high for _, high in bounds], scores.index, float).clip(upper=1),
    )
    measured = latency(store, catalog=catalog, target=target, language=language)
    times = _per_model(measured.drop(columns="score"))
    table = scores.merge(times, on=MODEL, how="left")
    contended = table["contended"].astype("boolean").fillna(False).astype(bool)
    return _with_frontier(table.assign(contended=contended))[COLUMNS]


def _per_model(measured: pd.DataFrame) -> pd.DataFrame:
    """One row per model, under the condition that covers most models (then the newest)."""
    columns = [*MODEL, *COLUMNS[COLUMNS.index("p50_ms") : -1]]
    if measured.empty:
        return pd.DataFrame(columns=columns)
    by_condition = measured.groupby(CONDITIONS, dropna=False)
    rank = by_condition.agg(
        models=("recorded_at", lambda at: len(measured.loc[at.index, MODEL].drop_duplicates())),
        newest=("recorded_at", "max"),
    ).sort_values(["models", "newest"], ascending=False)
    place = {key: at for at, key in enumerate(rank.index)}
    ranks = pd.Series(index=measured.index, dtype=int)
    for key, rows in by_condition.groups.items():
        ranks.loc[rows] = place[key]
    best = ranks.groupby([measured[name] for name in MODEL]).transform("min")
    groups = measured[ranks == best].groupby(MODEL, sort=True)
    return pd.DataFrame([_model(key, rows) for key, rows in groups])[columns]


def _model(key: Any, rows: pd.DataFrame) -> dict[str, Any]:
    first = rows.iloc[0]
    return {
        **dict(zip(MODEL, key, strict=True)),
        **{name: first[name] for name in (*CONDITIONS, "parameters", "sequence_length")},
        "p50_ms": rows["p50_ms"].mean(),
        "p50_ci_low_ms": rows["ci_low_ms"].min(),
        "p50_ci_high_ms": rows["ci_high_ms"].max(),
        "p95_ms": rows["p95_ms"].mean(),
        "n_latency_seeds": rows["seed"].nunique(),
        "contended": bool(rows["contended"].fillna(False).any()),
    }


def _with_frontier(table: pd.DataFrame) -> pd.DataFrame:
    on_frontier = pd.Series(False, index=table.index)
    clean = table[~table["contended"] & table["p50_ms"].notna()]
    for _, rows in clean.groupby(CONDITIONS, dropna=False):
        on_frontier.loc[rows.index] = pareto_frontier(
            rows["p50_ms"].to_numpy(dtype=float), rows["score"].to_numpy(dtype=float)
        )
    return table.assign(on_frontier=on_frontier)
