"""Published figures beside measured ones, with what differs between the two protocols."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from xfer_core.claims import protocols, reading
from xfer_core.claims.board import PAPER, facts_of
from xfer_core.claims.claim import Cell, Facts
from xfer_core.claims.protocols import Protocol
from xfer_core.domain.language import ALL, MEANS
from xfer_core.domain.run import NO_INTERMEDIATE
from xfer_core.views.gains import gains
from xfer_core.views.selection import Queryable, main_metric

FILE = Path(__file__).resolve().parent.parent.parent / "data" / "published.csv"
BEST, OTHER = "best", "other"
"""Intermediates of figures that took the best one for each target, or one that Xfer lacks."""
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
        ``language`` "all" is the mean with English. ``layer``, ``pooling``, ``max_length`` and
        ``data`` are what ``protocol`` says of them, NaN or "" where it says nothing.
    """
    table = pd.read_csv(FILE, dtype={"encoder": str}, keep_default_na=False, na_values={})
    for name in ("value", "baseline", "layer", "max_length"):
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
        rows.append({**_about(row, SCORE, row["value"]), **_score(store, row, own)})
        if pd.notna(row["baseline"]):
            gain = row["value"] - row["baseline"]
            rows.append({**_about(row, GAIN, gain), **_gain(store, row, facts)})
    table = pd.DataFrame(rows)
    return table.assign(difference=table["measured"] - table["published"])[COLUMNS]


def beside(
    store: Queryable,
    *,
    catalog: str,
    encoder: str,
    intermediate: str,
    target: str,
    language: str,
    metric: str | None = None,
) -> pd.DataFrame:
    """Published figures of one cell: the same target and language, any model.

    A mean is compared with the published mean, which has English in it. Beside a baseline are
    figures without an intermediate task; beside any other cell those with one, whichever it was:
    their scores, and their gains where the same source has both.

    Returns:
        As ``published``, the cell's own encoder first; no rows where nothing was published or
        the cell has no result.
    """
    found = gains(
        store,
        catalog=catalog,
        encoder=encoder,
        intermediate=intermediate,
        target=target,
        language=language,
        metric=metric,
    )
    found = found if metric is not None else main_metric(store, found)
    about = figures()
    about = about[
        (about["target"] == _paper_name(catalog, target))
        & (about["language"] == (ALL if language in MEANS else language))
        & ((about["intermediate"] == NO_INTERMEDIATE) == (intermediate == NO_INTERMEDIATE))
    ]
    if found.empty or about.empty:
        return pd.DataFrame(columns=COLUMNS)
    cell = {str(name): value for name, value in found.iloc[0].items()}
    here = protocols.protocol(store, cell)
    rows = [row for figure in about.to_dict("records") for row in _of_cell(figure, cell, here)]
    table = pd.DataFrame(rows).assign(_own=lambda each: each["encoder"] != encoder)
    table = table.sort_values(["_own", "what", "published"], ascending=[True, False, False])
    table = table.assign(difference=table["measured"] - table["published"])
    return table[COLUMNS].reset_index(drop=True)


def _of_cell(figure: dict[Any, Any], cell: dict[str, Any], here: Protocol) -> list[dict[str, Any]]:
    """The score of a figure beside that of the cell, and its gain where both have one."""
    row = {str(name): value for name, value in figure.items()}
    differs = "; ".join(protocols.differences(row, here))
    name = cell["intermediate"]
    measured = {
        **_nothing(),
        "n_seeds": int(cell["n_seeds"]),
        "measured_as": f"{name} on {cell['target']}",
        "differs": differs,
    }
    score = {**measured, "measured": 100 * float(cell["score"])}
    rows = [{**_about(row, SCORE, row["value"]), **score}]
    if pd.notna(row["baseline"]) and pd.notna(cell["gain_points"]):
        bounds = {end: float(cell[end]) for end in ("ci_low", "ci_high")}
        gain = {**measured, **bounds, "measured": float(cell["gain_points"])}
        rows.append({**_about(row, GAIN, row["value"] - row["baseline"]), **gain})
    return rows


def _paper_name(catalog: str, target: str) -> str:
    """What a target of a catalogue is called where figures were published."""
    named = reading.shipped()[1].by_catalog.get(catalog, {})
    return next((paper for paper, own in named.items() if own == target), target)


def _about(row: dict[str, Any], what: str, value: float) -> dict[str, Any]:
    return {**{name: row[name] for name in ABOUT}, "what": what, "published": float(value)}


def _nothing() -> dict[str, Any]:
    missing = dict.fromkeys(("measured", "ci_low", "ci_high"), float("nan"))
    return {**missing, "n_seeds": 0, "measured_as": "", "differs": ""}


def _score(store: Queryable, row: dict[str, Any], own: pd.DataFrame) -> dict[str, Any]:
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
    cell = {str(name): value for name, value in same.iloc[0].items()}
    return {
        **_nothing(),
        "measured": 100 * float(cell["score"]),
        "n_seeds": int(cell["n_seeds"]),
        "measured_as": f"{row['encoder']} on {row['target']}",
        "differs": "; ".join(protocols.differences(row, protocols.protocol(store, cell))),
    }


def _gain(store: Queryable, row: dict[str, Any], facts: Facts) -> dict[str, Any]:
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
    cell = cells[name]
    differs = protocols.differences(row, protocols.protocol(store, cell))
    return {
        "measured": float(cell["gain_points"]),
        "ci_low": float(cell["ci_low"]),
        "ci_high": float(cell["ci_high"]),
        "n_seeds": int(cell["n_seeds"]),
        "measured_as": f"{name} on {target}",
        "differs": "; ".join([how, *differs]),
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
