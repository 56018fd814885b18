"""The declared encoders, tasks and languages as tables, so that a view can join them."""

from __future__ import annotations

from typing import Any

import duckdb
import pyarrow as pa

from xfer_core import catalog
from xfer_core.domain.language import LANGUAGES

_ENCODER = ("name", "title", "catalog", "parameters", "layers", "hidden_size", "revision")
_TASK = ("name", "title", "catalog", "kind", "metric", "languages")
_LANGUAGE = ("code", "name", "script", "family", "direction")


def fill(connection: duckdb.DuckDBPyConnection) -> None:
    """Replace the three tables by what is declared now, in one transaction."""
    tables = {
        "encoders": (_ENCODER, catalog.encoders().values()),
        "tasks": (_TASK, catalog.tasks().values()),
        "languages": (_LANGUAGE, LANGUAGES.values()),
    }
    cursor = connection.cursor()
    try:
        cursor.execute("BEGIN")
        for table, (columns, declared) in tables.items():
            cursor.execute(f"DELETE FROM {table}")
            schema = cursor.sql(f"SELECT * FROM {table}").to_arrow_table().schema
            rows = [{column: _plain(item, column) for column in columns} for item in declared]
            cursor.register("declared", pa.Table.from_pylist(rows, schema=schema))
            cursor.execute(f"INSERT INTO {table} BY NAME SELECT * FROM declared")
            cursor.unregister("declared")
        cursor.execute("COMMIT")
    finally:
        cursor.close()


def _plain(item: Any, column: str) -> Any:
    value = getattr(item, column)
    if column == "languages":
        return list(value)
    return str(value) if isinstance(value, str) else value
