"""The lines of text round the accuracy-latency chart, and its table twin."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from xfer_core.charts import theme, words
from xfer_core.charts.latency_look import engine, is_plain, kept
from xfer_core.charts.latency_points import batch, name, standing, with_latency

BUDGET_MS = 10.0
CONDITIONS = ("device_name", "machine", "threads", "batch_size", "inputs", "unit")
"""What has to agree for two latencies to be compared."""
TEXTS = {
    "mix": "texts as they come",
    "p50": "texts of the median length",
    "p95": "texts of the 95th percentile length",
}
SETTLED_PERCENT = 10.0
"""A bound above this settles nothing."""
FRONTIER_RULE = (
    "Line: models that no clean model beats on both means (lower or equal latency, higher or equal "
    "score, one of them strictly). Bars: 95% intervals, of the score over seeds and of the median "
    "latency over passes; bars of two or three seeds may leave the frame. Faint: below the line; "
    "dominated only where a model that is no slower has its whole score interval above. Hollow: "
    "measured while the machine was busy, not compared."
)


def usual_budget(median_ms: float) -> float:
    """A budget that half of the models keep: 10 ms, else the next of 20, 50, 100, 200 and so on."""
    ladder = (step * BUDGET_MS * 10**power for power in range(5) for step in (1, 2, 5))
    return next((budget for budget in ladder if not budget < median_ms), BUDGET_MS)


def as_budget(text: str | None, usual: float = BUDGET_MS) -> float:
    """The budget of the URL in milliseconds; the usual one where it is no such number."""
    found = as_limit(text)
    return usual if found is None else found


def as_limit(text: str | None) -> float | None:
    """Milliseconds of the URL, from 0.1 to 100,000; None where it is no such number."""
    try:
        value = float(text) if text else math.nan
    except ValueError:
        return None
    return value if 0.1 <= value <= 100_000 else None


def texts(inputs: str) -> str:
    """Which texts were timed."""
    return TEXTS.get(inputs, inputs)


def facets(table: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The rows of each condition, the one with most models first; each is a chart of its own.

    What was measured on another machine, with other threads or batches is never in one picture.
    """
    rows = with_latency(table)
    shared = [column for column in CONDITIONS if column in rows]
    if rows.empty or not shared:
        yield rows
        return
    groups = [part for _, part in rows.groupby(shared, dropna=False, sort=True)]
    for part in sorted(groups, key=len, reverse=True):
        yield part.reset_index(drop=True)


def facets_notice(parts: list[pd.DataFrame]) -> str:
    """Why there are several charts."""
    differ = [
        column.replace("_", " ")
        for column in CONDITIONS
        if len({_one_or_many(part, column) for part in parts}) > 1
    ]
    return (
        f"These models were measured under different conditions ({words.listed(differ)}). Each "
        "chart has one of them; only what is in one chart is compared."
    )


def choices(timed: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Batch sizes and texts to choose from, the usual ones first.

    Args:
        timed: the view ``timed``; without rows the usual ones alone are offered.
    """
    sizes = sorted({int(size) for size in timed["batch_size"].dropna()}) or [1]
    found = set(timed["inputs"].dropna()) or {"mix"}
    order = [name for name in TEXTS if name in found]
    return [str(size) for size in sizes], [*order, *sorted(found - set(order))]


def conditions_line(table: pd.DataFrame, target: str, language: str) -> str:
    """What was measured and how: target, languages, texts, batch, threads, device, back ends."""
    rows = with_latency(table)
    first = rows.iloc[0]
    parts = [
        f"{theme.task_label(target)}, {words.language(language)}",
        f"median milliseconds per {batch(rows)}, tokenization included",
        " or ".join(texts(str(value)) for value in _values(rows, "inputs")),
        f"batch {_one_or_many(rows, 'batch_size')}",
        f"threads {_one_or_many(rows, 'threads')}",
        _one_or_many(rows, "device_name"),
        _run(first) if len({engine(row) for row in rows.to_dict("records")}) == 1 else "",
    ]
    return " · ".join(part for part in parts if part.strip())


def missing_line(rows: pd.DataFrame) -> str:
    """The models without a latency, by name."""
    if rows.empty:
        return ""
    names = words.listed(name(row) for _, row in rows.head(12).iterrows())
    more = f" and {len(rows) - 12} more" if len(rows) > 12 else ""
    verb = "has" if len(rows) == 1 else "have"
    return f"{words.plural(len(rows), 'model')} {verb} no latency: {names}{more}."


def equality_lines(table: pd.DataFrame) -> list[str]:
    """Whether the intermediate task changes latency: a sentence per encoder, run plainly.

    Args:
        table: the view ``latency_equality``.
    """
    rows = [row for row in table.to_dict("records") if is_plain(row)]
    return [sentence for row in rows if (sentence := equality_sentence(row))]


def equality_sentence(row: Mapping[Any, Any]) -> str:
    """Whether the intermediate task changes the latency of one encoder; "" if none was compared."""
    said = f"Intermediate task and latency of {row['encoder']}: "
    bound, count = row["bound_percent"], int(row["n_models"])
    left_out = _left_out(int(row["n_contended"]))
    if pd.isna(bound):
        if count + int(row["n_contended"]) < 2:
            return ""
        return f"{said}not settled, fewer than two clean measurements{left_out}."
    of = f"{count} checkpoints of the same shape{left_out}"
    if bound > SETTLED_PERCENT:
        return f"{said}not settled, differences up to ±{bound:.0f}% cannot be excluded ({of})."
    text = f"{said}no difference beyond ±{bound:.1f}% ({of})."
    low, high = row["ci_low_percent"], row["ci_high_percent"]
    if low > 0 or high < 0:
        largest = theme.task_label(str(row["largest"]))
        text += (
            f" Farthest off is {largest}: {theme.signed(row['difference_percent'])}% "
            f"({theme.signed(low)} to {theme.signed(high)}), in one process; another start of the "
            "same model may differ as much."
        )
    return text


def starts_line(table: pd.DataFrame) -> str:
    """Whether the bounds of latencies hold for another start of the same model.

    Args:
        table: rows with ``start_percent``, as of the view ``latency``.
    """
    percent = table["start_percent"].astype(float)
    if percent.isna().all():
        return (
            "Intervals of latencies are those of one process each; what another start of the same "
            "model changes is learned when a run is measured again (--force-only latency)."
        )
    known = sorted({f"{value:.1f}%" for value in percent.dropna()})
    some = " for some machines" if percent.isna().any() else ""
    return (
        f"Intervals of latencies hold for another start of the same model too{some}: measured "
        f"again, ratios to the reference moved by {' or '.join(known)} (one standard deviation)."
    )


def repeats_line(table: pd.DataFrame) -> str:
    """How often what was measured twice agrees; contended pairs are left out, and counted.

    Args:
        table: the view ``latency_repeats``.
    """
    clean = table[~table["contended"].astype(bool)]
    left_out = _left_out(len(table) - len(clean))
    if clean.empty:
        return f"No clean measurement was repeated{left_out}."
    hours = clean["hours_apart"].astype(float)
    sure = "of one process each"
    if clean["start_percent"].notna().any():
        sure = f"widened by what earlier starts changed ({clean['start_percent'].max():.1f}%)"
    moved = 100 * (clean["again_ms"] / clean["first_ms"] - 1).abs()
    return (
        f"{int(clean['overlap'].sum())} of {len(clean)} clean pairs, {hours.min():.1f} to "
        f"{hours.max():.1f} hours apart, overlap in the intervals of their medians, "
        f"{int(clean['ratios_overlap'].sum())} in those of their ratios{left_out}. The medians "
        f"differ by {moved.median():.1f}% in the middle, {moved.max():.1f}% at most; the intervals "
        f"are {sure}."
    )


def as_table(table: pd.DataFrame) -> pd.DataFrame:
    """The same numbers as the chart; rows without a latency come last."""
    rows = table.sort_values(["p50_ms", "score"], na_position="last").reset_index(drop=True)
    records = rows.to_dict("records")
    return pd.DataFrame(
        {
            "Encoder": rows["encoder"],
            "Back end": [engine(row) for row in records],
            "Layers": [kept(row) for row in records],
            "Intermediate task": rows["intermediate"].map(theme.task_label),
            "Score": 100 * rows["score"].astype(float),
            "Score low": 100 * rows["score_ci_low"].astype(float),
            "Score high": 100 * rows["score_ci_high"].astype(float),
            "Median, ms": rows["p50_ms"].astype(float),
            "Median low": rows["p50_ci_low_ms"].astype(float),
            "Median high": rows["p50_ci_high_ms"].astype(float),
            "95th percentile, ms": rows["p95_ms"].astype(float),
            "Tokenization, ms": _numbers(rows, "tokenization_ms"),
            "Ratio to reference": _numbers(rows, "ratio"),
            "Seeds": rows["n_seeds"].fillna(0).astype(int),
            "Standing": [
                "no latency" if pd.isna(row["p50_ms"]) else standing(row) for row in records
            ],
        }
    )


def table_formats() -> Mapping[str, Any]:
    """How each number of ``as_table`` is written."""
    points = dict.fromkeys(("Score", "Score low", "Score high"), "{:.1f}")
    times = ("Median, ms", "Median low", "Median high", "95th percentile, ms", "Tokenization, ms")
    return {**points, **dict.fromkeys(times, three_digits), "Ratio to reference": "{:.2f}"}


def three_digits(value: float) -> str:
    """A latency with about three digits."""
    return f"{value:.{2 if value < 10 else 1 if value < 100 else 0}f}"


def _run(row: Any) -> str:
    said = engine(row)
    return said if " " in said or not row.get("precision") else f"{said} {row['precision']}"


def _left_out(contended: int) -> str:
    return f", {contended} measured under load left out" if contended else ""


def _numbers(rows: pd.DataFrame, column: str) -> pd.Series[float]:
    if column not in rows:
        return pd.Series(float("nan"), rows.index)
    return rows[column].astype(float)


def _values(rows: pd.DataFrame, column: str) -> list[Any]:
    return list(dict.fromkeys(rows[column].dropna())) if column in rows else []


def _one_or_many(rows: pd.DataFrame, column: str) -> str:
    values = _values(rows, column)
    return " or ".join(f"{value:g}" if isinstance(value, float) else str(value) for value in values)
