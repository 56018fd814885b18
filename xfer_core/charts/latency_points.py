"""Which models the accuracy-latency chart shows, and what may be said about them in words."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from xfer_core.charts import theme, words
from xfer_core.charts.latency_look import name as name
from xfer_core.stats.frontier import Standing


def with_latency(table: pd.DataFrame) -> pd.DataFrame:
    """The rows that can be drawn."""
    return table[table["p50_ms"].notna() & table["score"].notna()].reset_index(drop=True)


def without_latency(table: pd.DataFrame) -> pd.DataFrame:
    """The rows that have a score and no latency; a page lists them below the chart."""
    return table[table["p50_ms"].isna() & table["score"].notna()].reset_index(drop=True)


_STANDING = {
    Standing.ON: "on the frontier",
    Standing.BY_LATENCY: "on the frontier, but its lead in latency is not distinguishable",
    Standing.NEAR: "below the frontier, not distinguishable from it",
    Standing.ONE_SEED: "below the frontier; one seed cannot tell them apart",
    Standing.DOMINATED: "dominated",
}


def standing(row: Any) -> str:
    """What a point is, in words (see ``stats.frontier.Standing``)."""
    if bool(row["contended"]):
        return "measured under load, not compared"
    found = str(row["standing"])
    return next((said for known, said in _STANDING.items() if known == found), "no latency")


def budget_sentence(table: pd.DataFrame, budget_ms: float) -> str:
    """The best clean point within the budget, in words, hedged where intervals overlap."""
    rows = with_latency(table)
    count, rows = len(rows), rows[~rows["contended"].astype(bool)]
    if rows.empty and count:
        return (
            f"Nothing to compare yet: all {count} latencies were measured while the machine was "
            "busy. Measure them again when it is quiet."
        )
    inside = rows[rows["p50_ms"] <= budget_ms].sort_values(
        ["score", "p50_ms"], ascending=[False, True]
    )
    if inside.empty:
        fastest = "" if rows.empty else f" The fastest takes {ms(rows['p50_ms'].min())}."
        return f"Under {ms(budget_ms)}: no clean measurement.{fastest}"
    best = inside.iloc[0]
    over = " (its interval reaches past the budget)" if _may_exceed(best, budget_ms) else ""
    text = (
        f"Under {ms(budget_ms)}: {name(best)} reaches {theme.percent(best['score'])}"
        f"{spread(best)} at {ms(best['p50_ms'])}{over} ({seeds(best)})."
    )
    close = sum(_overlap(best, other) for _, other in inside.iloc[1:].iterrows())
    if pd.isna(best["score_ci_low"]) and len(inside) > 1:
        return f"{text} With one seed its lead over the other {len(inside) - 1} is not established."
    if close:
        return (
            f"{text} Its lead over {close} of the other {len(inside) - 1} is not distinguishable."
        )
    return text


def alt_text(table: pd.DataFrame) -> str:
    """The finding in a sentence."""
    rows = with_latency(table)
    if rows.empty:
        return "No model of this selection has both a score and a latency."
    front = rows[rows["on_frontier"].astype(bool)].sort_values("p50_ms")
    listed = "; ".join(
        f"{name(row)} {theme.percent(row['score'])} at {ms(row['p50_ms'])}"
        for _, row in front.head(6).iterrows()
    )
    return f"Score against latency of {len(rows)} models; {len(front)} on the frontier: {listed}."


def ms(value: float) -> str:
    """A latency with three digits: "3.21 ms"."""
    return f"{value:.3g} ms"


def batch(rows: pd.DataFrame) -> str:
    """What was timed: "question", or "batch of questions"."""
    unit = " or ".join(sorted(set(rows["unit"].dropna()))) or "item"
    sizes = {int(size) for size in rows["batch_size"].dropna()} if "batch_size" in rows else {1}
    return unit if sizes <= {1} else f"batch of {words.listed(sorted(sizes))} {unit}s"


def log_ticks(limits: tuple[float, float]) -> list[float]:
    """Round numbers (1, 2, 5) within limits that are logarithms; more of them in a short range."""
    low, high = limits
    decades = range(math.floor(low), math.ceil(high) + 1)
    for steps in ((1, 2, 5), range(1, 10)):
        ticks = [step * 10.0**decade for decade in decades for step in steps]
        shown = [tick for tick in ticks if low <= math.log10(tick) <= high]
        if len(shown) >= 3:
            return shown
    return theme.round_ticks((10**low, 10**high))


def parts(row: Any) -> str:
    """What else a measurement says: its part of tokenization, ratio, memory, search."""
    said = []
    if _known(row, "tokenization_ms"):
        said.append(f"tokenization {ms(row['tokenization_ms'])} of it")
    if _known(row, "ratio"):
        said.append(f"{row['ratio']:.2f} times the reference")
    if _known(row, "memory_bytes"):
        said.append(f"{row['memory_bytes'] / 1e6:.0f} MB of memory")
    if _known(row, "disk_bytes"):
        said.append(f"{row['disk_bytes'] / 1e6:.1f} MB on disk")
    if _known(row, "search_ms"):
        index = f"{int(row['index_size'])} sentences"
        said.append(f"search apart: 1,000 queries in {index} {ms(row['search_ms'])}")
    return ", ".join(said)


def spread(row: Any) -> str:
    """The interval of a score, in brackets; empty with one seed."""
    low, high = row["score_ci_low"], row["score_ci_high"]
    if pd.isna(low) or pd.isna(high):
        return ""
    return f" (95% interval {theme.percent(low)} to {theme.percent(high)})"


def seeds(row: Any) -> str:
    """How many seeds a score has."""
    count = int(row["n_seeds"])
    return f"{count} seed{'' if count == 1 else 's'}"


def _known(row: Any, column: str) -> bool:
    return column in row and not pd.isna(row[column])


def _may_exceed(row: Any, budget_ms: float) -> bool:
    return bool(row["p50_ci_high_ms"] > budget_ms)


def _overlap(best: Any, other: Any) -> bool:
    return bool(other["score_ci_high"] >= best["score_ci_low"])
