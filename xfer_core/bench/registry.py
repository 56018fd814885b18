"""Finds the figures that the folder figures/ declares."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence

from xfer_core.bench import figures as package
from xfer_core.bench.figure import Figure
from xfer_core.domain.errors import UnknownName, UsageError


def figures() -> dict[str, Figure]:
    """Id -> figure, by id."""
    found: dict[str, Figure] = {}
    for info in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        for value in vars(module).values():
            if isinstance(value, Figure):
                if value.id in found:
                    raise UsageError(f"Figure {value.id!r} is declared twice.")
                found[value.id] = value
    return dict(sorted(found.items()))


def chosen(names: Sequence[str]) -> list[Figure]:
    """The figures of those ids, upper or lower case, in the order of the table.

    No id means all but those that are measured by name alone.

    Raises:
        UnknownName: with close matches.
    """
    known = figures()
    wanted = {name.upper() for name in names}
    for name in wanted:
        if name not in known:
            raise UnknownName("figure", name, known)
    return [
        figure for id_, figure in known.items() if (id_ in wanted if wanted else not figure.by_name)
    ]
