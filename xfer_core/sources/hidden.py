"""Test files of XTREME whose labels its download script takes away: seen before they are scored.

A set without labels must never be scored as if every label were the first one, which on XNLI
looks like an accuracy of a third. Each function looks into a file once; size and time stand for
its content. A file that is not there is left to whoever reads it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from xfer_core.sources.local import text_lines
from xfer_core.sources.mapped import NoRows

BLOCK = 2**20
_ANSWER = re.compile(rb'"text"\s*:\s*"[^"]')
_LONGEST = 64
"""Bytes of one block that the next is read with, so that an answer on the border is seen."""


def check_fields(path: Path, fields: int) -> None:
    """Refuse a tab-separated file whose first line has fewer fields: the label is the last.

    Raises:
        NoRows: the labels are hidden.
    """
    told = _stat(path)
    if told and _n_fields(path, *told) < fields:
        raise _hidden(path, "labels")


def check_answers(path: Path) -> None:
    """Refuse SQuAD JSON in which every answer is empty.

    Raises:
        NoRows: the answers are hidden.
    """
    told = _stat(path)
    if told and not _has_answer(path, *told):
        raise _hidden(path, "answers")


def check_order(path: Path) -> None:
    """Refuse a list of translations that has been sorted, so that lines no longer match.

    Raises:
        NoRows: the lines are in alphabetical order.
    """
    told = _stat(path)
    if told and _is_sorted(path, *told):
        raise _hidden(path, "order")


def check_gold(gold: Path, lists: tuple[Path, ...]) -> None:
    """Refuse lists of sentences without the file that says which of them are translations.

    Raises:
        NoRows: the lists are there, and the file is not.
    """
    if not gold.is_file() and all(path.is_file() for path in lists):
        raise _hidden(gold, "pairs")


def _hidden(path: Path, what: str) -> NoRows:
    return NoRows(
        f"Labels hidden: XTREME's download script leaves no {what} in {path.parent.name}/"
        f"{path.name}; use the hub or files of your own."
    )


def _stat(path: Path) -> tuple[int, int] | None:
    try:
        told = path.stat()
    except OSError:
        return None
    return told.st_size, told.st_mtime_ns


@lru_cache(maxsize=4096)
def _n_fields(path: Path, size: int, changed: int) -> int:
    """Fields of the first line that is not empty; as many as anybody asks of an empty file."""
    with path.open("rb") as opened:
        for line in opened:
            if line.strip():
                return line.rstrip(b"\r\n").count(b"\t") + 1
    return 99


@lru_cache(maxsize=4096)
def _has_answer(path: Path, size: int, changed: int) -> bool:
    border = b""
    with path.open("rb") as opened:
        while block := opened.read(BLOCK):
            if _ANSWER.search(border + block):
                return True
            border = block[-_LONGEST:]
    return False


@lru_cache(maxsize=4096)
def _is_sorted(path: Path, size: int, changed: int) -> bool:
    # The script strips each line before it sorts them.
    lines = [line.strip() for line in text_lines(path)]
    return len(lines) > 1 and lines == sorted(lines)
