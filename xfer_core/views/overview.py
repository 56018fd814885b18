"""The state of the whole store in a few numbers, and what stands out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from xfer_core.domain.language import ZERO_SHOT
from xfer_core.domain.run import NO_INTERMEDIATE
from xfer_core.views.choices import Choices, choices
from xfer_core.views.gains import gains, marked
from xfer_core.views.heatmap import heatmap
from xfer_core.views.selection import ACTIVE, Queryable, main_metric

FINDINGS = 3


@dataclass(frozen=True)
class Finding:
    """One gain in zero-shot languages; ``significant`` after correction over all such gains."""

    intermediate: str
    target: str
    gain_points: float
    ci_low: float
    """NaN where there is no interval, as ``ci_high``."""
    ci_high: float
    n_seeds: int
    significant: bool
    catalog: str
    encoder: str
    n_languages: int
    note: str = ""
    """What a reader of the target's scores must know."""


@dataclass(frozen=True)
class Overview:
    """Counts over everything; a cell is an encoder, intermediate and target in zero-shot."""

    n_runs: int
    n_active: int
    n_cells: int
    """Cells of the heatmaps of all catalogues and encoders, without baseline and impossible."""
    n_measured: int
    n_failed: int
    n_seeds_max: int
    encoders: list[str]
    targets: list[str]
    intermediates: list[str]
    languages: list[str]
    newest: datetime | None
    """When the newest score was recorded (UTC)."""
    findings: list[Finding]
    n_unpaired: int = 0
    """Cells with a score but no baseline of the same seed."""
    catalogs: tuple[str, ...] = ()


def overview(store: Queryable) -> Overview:
    """The numbers of the first page."""
    known = choices(store)
    states = _states(store, known)
    measured = main_metric(store, gains(store, language=ZERO_SHOT))
    count = store.query(
        f"SELECT count(*) AS n, count(*) FILTER (state IN {ACTIVE}) AS active FROM runs"
    ).iloc[0]
    newest = store.query("SELECT max(recorded_at) AS newest FROM cells")["newest"].iloc[0]
    seeds = store.query("SELECT coalesce(max(n_seeds), 0) AS n FROM cells")["n"].iloc[0]
    return Overview(
        n_runs=int(count["n"]),
        n_active=int(count["active"]),
        n_cells=len(states),
        n_measured=states.count("measured"),
        n_failed=states.count("failed"),
        n_seeds_max=int(seeds),
        encoders=known.encoders,
        targets=known.targets,
        intermediates=known.intermediates,
        languages=known.languages,
        newest=None if pd.isna(newest) else newest.to_pydatetime(),
        findings=_findings(marked(measured)),
        n_unpaired=states.count("unpaired"),
        catalogs=tuple(known.catalogs),
    )


def _states(store: Queryable, known: Choices) -> list[str]:
    states: list[str] = []
    for catalog, encoder in known.pairs:
        table = heatmap(store, catalog=catalog, encoder=encoder)
        shown = (table["row"] != NO_INTERMEDIATE) & (table["state"] != "not_applicable")
        states += list(table.loc[shown, "state"])
    return states


def _findings(table: pd.DataFrame) -> list[Finding]:
    """The strongest gains that stand after correction; without any, those nearest to it."""
    known = table[table["gain_points"].notna()]
    known = known.assign(size=known["gain_points"].abs())
    if known["significant"].any():
        known = known[known["significant"]].sort_values("size", ascending=False, kind="stable")
    else:
        known = known.sort_values(["p_value", "size"], ascending=[True, False], kind="stable")
    return [
        Finding(
            intermediate=row["intermediate"],
            target=row["target"],
            gain_points=float(row["gain_points"]),
            ci_low=float(row["ci_low"]),
            ci_high=float(row["ci_high"]),
            n_seeds=int(row["n_seeds"]),
            significant=bool(row["significant"]),
            catalog=row["catalog"],
            encoder=row["encoder"],
            n_languages=int(row["n_languages"]),
            note=str(row["note"] or ""),
        )
        for row in known.head(FINDINGS).to_dict("records")
    ]
