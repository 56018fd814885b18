"""An answer as a table for the page and as a CSV file that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from xfer_core.exchange.formulas import safe
from xfer_core.sql_page.asking import Answer


def table(answer: Answer) -> pd.DataFrame:
    """The rows under names that differ; a column with text in it is all text."""
    columns = {
        name: _alike([row[place] for row in answer.rows])
        for place, name in enumerate(_once(answer.columns))
    }
    return pd.DataFrame(columns, columns=pd.Index(_once(answer.columns), dtype=object))


def csv_text(answer: Answer) -> str:
    """The rows as CSV (RFC 4180); texts that look like formulas get a ' in front."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow([safe(name) for name in answer.columns])
    writer.writerows([[safe(value) for value in row] for row in answer.rows])
    return written.getvalue()


def _once(names: Sequence[str]) -> list[str]:
    """Names in their order, a repeated one with a number behind it."""
    found: list[str] = []
    for name in names:
        number, unique = 1, name
        while unique in found:
            number += 1
            unique = f"{name} ({number})"
        found.append(unique)
    return found


def _alike(values: Iterable[Any]) -> list[Any]:
    listed = list(values)
    if not any(isinstance(value, str) for value in listed):
        return listed
    return [None if value is None else str(value) for value in listed]
