"""Which models the accuracy-latency chart shows, and what may be said about them in words."""

from __future__ import annotations

from typing import Any

import pandas as pd

from xfer_core.charts import theme


def with_latency(table: pd.DataFrame) -> pd.DataFrame:
    """The rows that can be drawn."""
    return table[table["p50_ms"].notna() & table["score"].notna()].reset_index(drop=True)


def without_latency(table: pd.DataFrame) -> pd.DataFrame:
    """The rows that have a score and no latency; a page lists them below the chart."""
    return table[table["p50_ms"].isna() & table["score"].notna()].reset_index(drop=True)


def standing(row: Any, rows: pd.DataFrame) -> str:
    """What a point is: on the frontier, dominated, or not distinguishable from the frontier.

    Dominated needs a clean point that is no slower and whose score interval lies wholly above.
    """
    if bool(row["contended"]):
        return "measured under load, not compared"
    if bool(row["on_frontier"]):
        return "on the frontier"
    rivals = rows[rows["on_frontier"].astype(bool) & (rows["p50_ms"] <= row["p50_ms"])]
    high = row["score_ci_high"]
    if pd.isna(high) or rivals["score_ci_low"].isna().all():
        return "below the frontier; one seed cannot tell them apart"
    if (rivals["score_ci_low"] > high).any():
        return "dominated"
    return "below the frontier, not distinguishable from it"


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
    text = (
        f"Under {ms(budget_ms)}: {name(best)} reaches {theme.percent(best['score'])}"
        f"{spread(best)} at {ms(best['p50_ms'])} ({seeds(best)})."
    )
    close = sum(_overlap(best, other) for _, other in inside.iloc[1:].iterrows())
    if pd.isna(best["score_ci_low"]) and len(inside) > 1:
        return f"{text} With one seed its lead over the other {len(inside) - 1} is not established."
    if close:
        return (
            f"{text} Its lead over {close} of the other {len(inside) - 1} is not distinguishable."
        )
    return text


def name(row: Any) -> str:
    """Encoder and intermediate task of a point."""
    return f"{row['encoder']} · {theme.task_label(str(row['intermediate']))}"


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


def _overlap(best: Any, other: Any) -> bool:
    return bool(other["score_ci_high"] >= best["score_ci_low"])
