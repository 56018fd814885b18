"""What does accuracy cost in latency, and which models are not beaten on both?"""

from __future__ import annotations

from typing import Any

import pandas as pd

from xfer_core.domain.errors import UsageError
from xfer_core.domain.serving import Serving, parse
from xfer_core.stats import mean_interval
from xfer_core.stats.frontier import Standing, standings
from xfer_core.views.gains import gains
from xfer_core.views.latency import CONDITIONS, SERVING, latency
from xfer_core.views.selection import Queryable, main_metric

MODEL = ["name", "intermediate"]
MEASURED = [
    *("p50_ms", "p50_ci_low_ms", "p50_ci_high_ms", "p95_ms", "tokenization_ms", "ratio"),
    *(
        "start_percent",
        "n_latency_seeds",
        "sequence_length",
        "parameters",
        "memory_bytes",
        "disk_bytes",
    ),
    *("throughput", "search_ms", "index_size", "contended", "remark"),
]
COLUMNS = [
    *("name", "encoder", *SERVING, "intermediate", "score", "score_ci_low", "score_ci_high"),
    *("n_seeds", *CONDITIONS, *MEASURED, "standing", "on_frontier", "note"),
]


def accuracy_latency(
    store: Queryable,
    *,
    catalog: str,
    target: str,
    language: str,
    batch_size: int | None = None,
    inputs: str | None = None,
    every_condition: bool = False,
) -> pd.DataFrame:
    """Score and latency of each model on one target.

    A model is an encoder (``name``, with the layers kept and the back end that it was measured
    with) after an intermediate task.

    Args:
        store: where to ask.
        catalog: of the models.
        target: what they answer.
        language: of the scores.
        batch_size: only measurements with this one; None takes all.
        inputs: only measurements on texts of these lengths ("mix", "p50", "p95").
        every_condition: whether a model that was measured under several conditions
            (``CONDITIONS``) has a row for each; else it has the one that most models share.

    Returns:
        One row per model with a score; ``p50_ms`` is NaN without a latency. ``score`` in [0, 1],
        its interval is Student's t over seeds, cut at 0 and 1 (NaN for one seed). Times are means
        over the seeds that were timed; ``p50_ci_low_ms`` and ``p50_ci_high_ms`` the outermost
        bounds of their 95% intervals; ``start_percent`` as in ``latency``. ``standing``: what the
        point is among the clean ones of its condition (see ``stats.frontier.Standing``), "" for a
        contended one, which is compared with nothing. ``on_frontier``: whether it is on the
        frontier of the means.
    """
    scores = main_metric(store, gains(store, catalog=catalog, target=target, language=language))
    bounds = [mean_interval(values) for values in scores["seed_scores"]]
    ways = [_way(name) for name in scores["encoder"]]
    scores = scores.assign(
        name=scores["encoder"],
        encoder=[encoder for encoder, _ in ways],
        layers=pd.array([way.layers for _, way in ways], dtype="Int64"),
        back_end=[way.back_end for _, way in ways],
        precision=[way.precision for _, way in ways],
        score_ci_low=pd.Series([low for low, _ in bounds], scores.index, float).clip(lower=0),
        score_ci_high=pd.Series([high for _, high in bounds], scores.index, float).clip(upper=1),
    )
    found = latency(store, catalog=catalog, target=target, language=language)
    if batch_size is not None:
        found = found[found["batch_size"] == batch_size]
    if inputs is not None:
        found = found[found["inputs"] == inputs]
    times = _per_model(found if every_condition else _most_shared(found))
    table = scores.merge(times, on=MODEL, how="left")
    contended = table["contended"].astype("boolean").fillna(False).astype(bool)
    return _with_standing(table.assign(contended=contended))[COLUMNS]


def _way(name: str) -> tuple[str, Serving]:
    """Encoder and way to run it; a name that nobody can read is an encoder of its own."""
    try:
        return parse(name)
    except UsageError:
        return name, Serving()


def _most_shared(measured: pd.DataFrame) -> pd.DataFrame:
    """The rows of each model's most shared condition (of equals the newest)."""
    if measured.empty:
        return measured
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
    return measured[ranks == best]


def _per_model(measured: pd.DataFrame) -> pd.DataFrame:
    """One row per model and condition."""
    columns = [*MODEL, *CONDITIONS, *MEASURED]
    if measured.empty:
        return pd.DataFrame(columns=columns)
    groups = measured.groupby([*MODEL, *CONDITIONS], dropna=False, sort=True)
    return pd.DataFrame([_model(rows) for _, rows in groups])[columns]


def _model(rows: pd.DataFrame) -> dict[str, Any]:
    first = rows.iloc[0]
    taken = ["sequence_length", "parameters", "memory_bytes", "disk_bytes", "index_size"]
    taken += ["start_percent"]  # of the machine
    means = ["p50_ms", "p95_ms", "tokenization_ms", "ratio", "throughput", "search_ms"]
    remarks = dict.fromkeys(str(remark) for remark in rows["remark"].dropna() if remark)
    return {
        **{name: first[name] for name in (*MODEL, *CONDITIONS, *taken)},
        **{name: rows[name].astype(float).mean() for name in means},
        "p50_ci_low_ms": rows["ci_low_ms"].min(),
        "p50_ci_high_ms": rows["ci_high_ms"].max(),
        "n_latency_seeds": rows["seed"].nunique(),
        "contended": bool(rows["contended"].astype("boolean").fillna(False).any()),
        "remark": " ".join(remarks),
    }


def _with_standing(table: pd.DataFrame) -> pd.DataFrame:
    found: dict[Any, str] = {}
    clean = table[~table["contended"] & table["p50_ms"].notna()]
    for _, rows in clean.groupby(CONDITIONS, dropna=False):
        each = standings(
            (rows["p50_ms"], rows["p50_ci_low_ms"], rows["p50_ci_high_ms"]),
            (rows["score"], rows["score_ci_low"], rows["score_ci_high"]),
        )
        found |= dict(zip(rows.index, map(str, each), strict=True))
    standing = [found.get(at, "") for at in table.index]
    on = [each in (Standing.ON, Standing.BY_LATENCY) for each in standing]
    return table.assign(standing=standing, on_frontier=on)
