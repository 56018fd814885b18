"""Results made elsewhere out of a CSV or Parquet file: every row is checked before any is kept."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xfer_core import catalog
from xfer_core.domain.errors import DataError, UsageError
from xfer_core.domain.task import Task
from xfer_core.exchange import result
from xfer_core.exchange.result import Result
from xfer_core.sources.local import read_text

REQUIRED = ("encoder", "target", "language", "metric", "score")
OPTIONAL = ("intermediate", "seed", "n_examples", "catalog", "source", "note")
COLUMNS = {
    "encoder": "name of the pretrained model, as you want to see it",
    "target": "task, as in 'xfer tasks'",
    "language": "code of the test set's language",
    "metric": "a metric of the task, such as accuracy or f1",
    "score": "in [0, 1]: 79.2 points are 0.792",
    "intermediate": "task trained before; none where it is left out",
    "seed": "whole number; empty where the score is a mean over seeds",
    "n_examples": "examples of the test set",
    "catalog": "the task's catalogue, only compared",
    "source": "where the number is from, such as a paper and its table",
    "note": "what a reader must know",
}
"""What each column holds, for the help and the documents."""

MOST_ROWS = 1_000_000
MOST_BYTES = 256 * 2**20
LARGEST_SEED = 2**31 - 1

Cells = dict[str, Any]


@dataclass(frozen=True)
class _BadCell(Exception):
    """What was expected in a column, and what came."""

    column: str
    told: str


def read(path: Path) -> list[Result]:
    """The results of a file, in its order. Rows are counted from 1, below the header.

    Raises:
        DataError: what is wrong, with file, row and column.
    """
    results = []
    seen: dict[tuple[Any, ...], int] = {}
    for number, cells in enumerate(_rows(path), 1):
        try:
            one = _result(cells)
        except _BadCell as bad:
            place = f"{path}, row {number}, column {bad.column!r}"
            raise DataError(f"{place}: {bad.told}. Nothing was imported.") from bad
        first = seen.setdefault(one.cell, number)
        if first != number:
            raise DataError(
                f"{path}, row {number}: expected each result once; row {first} is of the same "
                "encoder, intermediate, target, language, metric, seed and source. Nothing was "
                "imported."
            )
        results.append(one)
    if not results:
        raise DataError(f"Expected rows of results in {path}; there are none below the header.")
    return results


def _rows(path: Path) -> Iterator[Cells]:
    """Cells by column; columns are checked first."""
    if not path.is_file():
        raise DataError(f"Expected a file of results; {path} is none.")
    if path.stat().st_size > MOST_BYTES:
        raise DataError(
            f"Expected at most {MOST_BYTES // 2**20} MiB in {path}; it has "
            f"{path.stat().st_size // 2**20}. Split it."
        )
    return (_parquet if path.suffix.lower() == ".parquet" else _csv)(path)


def _csv(path: Path) -> Iterator[Cells]:
    lines = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
    try:
        header = [name.strip() for name in next(lines, [])]
        _check_columns(path, header)
        number = 0
        for fields in lines:
            if not any(field.strip() for field in fields):
                continue
            number += 1
            if len(fields) != len(header):
                raise DataError(
                    f"{path}, row {number}: expected {len(header)} fields, as the header has; got "
                    f"{len(fields)}. Put texts with commas in quotes. Nothing was imported."
                )
            _check_number(path, number)
            yield dict(zip(header, fields, strict=True))
    except csv.Error as error:
        raise DataError(
            f"Expected CSV with commas and closed quotes in {path}; line {lines.line_num} is not "
            f"({error}). Nothing was imported."
        ) from error


def _parquet(path: Path) -> Iterator[Cells]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            _check_columns(path, file.schema_arrow.names)
            _check_number(path, file.metadata.num_rows)
            groups = range(file.metadata.num_row_groups)
            size = sum(file.metadata.row_group(at).total_byte_size for at in groups)
            if size > 4 * MOST_BYTES:
                raise DataError(f"Expected less than {4 * MOST_BYTES // 2**20} MiB in {path}.")
            for batch in file.iter_batches():
                yield from batch.to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise DataError(
            f"Expected a whole Parquet file; {path} cannot be read ({str(error).splitlines()[0]}). "
            "Write it again."
        ) from error


def _check_columns(path: Path, found: list[str]) -> None:
    known = (*REQUIRED, *OPTIONAL)
    twice = next((name for name in found if found.count(name) > 1), None)
    if twice is not None:
        raise DataError(f"Expected each column of {path} once; got {twice!r} twice.")
    missing = [name for name in REQUIRED if name not in found]
    if missing:
        got = ", ".join(repr(name[:40]) for name in found[:12]) or "no header"
        raise DataError(
            f"Expected the columns {', '.join(REQUIRED)} in {path}, and commas between them; "
            f"{', '.join(missing)} is missing from {got}."
        )
    strange = [name for name in found if name not in known]
    if strange:
        raise DataError(
            f"Expected only the columns {', '.join(known)} in {path}; got {strange[0][:60]!r}. "
            "Rename or remove it."
        )


def _check_number(path: Path, number: int) -> None:
    if number > MOST_ROWS:
        raise DataError(f"Expected at most {MOST_ROWS:,} rows in {path}; split it.")


def _result(cells: Cells) -> Result:
    task = _named(cells, "target", catalog.task)
    found = cells.get("catalog")
    if found not in (None, "", task.catalog):
        raise _BadCell("catalog", f"expected {task.catalog!r}, where {task.name} is; got {found!r}")
    return Result(
        encoder=_checked(cells, "encoder", result.name),
        target=task.name,
        language=_one_of(cells, "language", task.languages, f"a language of {task.name}"),
        metric=_one_of(cells, "metric", _metrics(task), f"a metric of {task.name}"),
        value=_score(cells),
        intermediate=_checked(cells, "intermediate", result.intermediate),
        seed=_whole(cells, "seed", 0),
        n_examples=_whole(cells, "n_examples", 1),
        origin=_checked(cells, "source", result.text),
        note=_checked(cells, "note", result.text),
    )


def _metrics(task: Task) -> tuple[str, ...]:
    return (task.metric, *task.more_metrics)


def _text(cells: Cells, column: str) -> str:
    value = cells.get(column)
    if value is not None and not isinstance(value, str):
        raise _BadCell(column, f"expected text; got {type(value).__name__}")
    return (value or "").strip()


def _named(cells: Cells, column: str, find: Callable[[str], Task]) -> Task:
    try:
        return find(_text(cells, column))
    except UsageError as error:
        raise _BadCell(column, f"expected a task that is declared: {error}".rstrip(".")) from error


def _checked(cells: Cells, column: str, check: Callable[[str], str]) -> str:
    try:
        return check(_text(cells, column))
    except DataError as error:
        raise _BadCell(column, str(error).rstrip(".")) from error


def _one_of(cells: Cells, column: str, known: tuple[str, ...], what: str) -> str:
    found = _text(cells, column)
    if found not in known:
        raise _BadCell(column, f"expected {what} ({', '.join(known)}); got {found[:60]!r}")
    return found


def _score(cells: Cells) -> float:
    found = cells["score"]
    try:
        value = math.nan if isinstance(found, bool) else float(found)
    except (TypeError, ValueError):
        value = math.nan
    if 1 < value <= 100:
        told = f"expected a score in [0, 1]; got {found!r}: divide points by 100"
        raise _BadCell("score", told)
    if not 0 <= value <= 1:
        raise _BadCell("score", f"expected a number in [0, 1]; got {str(found)[:60]!r}")
    return value


def _whole(cells: Cells, column: str, least: int) -> int | None:
    found = cells.get(column)
    if found is None or (isinstance(found, str) and not found.strip()):
        return None
    try:
        value = math.nan if isinstance(found, bool) else float(found)
    except (TypeError, ValueError):
        value = math.nan
    if not (least <= value <= LARGEST_SEED and value == int(value)):
        told = f"expected a whole number from {least} or nothing; got {str(found)[:60]!r}"
        raise _BadCell(column, told)
    return int(value)
