"""Reads Parquet, JSON lines, CSV and Arrow files as rows of plain values."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from xfer_core.domain.errors import DataError
from xfer_core.sources.local import read_text, text_lines

Raw = dict[str, Any]
_WHOLE = re.compile(r"-?(0|[1-9][0-9]*)")
LONGEST_FIELD = 2**24
"""Characters of a CSV field; Python's own limit is shorter than some articles."""


def table_rows(file: Path) -> Iterator[Raw]:
    """The rows of a file, column -> value, in its order.

    Raises:
        DataError: the format is unknown, or the file is damaged; the sentence names the line.
    """
    ending = file.suffix.removeprefix(".").lower()
    if ending not in READERS:
        raise DataError(
            f"Expected a file that ends in {', '.join(READERS)}; got {file.name}. Save it as one."
        )
    return READERS[ending](file)


def arrow_rows(file: Path) -> Iterator[Raw]:
    """The rows of an Arrow stream, as the ``datasets`` library keeps them."""
    import pyarrow as pa

    try:
        with pa.memory_map(str(file)) as opened:
            table = pa.ipc.open_stream(opened).read_all()
            yield from _by_column(table)
    except (OSError, pa.ArrowException) as error:
        raise _damaged(file, "an Arrow file", error) from error


def _parquet(file: Path) -> Iterator[Raw]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(file).read()
    except (OSError, pa.ArrowException) as error:
        raise _damaged(file, "a Parquet file", error) from error
    yield from _by_column(table)


def _by_column(table: Any) -> Iterator[Raw]:
    """Rows of an Arrow table; a column at a time is several times faster than a row at a time."""
    names = table.column_names
    for batch in table.to_batches(max_chunksize=20_000):
        for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            yield dict(zip(names, values, strict=True))


def _jsonl(file: Path) -> Iterator[Raw]:
    for number, line in enumerate(text_lines(file), 1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except ValueError as error:
            raise _bad_line(file, number, "one JSON object", str(error)) from error
        if not isinstance(found, dict):
            raise _bad_line(file, number, "one JSON object", repr(line[:60]))
        yield found


def _csv(file: Path) -> Iterator[Raw]:
    """Rows of a CSV file with a header line.

    A column of whole numbers alone becomes numbers; one of JSON lists or objects alone becomes
    these (tokens, choices, answers); anything else stays text.
    """
    csv.field_size_limit(LONGEST_FIELD)
    reader = csv.reader(io.StringIO(read_text(file), newline=""), strict=True)
    lines: list[list[str]] = []
    try:
        names = next(reader, [])
        for line in reader:
            if line and len(line) != len(names):
                told = f"{len(line)} fields"
                raise _bad_line(file, reader.line_num, f"{len(names)} fields", told)
            if line:
                lines.append(line)
    except csv.Error as error:
        raise _bad_line(file, reader.line_num, "CSV", str(error)) from error
    columns = [_typed([line[place] for line in lines]) for place in range(len(names))]
    for values in zip(*columns, strict=True):
        yield dict(zip(names, values, strict=True))


def _typed(texts: list[str]) -> list[Any]:
    if all(_WHOLE.fullmatch(text) for text in texts):
        return [int(text) for text in texts]
    if all(text[:1] in ("[", "{") for text in texts):
        try:
            return [json.loads(text) for text in texts]
        except ValueError:
            return list(texts)
    return list(texts)


def _damaged(file: Path, what: str, error: Exception) -> DataError:
    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return DataError(
        f"Expected {what} that is whole; {file} is damaged or was copied in part ({reason}). Put "
        "it there again."
    )


def _bad_line(file: Path, number: int, expected: str, came: str) -> DataError:
    return DataError(f"Expected {expected} in {file}, line {number}; got {came}. Correct the line.")


READERS: dict[str, Callable[[Path], Iterator[Raw]]] = {
    "parquet": _parquet,
    "jsonl": _jsonl,
    "csv": _csv,
}
"""Ending -> reader, in the order in which they are looked for."""
