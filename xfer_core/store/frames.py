"""Answers of DuckDB as pandas tables: plain floats, times in UTC, lists as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

Parameters = Sequence[Any] | Mapping[str, Any]


def frame(cursor: duckdb.DuckDBPyConnection, sql: str, parameters: Parameters) -> pd.DataFrame:
    """The rows of one SELECT; goes by Arrow because ``.df()`` warns under pandas 3."""
    given = dict(parameters) if isinstance(parameters, Mapping) else list(parameters)
    relation = cursor.sql(sql, params=given) if given else cursor.sql(sql)
    if relation is None:
        return pd.DataFrame()
    table: pa.Table = relation.to_arrow_table()
    answer: pd.DataFrame = _plain(table).to_pandas()
    return answer


def _plain(table: pa.Table) -> pa.Table:
    """Without decimals: DuckDB's sum over integers is one, and would become Python objects."""
    for index, column in enumerate(table.schema):
        if pa.types.is_decimal(column.type):
            floats = table.column(index).cast(pa.float64())
            table = table.set_column(index, column.name, floats)
    return table
