"""From what a claim lacks to the requests that would measure exactly that."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import product
from typing import Any

from xfer_core import catalog
from xfer_core.claims.claim import Hole
from xfer_core.domain import intermediate
from xfer_core.domain.errors import UnknownName
from xfer_core.domain.language import REFERENCE_LANGUAGE
from xfer_core.domain.run import NO_INTERMEDIATE
from xfer_core.specification import Spec

Before = Callable[[str], Mapping[str, Any]]
"""The request, as plain values, whose settings the results on a target have; {} for none."""


Rectangle = tuple[str, tuple[str, ...], tuple[str, ...], tuple[int, ...]]
"""Split, intermediates, targets and seeds: all of them with each other."""
Known = Callable[[Hole], bool]


def specs(
    holes: Iterable[Hole],
    *,
    catalog: str,
    encoder: str,
    before: Before,
    known: Known = lambda hole: False,
    title: str = "",
) -> tuple[Spec, ...]:
    """The requests that fill the holes and measure no other cell; few, each a full rectangle.

    Settings are those of the results that are there, so that the new ones can be compared with
    them. Latency is not measured: no claim is about it.

    Args:
        holes: what lacks.
        catalog: of the tasks.
        encoder: of all of them.
        before: as described there.
        known: whether something is measured already: what is named again is reused, not run.
        title: of the requests.

    Raises:
        UsageError: settings that cannot be.
    """
    found = rectangles(holes, lambda name: str(before(name)), known)
    return tuple(_spec(before(one[2][0]), one, catalog, encoder, title) for one in found)


def rectangles(
    holes: Iterable[Hole],
    alike: Callable[[str], str] = lambda target: "",
    known: Known = lambda hole: False,
) -> list[Rectangle]:
    """Rectangles that cover the holes, and besides them only what is known.

    Args:
        holes: what lacks.
        alike: targets may share a rectangle where this is equal.
        known: whether something is measured already.
    """
    groups: dict[tuple[bool, str, str], list[Hole]] = defaultdict(list)
    for hole in holes:
        groups[hole.split != "test", hole.split, alike(hole.target)].append(hole)
    found: list[Rectangle] = []
    for key in sorted(groups):
        box = _box(groups[key])
        whole = all(hole in set(groups[key]) or known(hole) for hole in _inside(box))
        found += [box] if whole else _pieces(groups[key])
    return found


def _box(holes: list[Hole]) -> Rectangle:
    """The smallest rectangle round holes of one split."""
    return (
        holes[0].split,
        tuple(sorted({hole.intermediate for hole in holes})),
        tuple(sorted({hole.target for hole in holes})),
        tuple(sorted({hole.seed for hole in holes})),
    )


def _inside(box: Rectangle) -> Iterator[Hole]:
    split, names, targets, seeds = box
    return (Hole(*place, split) for place in product(names, targets, seeds))


def _pieces(holes: list[Hole]) -> list[Rectangle]:
    """Rectangles of exactly these holes of one split."""
    names: dict[tuple[str, int], set[str]] = defaultdict(set)
    for hole in holes:
        names[hole.target, hole.seed].add(hole.intermediate)
    seeds: dict[tuple[str, tuple[str, ...]], list[int]] = defaultdict(list)
    for (target, seed), found in sorted(names.items()):
        seeds[target, tuple(sorted(found))].append(seed)
    targets: dict[tuple[tuple[str, ...], tuple[int, ...]], list[str]] = defaultdict(list)
    for (target, some), numbers in seeds.items():
        targets[some, tuple(numbers)].append(target)
    return [(holes[0].split, key[0], tuple(targets[key]), key[1]) for key in sorted(targets)]


def hindrance(intermediates: Iterable[str], targets: Iterable[str]) -> str:
    """Why cells cannot be measured with what is declared: a sentence, "" if they can."""
    known = catalog.tasks()
    for name in dict.fromkeys([*targets, *(t for one in intermediates for t in _tasks(one))]):
        if name not in known:
            return f"{UnknownName('task', name, known)}"
    for name in intermediates:
        found = intermediate.parse(name)
        wanted = intermediate.listed(found.settings.get("languages", REFERENCE_LANGUAGE))
        for task in found.tasks:
            if task == NO_INTERMEDIATE:
                continue
            lacking = sorted(set(wanted) - set(known[task].source.train_languages))
            if lacking:
                return f"{known[task].title} has no training data in {', '.join(lacking)}."
    return ""


def _tasks(name: str) -> tuple[str, ...]:
    return tuple(task for task in intermediate.parse(name).tasks if task != NO_INTERMEDIATE)


def _spec(
    before: Mapping[str, Any], rectangle: Rectangle, catalog: str, encoder: str, title: str
) -> Spec:
    split, names, targets, seeds = rectangle
    settings = {key: value for key, value in before.get("settings", {}).items() if value}
    settings["latency"] = {"measure": False}
    settings["evaluation"] = {**settings.get("evaluation", {}), "split": split}
    return Spec.parse(
        {
            **{k: v for k, v in before.items() if k in ("languages", "catalog_files")},
            "catalog": catalog,
            "encoders": [encoder],
            "intermediates": list(names),
            "targets": list(targets),
            "seeds": list(seeds),
            "settings": settings,
            "title": title[:200],
        }
    )
