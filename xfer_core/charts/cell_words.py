"""What the panel beside the heatmap says about one cell, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from xfer_core.charts import cell_look, theme, words
from xfer_core.charts.cell_look import BASELINE


def title(row: str, column_title: str) -> str:
    """What is looked at: "MNLI → XNLI", or the baseline of a target."""
    if row == BASELINE:
        return f"{column_title} without intermediate task"
    return f"{theme.task_label(row)} → {column_title}"


def scores(record: Mapping[str, Any]) -> str:
    """Both scores: "62.1 → 70.3"."""
    return f"{theme.percent(record['baseline'])} → {theme.percent(record['score'])}"


def certainty(record: Mapping[str, Any]) -> str:
    """Seeds, and whether the gain can be told from 0; one seed never can."""
    count = seeds_of(record)
    seeds = words.plural(len(count), "seed")
    if record["row"] == BASELINE:
        return f"{seeds}: {words.listed(count)}"
    if len(count) < 2:
        return f"{seeds}: the spread over seeds is unknown, so nothing can be said about chance"
    p_value = record.get("p_value")
    p_text = "" if p_value is None or pd.isna(p_value) else f" · {_p(float(p_value))}"
    if bool(record["significant"]):
        return f"{seeds}{p_text} · differs from 0 after correction"
    return f"{seeds}{p_text} · not told apart from 0 after correction"


def state_sentence(record: Mapping[str, Any], column_title: str) -> str:
    """Why a cell holds no gain, and what helps; empty if it holds one."""
    state = record["state"]
    if state == cell_look.NOT_APPLICABLE:
        return f"{column_title}: the task has no data here, so there is nothing to run."
    if state == cell_look.FAILED:
        return "The last attempt failed."
    if state == cell_look.RUNNING and pd.isna(record["score"]):
        return "Running now. The number appears here by itself."
    if state == cell_look.NOT_RUN:
        if "other" in str(record.get("message")):
            return "Not run with these settings, only with others."
        if record.get("message"):
            return "Not run with the newest settings, only with older ones."
        return "Not run yet."
    if state == cell_look.UNPAIRED and record["row"] != BASELINE:
        return (
            f"Score {theme.percent(record['score'])}. A gain needs a baseline: the same seeds "
            "without an intermediate task."
        )
    return ""


def seeds_of(record: Mapping[str, Any]) -> list[int]:
    """The seeds behind a cell, none if it has no result."""
    seeds: Any = record.get("seeds")
    return [int(seed) for seed in seeds] if hasattr(seeds, "__len__") else []


def by_seed(table: pd.DataFrame) -> pd.DataFrame:
    """Per-seed values with plain titles, in points with one decimal."""
    return pd.DataFrame(
        {
            "Seed": table["seed"].astype(int).astype(str),
            "Without": [theme.percent(value) for value in table["baseline"].astype(float)],
            "With": [theme.percent(value) for value in table["score"].astype(float)],
            "Gain": [theme.signed(value) for value in table["gain_points"].astype(float)],
        }
    )


def runs(table: pd.DataFrame) -> pd.DataFrame:
    """The runs behind a cell with plain titles."""
    return pd.DataFrame(
        {
            "Run": table["run_id"],
            "State": [words.state(str(name)) for name in table["state"]],
            "Started": [words.date(moment) for moment in table["started_at"]],
            "Seeds": [_seeds(some) for some in table["seeds"]],
        }
    )


def _seeds(some: Any) -> str:
    return some if isinstance(some, str) else words.listed(some)


def _p(value: float) -> str:
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"
