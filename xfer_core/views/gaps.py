"""What of a grid is not measured yet, and requests that fill it or add a seed to all of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from xfer_core.domain.run import NO_INTERMEDIATE
from xfer_core.specification import still_known
from xfer_core.views.choices import choices
from xfer_core.views.selection import CURRENT_CELLS, Queryable, listed

Cell = tuple[str, str, str]
"""Encoder, intermediate and target."""
MEASURED = f"""
    SELECT DISTINCT encoder, intermediate, target, seeds FROM ({CURRENT_CELLS}) WHERE catalog = ?
"""
REQUESTS = """
    SELECT run_id, spec FROM runs WHERE spec IS NOT NULL ORDER BY created_at DESC, run_id LIMIT 500
"""


@dataclass(frozen=True)
class Grid:
    """All that runs with an encoder asked for, and which seeds each cell was measured with."""

    catalog: str
    encoder: str
    intermediates: tuple[str, ...]
    targets: tuple[str, ...]
    seeds: Mapping[Cell, tuple[int, ...]]
    """Only cells that are measured with the newest settings."""

    @property
    def missing(self) -> list[Cell]:
        """Cells without a result."""
        cells = (
            (self.encoder, row, column) for column in self.targets for row in self.intermediates
        )
        return [cell for cell in cells if cell not in self.seeds]

    @property
    def usual_seeds(self) -> list[int]:
        """The seeds that most cells were measured with; seed 1 where none was."""
        counted = Counter(self.seeds.values()).most_common(1)
        return list(counted[0][0]) if counted else [1]

    @property
    def next_seed(self) -> int:
        """The first seed after all that were used."""
        return max((seed for seeds in self.seeds.values() for seed in seeds), default=0) + 1


def last_request(
    store: Queryable, catalog: str | None = None, encoder: str | None = None
) -> tuple[str, dict[str, Any]] | None:
    """Id and request of the newest run, of a catalogue and with an encoder if given."""
    for record in store.query(REQUESTS).to_dict("records"):
        spec = _plain(record["spec"])
        if not spec.get("targets") or (catalog and spec.get("catalog") != catalog):
            continue
        if encoder is None or encoder in spec.get("encoders", []):
            return str(record["run_id"]), still_known(spec)
    return None


def measured(store: Queryable, catalog: str) -> dict[Cell, tuple[int, ...]]:
    """Cells that are measured with the newest settings, and with which seeds."""
    seeds: dict[Cell, set[int]] = {}
    for row in store.query(MEASURED, [catalog]).to_dict("records"):
        cell = (str(row["encoder"]), str(row["intermediate"]), str(row["target"]))
        seeds.setdefault(cell, set()).update(int(seed) for seed in listed(row["seeds"]))
    return {cell: tuple(sorted(found)) for cell, found in seeds.items()}


def grid(store: Queryable, catalog: str, encoder: str) -> Grid:
    """The grid of a catalogue and encoder."""
    known = choices(store, catalog=catalog, encoder=encoder)
    found = {cell: seeds for cell, seeds in measured(store, catalog).items() if cell[0] == encoder}
    return Grid(catalog, encoder, tuple(known.intermediates), tuple(known.targets), found)


def fill(grid: Grid, before: Mapping[str, Any]) -> dict[str, Any] | None:
    """A request that measures what is missing; None if nothing is.

    A request is a product, so it names cells that are measured as well: those are reused.

    Args:
        grid: what was asked for and what is there.
        before: the request whose settings are kept, so that the cells stay comparable.
    """
    missing = grid.missing
    if not missing:
        return None
    rows = _among(grid.intermediates, (row for _, row, _ in missing))
    columns = _among(grid.targets, (column for *_, column in missing))
    return _request(grid, before, rows, columns, grid.usual_seeds)


def add_seed(grid: Grid, before: Mapping[str, Any]) -> dict[str, Any] | None:
    """A request that measures all that is there with one more seed; None if nothing is."""
    if not grid.seeds:
        return None
    rows = _among(grid.intermediates, (row for _, row, _ in grid.seeds))
    columns = _among(grid.targets, (column for *_, column in grid.seeds))
    return _request(grid, before, rows, columns, [grid.next_seed])


def _request(
    grid: Grid, before: Mapping[str, Any], rows: list[str], columns: list[str], seeds: list[int]
) -> dict[str, Any]:
    return {
        **before,
        "catalog": grid.catalog,
        "encoders": [grid.encoder],
        "intermediates": [row for row in rows if row != NO_INTERMEDIATE] or [NO_INTERMEDIATE],
        "targets": columns,
        "seeds": seeds,
        "title": "",
    }


def _among(order: Iterable[str], wanted: Iterable[str]) -> list[str]:
    """The wanted names, each once, in the order of the others."""
    kept = set(wanted)
    return [name for name in order if name in kept]


def _plain(text: Any) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (TypeError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
