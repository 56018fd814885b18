"""Labelled sentences of XTREME's tab-separated files, and tagged ones of any place."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from xfer_core.domain.errors import DataError
from xfer_core.domain.task import Row
from xfer_core.sources.label_names import label_name
from xfer_core.sources.xtreme_folder import tagged, tsv


def records(path: Path, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    """The lines of a file without a header, as rows of these columns.

    Raises:
        DataError: a line has more or fewer fields; the sentence gives its number.
    """
    found = []
    for number, fields in enumerate(tsv(path)):
        if len(fields) != len(columns):
            raise DataError(
                f"Expected {len(columns)} fields with tabs between them ({', '.join(columns)}) in "
                f"{path}, row {number}; got {len(fields)}. Correct the line, or run XTREME's "
                "download script again."
            )
        found.append(dict(zip(columns, fields, strict=True)))
    return found


def tag_records(path: Path, tags: str) -> list[dict[str, Any]]:
    """The sentences of a file of one token per line; ``tags`` is the name of their column."""
    return [{"tokens": tokens, tags: found} for tokens, found in tagged(path)]


def tagged_row(tokens: Iterable[str], tags: Iterable[Any], labels: tuple[str, ...]) -> Row | None:
    """Tokens and tags by name; None for a sentence without tokens or with hidden tags.

    Raises:
        ValueError: another number of tags than of tokens, or a tag that is not declared.
    """
    tokens, tags = list(tokens), list(tags)
    if len(tokens) != len(tags):
        raise ValueError(f"expected a tag on each of {len(tokens)} tokens; got {len(tags)}")
    named = [label_name(tag, labels) for tag in tags]
    if not tokens or None in named:
        return None
    return {"tokens": tokens, "tags": named}
