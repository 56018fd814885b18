"""Which results were made elsewhere, and what was measured here in the same place?"""

from __future__ import annotations

import pandas as pd

from xfer_core.views.gains import gains
from xfer_core.views.selection import Queryable, conditions

CELL = ["catalog", "encoder", "intermediate", "target", "language", "metric"]
COLUMNS = [
    *CELL,
    *("origin", "score", "sd", "n_seeds", "n_examples", "measured", "n_measured_seeds"),
    *("note", "recorded_at"),
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
        language: only this one, a code: there are no imported means over languages.

    Returns:
        One row per catalogue, encoder, intermediate, target, language, metric and ``origin``.
        ``score`` in [0, 1] is the mean over ``n_seeds`` (1 where no seed was told), ``sd`` their
        spread; ``measured`` is this store's own score of the same cell over ``n_measured_seeds``,
        NaN where there is none.
    """
    where, parameters = conditions(
        catalog=catalog,
        encoder=encoder,
        target=target,
        language=language,
        source="imported",
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
    own = gains(store, catalog=catalog, encoder=encoder, target=target, language=language)
    own = own[[*CELL, "score", "n_seeds"]].rename(
        columns={"score": "measured", "n_seeds": "n_measured_seeds"}
    )
    return table.merge(own, on=CELL, how="left")[COLUMNS]
