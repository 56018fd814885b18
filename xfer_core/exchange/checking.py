"""Whether a folder of predictions is what XTREME's ``evaluate.py`` accepts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from xfer_core import catalog
from xfer_core.domain import xtreme
from xfer_core.domain.errors import DataError
from xfer_core.domain.task import Row
from xfer_core.exchange import layout

RowsOf = Callable[[str, str], Sequence[Row] | None]
"""(task, language) -> the test rows; None where they are not here."""


def check(folder: Path, rows_of: RowsOf) -> list[str]:
    """What is wrong with the folder, a sentence each; nothing if all is right.

    Of each task with a sub-folder every language must have its file, since ``evaluate.py`` stops
    at a missing one. Numbers of lines, ids and labels are compared with the rows that are here.
    """
    if not folder.is_dir():
        return [f"Expected a folder of predictions; {folder} is none."]
    if not any((folder / name).is_dir() for name in xtreme.LANGUAGES):
        names = ", ".join(xtreme.LANGUAGES)
        return [f"Expected sub-folders named after XTREME's tasks ({names}) in {folder}."]
    return list(_faults(folder, rows_of))


def _faults(folder: Path, rows_of: RowsOf) -> Iterator[str]:
    for name, languages in xtreme.LANGUAGES.items():
        if not (folder / name).is_dir():
            continue
        task = catalog.task(name)
        for code in languages:
            path = layout.place(folder, task, code)
            if not path.is_file():
                yield f"Expected {path}; evaluate.py stops at a missing language."
                continue
            rows = rows_of(name, code)
            try:
                if rows is not None:
                    layout.read(path, task, rows)
            except DataError as error:
                yield str(error)
