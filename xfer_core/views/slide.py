"""The newest data of a slide's chart, asked for as the page that pinned it did."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from xfer_core.snapshots import Snapshot
from xfer_core.views.accuracy_latency import accuracy_latency
from xfer_core.views.cell import cell
from xfer_core.views.heatmap import Asked, heatmap
from xfer_core.views.latency import CONDITIONS
from xfer_core.views.selection import Queryable

OF_HEATMAP = tuple(Asked.__dataclass_fields__)
"""Choices that the view ``heatmap`` takes besides its own parameters."""


def newest(store: Queryable, snapshot: Snapshot) -> pd.DataFrame | None:
    """What the chart of a snapshot would show now, in the order it was pinned in.

    Returns:
        A table with the columns of the frozen one; None for a kind that has no newest data, or
        where nothing is left of what was selected.
    """
    choices = snapshot.choices
    match snapshot.kind:
        case "heatmap":
            table = _in_order(_asked(heatmap, store, choices), snapshot.table)
        case "scatter":
            table = _same_condition(
                _asked(accuracy_latency, store, {**choices, "every_condition": True}),
                snapshot.table,
            )
        case "languages":
            table = _asked(cell, store, choices).by_language
        case _:
            return None
    return table if len(table) else None


def _asked(question: Callable[..., Any], store: Queryable, choices: Mapping[str, Any]) -> Any:
    """The view's answer; choices that it does not know are the chart's own."""
    known = {*inspect.signature(question).parameters, *(OF_HEATMAP if question is heatmap else ())}
    given = {name: value for name, value in choices.items() if name in known}
    return question(store, **given)


def _in_order(table: pd.DataFrame, pinned: pd.DataFrame) -> pd.DataFrame:
    """Rows and columns as pinned; new ones come last."""
    rows = {name: place for place, name in enumerate(dict.fromkeys(pinned["row"]))}
    columns = {name: place for place, name in enumerate(dict.fromkeys(pinned["column"]))}
    keys = pd.DataFrame(
        {
            "row": table["row"].map(lambda name: rows.get(name, len(rows))),
            "column": table["column"].map(lambda name: columns.get(name, len(columns))),
        }
    )
    return table.loc[keys.sort_values(["row", "column"], kind="stable").index].reset_index(
        drop=True
    )


def _same_condition(table: pd.DataFrame, pinned: pd.DataFrame) -> pd.DataFrame:
    """The rows that were measured as those of the pinned chart were."""
    timed = pinned[pinned["p50_ms"].notna()]
    rows = table[table["p50_ms"].notna()]
    if timed.empty:
        return rows.iloc[:0]
    first = timed.iloc[0]
    for name in CONDITIONS:
        if name in rows and name in timed:
            wanted = first[name]
            same = rows[name].isna() if pd.isna(wanted) else rows[name] == wanted
            rows = rows[same.fillna(False).astype(bool)]
    return rows.reset_index(drop=True)
