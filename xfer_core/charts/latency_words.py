"""The lines of text round the accuracy-latency chart, and its table twin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from xfer_core.charts import theme, words
from xfer_core.charts.latency_points import name, standing, with_latency

BUDGET_MS = 10.0
CONDITIONS = ("device_name", "threads", "batch_size", "unit", "back_end", "precision")
FRONTIER_RULE = (
    "Line: models that no clean model beats on both means (lower or equal latency, higher or equal "
    "score, one of them strictly). Bars: 95% intervals, of the score over seeds and of the median "
    "latency; bars of two or three seeds may leave the frame. Faint: below the line. Hollow: "
    "measured while the machine was busy, not compared."
)


def as_budget(text: str | None) -> float:
    """The budget of the URL in milliseconds; the usual one where it is no such number."""
    try:
        value = float(text) if text else BUDGET_MS
    except ValueError:
        return BUDGET_MS
    return value if 0.1 <= value <= 100_000 else BUDGET_MS


def conditions_line(table: pd.DataFrame, target: str, language: str) -> str:
    """What was measured and how: target, languages, batch, threads, device, back end."""
    rows = with_latency(table)
    first = rows.iloc[0]
    parts = [
        f"{theme.task_label(target)}, {words.language(language)}",
        f"median milliseconds per {first['unit']}",
        f"batch {_one_or_many(rows, 'batch_size')}",
        f"threads {_one_or_many(rows, 'threads')}",
        _one_or_many(rows, "device_name"),
        f"{_one_or_many(rows, 'back_end')} {_one_or_many(rows, 'precision')}",
    ]
    return " · ".join(part for part in parts if part.strip())


def mixed_notice(table: pd.DataFrame) -> str:
    """Why the points must not be compared with each other; empty if they may."""
    rows = with_latency(table)
    mixed = [column for column in CONDITIONS if column in rows and rows[column].nunique() > 1]
    if not mixed:
        return ""
    return (
        f"These models were measured under different conditions ({words.listed(mixed)}). "
        "Only those with equal conditions are compared with each other."
    )


def missing_line(rows: pd.DataFrame) -> str:
    """The models without a latency, by name."""
    if rows.empty:
        return ""
    names = words.listed(name(row) for _, row in rows.head(12).iterrows())
    more = f" and {len(rows) - 12} more" if len(rows) > 12 else ""
    verb = "has" if len(rows) == 1 else "have"
    return f"{words.plural(len(rows), 'model')} {verb} no latency: {names}{more}."


def as_table(table: pd.DataFrame) -> pd.DataFrame:
    """The same numbers as the chart; rows without a latency come last."""
    rows = table.sort_values(["p50_ms", "score"], na_position="last").reset_index(drop=True)
    drawn = with_latency(table)
    return pd.DataFrame(
        {
            "Encoder": rows["encoder"],
            "Intermediate task": rows["intermediate"].map(theme.task_label),
            "Score": 100 * rows["score"].astype(float),
            "Score low": 100 * rows["score_ci_low"].astype(float),
            "Score high": 100 * rows["score_ci_high"].astype(float),
            "Median, ms": rows["p50_ms"].astype(float),
            "95th percentile, ms": rows["p95_ms"].astype(float),
            "Seeds": rows["n_seeds"].fillna(0).astype(int),
            "Standing": [
                "no latency" if pd.isna(row["p50_ms"]) else standing(row, drawn)
                for _, row in rows.iterrows()
            ],
        }
    )


def table_formats() -> Mapping[str, Any]:
    """How each number of ``as_table`` is written."""
    points = dict.fromkeys(("Score", "Score low", "Score high"), "{:.1f}")
    return {**points, **dict.fromkeys(("Median, ms", "95th percentile, ms"), _three_digits)}


def _three_digits(value: float) -> str:
    return f"{value:.{2 if value < 10 else 1 if value < 100 else 0}f}"


def _one_or_many(rows: pd.DataFrame, column: str) -> str:
    if column not in rows:
        return ""
    values = list(dict.fromkeys(rows[column].dropna()))
    return " or ".join(f"{value:g}" if isinstance(value, float) else str(value) for value in values)
