"""Published figures beside measured ones, with what differs between the two protocols."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from xfer_core.claims import reading
from xfer_core.claims.board import PAPER, facts_of
from xfer_core.claims.claim import Cell, Facts
from xfer_core.domain.language import ALL
from xfer_core.domain.run import NO_INTERMEDIATE
from xfer_core.views.gains import gains
from xfer_core.views.selection import Queryable

FILE = Path(__file__).resolve().parent.parent.parent / "data" / "published.csv"
BEST = "best"
"""Intermediate of a figure that took the best one for each target."""
SCORE, GAIN = "score", "gain"
ABOUT = [
    *("model", "encoder", "intermediate", "target", "language", "metric", "split"),
    *("source", "protocol"),
]
COLUMNS = [
    *(*ABOUT[:-2], "what", "published", "measured", "ci_low", "ci_high", "n_seeds"),
    *("difference", "measured_as", *ABOUT[-2:], "differs"),
]


@cache
def figures() -> pd.DataFrame:
    """The published figures: only what was read in its source, nothing superseded.

    Returns:
        One row per model, intermediate, target, language, metric and source. ``value`` and
        ``baseline`` in points; ``encoder`` is "" where the model is not in the catalogue;
        ``language`` "all" is the mean with English.
    """
    table = pd.read_csv(FILE, dtype={"encoder": str}, keep_default_na=False, na_values={})
    for name in ("value", "baseline"):
        table[name] = pd.to_numeric(table[name], errors="coerce")
    return table


def published(store: Queryable, *, catalog: str, encoder: str) -> pd.DataFrame:
    """Published figures beside this store's cells.

    Scores are compared with the same encoder on the same task of the paper catalogue alone. Gains
    of the best intermediate task are compared with the chosen catalogue and encoder too, where the
    tasks of mini stand for those of XTREME; ``differs`` says so.

    Returns:
        One row per published figure and kind (``what``: score or gain), all in points.
        ``measured`` is NaN where this store has no counterpart, ``measured_as`` says which cell
        it is, ``differs`` what is not the same in it.
    """
    own = gains(store, catalog=PAPER)
    facts = facts_of(store, catalog, encoder)
    rows: list[dict[str, Any]] = []
    for figure in figures().to_dict("records"):
        row = {str(name): value for name, value in figure.items()}
        if row["metric"] == "gain_points":
            rows.append({**_about(row, GAIN, row["value"]), **_nothing()})
            continue
        rows.append({**_about(row, SCORE, row["value"]), **_score(row, own)})
        if pd.notna(row["baseline"]):
            gain = row["value"] - row["baseline"]
            rows.append({**_about(row, GAIN, gain), **_gain(row, facts)})
    table = pd.DataFrame(rows)
    return table.assign(difference=table["measured"] - table["published"])[COLUMNS]


def _about(row: dict[str, Any], what: str, value: float) -> dict[str, Any]:
    return {**{name: row[name] for name in ABOUT}, "what": what, "published": float(value)}


def _nothing() -> dict[str, Any]:
    missing = dict.fromkeys(("measured", "ci_low", "ci_high"), float("nan"))
    return {**missing, "n_seeds": 0, "measured_as": "", "differs": ""}


def _score(row: dict[str, Any], own: pd.DataFrame) -> dict[str, Any]:
    if not row["encoder"] or row["intermediate"] != NO_INTERMEDIATE:
        return _nothing()
    same = own[
        (own["encoder"] == row["encoder"])
        & (own["intermediate"] == row["intermediate"])
        & (own["target"] == row["target"])
        & (own["language"] == row["language"])
        & (own["metric"] == row["metric"])
    ]
    if same.empty:
        return _nothing()
    cell = same.iloc[0]
    return {
        **_nothing(),
        "measured": 100 * float(cell["score"]),
        "n_seeds": int(cell["n_seeds"]),
        "measured_as": f"{row['encoder']} on {row['target']}",
        "differs": _split(row),
    }


def _gain(row: dict[str, Any], facts: Facts) -> dict[str, Any]:
    """The gain of the best intermediate task in the chosen catalogue."""
    named = reading.shipped()[1].by_catalog.get(facts.catalog, {})
    target = named.get(row["target"], row["target"])
    cells = {
        name: cell
        for (name, about), cell in facts.paired.get(ALL, {}).items()
        if about == target and "~" not in name and not name.startswith("multi:")
    }
    if not cells:
        return _nothing()
    name, how = _chosen(facts, target, cells)
    differs = [how]
    if facts.catalog != PAPER:
        differs.append(f"{facts.catalog} stands for XTREME: other text and tasks")
    if facts.encoder != row["encoder"]:
        differs.append(f"another encoder ({facts.encoder})")
    cell = cells[name]
    return {
        "measured": float(cell["gain_points"]),
        "ci_low": float(cell["ci_low"]),
        "ci_high": float(cell["ci_high"]),
        "n_seeds": int(cell["n_seeds"]),
        "measured_as": f"{name} on {target}",
        "differs": "; ".join([*differs, *filter(None, [_split(row)])]),
    }


def _chosen(facts: Facts, target: str, cells: dict[str, Cell]) -> tuple[str, str]:
    """The best intermediate on dev where all have dev scores, else the largest gain on test."""
    dev = {name: facts.dev_scores.get((name, target), {}) for name in cells}
    shared = set.intersection(*(set(each) for each in dev.values()))
    if shared:
        best = min(dev, key=lambda name: (-sum(dev[name][seed] for seed in shared), name))
        return best, "best of those measured, chosen on dev"
    best = max(cells, key=lambda name: (cells[name]["gain_points"], name))
    return best, "best of those measured, chosen on test: too good"


def _split(row: dict[str, Any]) -> str:
    return "published on dev, measured on test" if row["split"] == "dev" else ""
