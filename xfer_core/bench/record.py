"""Figures measured so far, kept beside the page; one measured anew replaces its own rows alone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from xfer_core.bench import registry
from xfer_core.bench.suite import Report, Result
from xfer_core.domain.errors import UsageError

SAME_MACHINE = ("processor", "cores", "precision")


def beside(page: Path) -> Path:
    """Where a page's figures are kept."""
    return page.with_suffix(".json")


def load(path: Path) -> Report | None:
    """The figures of a file; None if there is none.

    Raises:
        UsageError: it is not what ``save`` writes.
    """
    if not path.is_file():
        return None
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        results = [
            Result(**{**one, "ratios": tuple(one["ratios"])}) for one in values.pop("results")
        ]
        return Report(**values, results=results)
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"Expected figures of 'xfer bench --write' in {path}; found something else ({error}). "
            "Remove the file to begin anew."
        ) from None


def save(path: Path, report: Report) -> None:
    """Write the figures, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(report.plain(), indent=1) + "\n", encoding="utf-8")
    part.replace(path)


def merged(older: Report | None, newer: Report) -> Report:
    """The newer rows, and of the older ones those that were measured on such a machine.

    Quick rows and full ones are never mixed, nor are those of different machines.
    """
    kept = {}
    if older and older.quick == newer.quick and _machine(older) == _machine(newer):
        kept = {one.id: one for one in older.results}
    rows = {**kept, **{one.id: one for one in newer.results}}
    order = [part.id for figure in registry.figures().values() for part in figure.parts]
    results = [rows[id_] for id_ in order if id_ in rows]
    return replace(newer, results=results)


def _machine(report: Report) -> tuple[Any, ...]:
    return tuple(report.machine.get(name) for name in SAME_MACHINE)
