"""What a partly filled heatmap says about itself: what is missing, why, and what helps."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from xfer_core.charts import cell_look, theme, words
from xfer_core.charts.cell_look import BASELINE

NOTHING, WAITING, FAILED, NO_BASELINE, ONE_SEED = (
    *("nothing", "waiting", "failed", "no baseline"),
    "one seed",
)


@dataclass(frozen=True)
class Notice:
    """A state of the whole grid (``what``) in a sentence with its cause and what to do.

    ``reason``: the message of a failure, as its job wrote it.
    """

    what: str
    sentence: str
    reason: str = ""


def notice(table: pd.DataFrame) -> Notice | None:
    """The one thing that a reader of this grid must know first; None for a grid of gains."""
    cells = table[(table["row"] != BASELINE) & (table["state"] != cell_look.NOT_APPLICABLE)]
    if cells["gain_points"].notna().any():
        return _one_seed(cells)
    states = set(cells["state"])
    if cell_look.UNPAIRED in states:
        return _no_baseline(cells)
    if cell_look.RUNNING in states:
        sentence = "No gain yet: the runs are at work. Numbers appear here by themselves."
        return Notice(WAITING, sentence)
    if cell_look.FAILED in states:
        return _failed(cells)
    return Notice(NOTHING, _nothing(table, cells))


def _one_seed(cells: pd.DataFrame) -> Notice | None:
    seeds = cells.loc[cells["gain_points"].notna(), "n_seeds"]
    if (seeds > 1).any():
        return None
    return Notice(
        ONE_SEED,
        "One seed only: the gains are real measurements, but how far chance moves them is "
        "unknown, so none is marked. Add a seed to learn the spread.",
    )


def _no_baseline(cells: pd.DataFrame) -> Notice:
    unpaired = cells[cells["state"] == cell_look.UNPAIRED]
    targets = [theme.task_label(name) for name in dict.fromkeys(unpaired["target"])]
    return Notice(
        NO_BASELINE,
        f"No gain yet: {words.plural(len(unpaired), 'score')} without a baseline. A gain needs "
        f"the same seeds without an intermediate task on {words.listed(targets)}: run the "
        "baseline from the panel.",
    )


def _failed(cells: pd.DataFrame) -> Notice:
    failed = cells[cells["state"] == cell_look.FAILED]
    rest = len(cells) - len(failed)
    kept = f", and {words.plural(rest, 'cell')} not run" if rest else ""
    count = f"All {len(failed)} cells" if not rest else words.plural(len(failed), "cell")
    reasons = [text for text in failed["message"] if isinstance(text, str) and text]
    return Notice(
        FAILED,
        f"{count} failed{kept}. Read the log, mend the cause, then run a cell again from the "
        "panel; what worked is reused.",
        reasons[0] if reasons else "",
    )


def _nothing(table: pd.DataFrame, cells: pd.DataFrame) -> str:
    if table[table["row"] != BASELINE].empty:
        return (
            "Only the baseline so far: a gain compares it with an encoder that learned an "
            "intermediate task first. Launch a run with one."
        )
    if cells.empty:
        return "None of these targets has data in this language."
    return "No cell of this view is measured yet. Choose one and run it from the panel."
