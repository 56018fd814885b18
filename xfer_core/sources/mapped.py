"""From the rows of a file to the rows of a task; what is wrong is told with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from xfer_core.domain.errors import DataError
from xfer_core.domain.task import Row

RowOf = Callable[[dict[str, Any], str, str], Row | None]
"""(raw row, split, language) -> the task's row; None drops it. A ``KeyError`` is a missing
column, a ``ValueError`` a wrong value; both are told with the row's number."""


class NoRows(DataError):
    """A place turned out to hold nothing usable, such as a test set without its labels."""


def mapped(
    raws: Iterable[dict[str, Any]], row: RowOf, split: str, language: str, where: str
) -> list[Row]:
    """The task's rows, in their order; those without an ``id`` are numbered from 0 as they lie.

    Numbers count dropped rows too, so that translations of a row share its number.

    Raises:
        DataError: a missing column, a wrong value, or no row is left; ``where`` names the file.
    """
    found: list[Row] = []
    number = -1
    for number, raw in enumerate(raws):
        try:
            one = row(raw, split, language)
        except KeyError as error:
            raise _missing_column(error, raw, where, number) from error
        except DataError as error:
            raise DataError(f"{where}, row {number}: {error}") from error
        except (ValueError, IndexError, TypeError, AttributeError) as error:
            raise DataError(
                f"Expected other values in {where}, row {number} ({error}); got {_shown(raw)}. "
                "Correct the row, or bring the data here again."
            ) from error
        if one is not None:
            found.append(one if "id" in one else {"id": number, **one})
    if not found:
        raise DataError(
            f"Expected rows of {split} in {language!r} in {where}; "
            + (f"none of its {number + 1} can be used" if number >= 0 else "it is empty")
            + ". Put whole data there, or remove it so that another place is asked."
        )
    return found


def _shown(raw: dict[str, Any], most: int = 300) -> str:
    """A row as text, the start of each value."""
    short = {name: one[:40] if isinstance(one, str) else one for name, one in raw.items()}
    text = str(short)
    return text if len(text) <= most else f"{text[:most]}..."


def _missing_column(error: KeyError, raw: dict[str, Any], where: str, number: int) -> DataError:
    wanted = error.args[0] if error.args else ""
    if wanted in raw or not isinstance(wanted, str):  # a value that the task's own table lacks
        return DataError(
            f"Expected a value that the task knows in {where}, row {number}; got {wanted!r}. "
            "Correct the row, or bring the data here again."
        )
    values = [name for name, value in raw.items() if value == wanted]
    if values:
        return DataError(
            f"Expected a value that the task knows in column {values[0]!r} of {where}, row "
            f"{number}; got {wanted!r}. Correct the row, or bring the data here again."
        )
    return DataError(
        f"Expected a column {wanted!r} in {where}, row {number}; it has "
        f"{', '.join(map(str, raw)) or 'none'}. Name the columns as the data set on the hub does."
    )
