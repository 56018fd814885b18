"""What the seeds of a cell can show, in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from xfer_core.charts import theme, words

MOST = 100
"""Seeds beyond which a cell is said to need more examples instead."""


def sentence(power: Any, significant: bool) -> str:
    """From which gain on the cell's seeds tell it from 0, and how many more its own needs.

    Args:
        power: ``views.power.Power`` of the cell; None gives "".
        significant: whether the cell is told from 0 already; then nothing is said of more seeds.
    """
    if power is None:
        return ""
    sees = f"{power.sees_points:.1f} points"
    if power.n_seeds < 2:
        said = f"One seed shows nothing; {power.seeds} would show gains above {sees}"
    else:
        said = f"With {words.plural(power.n_seeds, 'seed')} you can see gains above {sees} here"
    return f"{said}, 4 times in 5." + ("" if significant else f" {_needs(power)}")


def columns(row: Mapping[str, Any], least: int) -> tuple[str, str]:
    """The gain that a cell's seeds show, and the seeds that its own needs, as a table has them.

    Args:
        row: of ``views.power.with_power``.
        least: seeds that are spoken of where the cell has one.
    """
    if pd.isna(row["sees_points"]):
        return "unknown", "unknown"
    sees = f"{row['sees_points']:.1f}"
    sees += f" with {least}" if row["n_seeds"] < 2 else ""
    needed = row["seeds_needed"]
    if bool(row["significant"]):
        return sees, "seen"
    if pd.isna(needed):
        return sees, f"over {MOST}"
    more = max(int(needed) - int(row["n_seeds"]), 0)
    return sees, f"{int(needed)} ({more} more)"


def _needs(power: Any) -> str:
    gain = theme.signed(power.gain_points)
    if power.needed is None:
        return (
            f"A true gain of {gain} would not show with {MOST} seeds either: it needs more test "
            "examples."
        )
    if not power.more:
        return f"A true gain of {gain} should show with the seeds it has."
    return (
        f"A true gain of {gain} would need about {words.plural(power.needed, 'seed')}: "
        f"{power.more} more."
    )
