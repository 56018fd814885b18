"""What all commands share: options, tables, JSON, and how an error looks."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer
from rich.console import Console, JustifyMethod
from rich.table import Table

from xfer_core.charts import words
from xfer_core.home import Home

HomeOption = Annotated[
    Path | None,
    typer.Option("--home", help="Store folder (default: XFER_HOME, else data/store)."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]

console = Console()
errors = Console(stderr=True)


def home_of(given: Path | None) -> Home:
    """The store that a command works on."""
    return Home.default(given)


def print_json(values: Any) -> None:
    """Plain JSON on standard output; NaN and missing values are null."""
    print(json.dumps(plain(values), indent=1, ensure_ascii=False))


def plain(value: Any) -> Any:
    """Values as JSON knows them."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):  # NumPy scalars and arrays
        return plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, datetime):
        return value.isoformat() if value == value else None  # NaT is not equal to itself
    return value


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table as objects."""
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A table for people; numbers are right-aligned."""
    # Without its outer lines a table of gains fits a terminal of 80 columns.
    table = Table(
        title=title or None,
        title_justify="left",
        header_style="bold",
        show_edge=False,
        pad_edge=False,
    )
    for index, column in enumerate(columns):
        numeric = bool(rows) and all(isinstance(row[index], int | float) for row in rows)
        justify: JustifyMethod = "right" if numeric else "left"
        # Names come first, and half a run's id is of no use.
        table.add_column(column, justify=justify, overflow="fold", no_wrap=index == 0)
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row))
    console.print(table)


def print_notes(table: pd.DataFrame) -> None:
    """What a reader of these results must know (``words.notes``), a line for each target."""
    for line in words.notes(table):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def signed(points: float | None) -> str:
    """A gain as people read it: sign, one decimal, a true minus."""
    if points is None or not math.isfinite(points):
        return "–"
    text = f"{points:+.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text.replace("-", "−")


def duration(seconds: float | None) -> str:
    """Seconds as people read them, such as "1 min 20 s"."""
    if seconds is None or not math.isfinite(seconds):
        return "–"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
