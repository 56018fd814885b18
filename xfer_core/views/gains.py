"""Which intermediate task helps which target in which language, by how much, how surely?"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from xfer_core.stats import benjamini_hochberg
from xfer_core.views.selection import CHOSEN_CELLS, Queryable, conditions, current_cells, listed

COLUMNS = [
    *("catalog", "encoder", "intermediate", "target", "language", "metric"),
    *("score", "baseline", "gain_points", "sd_points", "n_seeds"),
    *("seeds", "seed_scores", "seed_baselines", "ci_low", "ci_high", "p_value", "significant"),
    *("n_languages", "n_examples", "note", "recorded_at", "variant"),
]
LISTS = ("seeds", "seed_scores", "seed_baselines")


def gains(
    store: Queryable,
    *,
    catalog: str | None = None,
    encoder: str | None = None,
    intermediate: str | None = None,
    target: str | None = None,
    language: str | None = None,
    metric: str | None = None,
    variant: str | None = None,
    variants: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Gains on the test split, baseline rows ("none") included.

    Args:
        store: where to ask.
        catalog: only this one; None means all of them, here and below.
        encoder: only this one.
        intermediate: only this one.
        target: only this one.
        language: a code, "zero-shot" or "all" (the means); None returns codes and means.
        metric: only this one.
        variant: settings and data; None takes, per catalogue, encoder and target, the one with
            the newest score, so that different settings never mix.
        variants: per target the variant to show, other targets aside; instead of ``variant``.

    Returns:
        One row per catalogue, encoder, intermediate, target, language and metric, "none" first.
        ``score`` and ``baseline`` in [0, 1] (means over the paired seeds); ``gain_points``,
        ``sd_points`` (over seeds), ``ci_low``, ``ci_high`` in points; ``seeds``,
        ``seed_scores``, ``seed_baselines`` are lists in one order; ``note`` is what a reader of
        the score must know ("" for nothing); ``significant`` by
        Benjamini-Hochberg at 5% over the returned rows that have a p-value (two seeds at least).
    """
    where, parameters = conditions(
        catalog=catalog,
        encoder=encoder,
        intermediate=intermediate,
        target=target,
        language=language,
        metric=metric,
        variant=variant,
    )
    source, chosen = "SELECT * FROM cells WHERE split = 'test'", list[list[str]]()
    if variants is not None:
        source, chosen = CHOSEN_CELLS, [list(variants), list(variants.values())]
    elif variant is None:
        source, chosen = current_cells(store)
    table = store.query(
        f"""
        SELECT * FROM ({source}) {where}
        ORDER BY catalog, encoder, target, intermediate <> 'none', intermediate, language,
            metric, variant
        """,
        [*chosen, *parameters],
    )
    for column in LISTS:
        table[column] = [listed(value) for value in table[column]]
    return marked(table)[COLUMNS]


def marked(table: pd.DataFrame) -> pd.DataFrame:
    """The table with ``significant`` worked out anew for exactly its rows."""
    marks = benjamini_hochberg(table["p_value"].to_numpy(dtype=float))
    return table.assign(significant=marks)
