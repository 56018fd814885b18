"""Tables frozen as JSON: what a slide shows stays the same, whatever is measured afterwards.

A snapshot lies under the hash of its content, so an address that names it shows the same picture
next month, and a file that was changed by hand no longer answers to its name.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

import pandas as pd

from xfer_core import spool
from xfer_core.domain.errors import DataError
from xfer_core.home import Home

FOLDER = ("decks", "snapshots")
KINDS = ("heatmap", "scatter", "languages", "compare")
MOST_ROWS = 20_000
_ID = re.compile(r"^[0-9a-f]{12}$")
_TYPES = {"text", "int", "float", "bool", "time"}


@dataclass(frozen=True)
class Snapshot:
    """What one chart showed: its kind, the choices of its page, and its table."""

    kind: str
    choices: dict[str, Any]
    """Filters by name, as the page and the view call them; plain values."""
    frozen: dict[str, Any]
    """The table: ``columns`` is a list of [name, type], ``rows`` a list of lists."""
    taken_at: str = ""
    """When it was frozen (UTC); no part of the id."""
    sample: bool = False
    """Whether the numbers are those of the sample that comes with Xfer."""

    @classmethod
    def take(
        cls, kind: str, table: pd.DataFrame, choices: dict[str, Any], sample: bool = False
    ) -> Snapshot:
        """Freeze a table as it is shown now.

        Raises:
            DataError: a kind of chart that no slide shows, or far too many rows.
        """
        if kind not in KINDS or len(table) > MOST_ROWS:
            raise DataError(
                f"Expected a chart of kind {', '.join(KINDS)} with at most {MOST_ROWS} rows; got "
                f"{kind!r} with {len(table)}. Narrow the selection, then pin it."
            )
        return cls(kind, _plain(choices), freeze(table), spool.now(), sample)

    @property
    def id(self) -> str:
        """Twelve hex digits that stand for the content."""
        told = [self.kind, self.choices, self.frozen, self.sample]
        text = json.dumps(told, sort_keys=True, ensure_ascii=False, allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @property
    def table(self) -> pd.DataFrame:
        """The table as it was."""
        return thaw(self.frozen)

    @property
    def date(self) -> str:
        """The day it was taken, "2026-11-22"."""
        return self.taken_at[:10]


def save(home: Home, snapshot: Snapshot) -> str:
    """Publish a snapshot under its id; one that is there already stays. Returns the id."""
    path = home.root.joinpath(*FOLDER, f"{snapshot.id}.json")
    if not path.is_file():
        spool.publish(path, vars(snapshot))
    return snapshot.id


def load(home: Home, snapshot_id: str) -> Snapshot:
    """The snapshot of that id.

    Raises:
        DataError: there is none, or its file no longer holds what its id stands for.
    """
    if not _ID.match(snapshot_id):
        raise DataError(
            f"Expected a snapshot id of 12 hex digits; got {snapshot_id[:40]!r}. Copy the address "
            "of the slide again."
        )
    found = spool.read_json(home.root.joinpath(*FOLDER, f"{snapshot_id}.json"))
    if found is None:
        raise DataError(
            f"Snapshot {snapshot_id} is not in this store; open the store in which the slide was "
            "pinned, or pin the chart again."
        )
    try:
        snapshot = Snapshot(**found)
        intact = snapshot.id == snapshot_id and snapshot.kind in KINDS
        snapshot.table  # noqa: B018 - a damaged table fails here, not in a meeting
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise _changed(snapshot_id) from error
    if not intact:
        raise _changed(snapshot_id)
    return snapshot


def freeze(table: pd.DataFrame) -> dict[str, Any]:
    """The table as plain JSON; missing values are null."""
    types = [[str(name), _type(table[name])] for name in table.columns]
    rows = [
        [_value(value) for value in row] for row in table.astype(object).itertuples(index=False)
    ]
    return {"columns": types, "rows": rows}


def thaw(frozen: dict[str, Any]) -> pd.DataFrame:
    """The table that ``freeze`` was given; missing texts and lists are None.

    Raises:
        ValueError: the parts do not fit each other.
    """
    columns, rows = frozen["columns"], frozen["rows"]
    if any(kind not in _TYPES for _, kind in columns) or any(
        len(row) != len(columns) for row in rows
    ):
        raise ValueError("rows and columns of the frozen table do not fit")
    made = {
        name: _series([row[place] for row in rows], kind)
        for place, (name, kind) in enumerate(columns)
    }
    return pd.DataFrame(made, index=range(len(rows)))


def _changed(snapshot_id: str) -> DataError:
    return DataError(
        f"Snapshot {snapshot_id} was changed after it was taken, so it is not shown; pin the chart "
        "again."
    )


def _type(column: pd.Series[Any]) -> str:
    if pd.api.types.is_bool_dtype(column.dtype):
        return "bool"
    if pd.api.types.is_integer_dtype(column.dtype):
        return "int"
    if pd.api.types.is_float_dtype(column.dtype):
        return "float"
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return "time"
    return "text"


def _series(values: list[Any], kind: str) -> pd.Series[Any]:
    missing = any(value is None for value in values)
    match kind:
        case "float":
            return pd.Series(values, dtype=float)
        case "int":
            return pd.Series(values, dtype="Int64" if missing else int)
        case "bool":
            return pd.Series(values, dtype="boolean" if missing else bool)
        case "time":
            return pd.to_datetime(pd.Series(values, dtype=object), utc=True, format="ISO8601")
    return pd.Series(values, dtype=object)


def _value(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        return None if pd.isna(value) else value.isoformat()
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_value(item) for item in value]
    if value is None or pd.isna(value):
        return None
    return value if isinstance(value, bool | int | float | str) else str(value)


def _plain(choices: dict[str, Any]) -> dict[str, Any]:
    return {str(name): _value(value) for name, value in sorted(choices.items())}
