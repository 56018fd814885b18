"""From a few measured phases to the whole grid: what the scripts would take (pure)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean

TRAIN, EVALUATE = "train", "evaluate"


@dataclass(frozen=True)
class Phase:
    """One process: what it did, and how much of it."""

    what: str
    """TRAIN or EVALUATE."""
    kind: str
    """Kind of task, such as "span": it decides what a unit costs."""
    units: int
    """Optimizer steps, or items evaluated."""


@dataclass(frozen=True)
class Timed:
    """A measured phase."""

    phase: Phase
    wall_seconds: float
    """Of the process, from start to end."""
    work_seconds: float
    """Of the training or predicting within it; the rest is imports, loading and tokenizing."""


@dataclass(frozen=True)
class Cost:
    """Seconds of a phase: what every process costs, and what each unit adds."""

    start: float
    unit: float


def costs(
    timed: Iterable[Timed], of: Callable[[Iterable[float]], float] = fmean
) -> dict[tuple[str, str], Cost]:
    """(what, kind) -> cost; ``of`` (fmean, min or max) joins the measured phases of that sort."""
    groups: dict[tuple[str, str], list[Timed]] = defaultdict(list)
    for one in timed:
        groups[one.phase.what, one.phase.kind].append(one)
    return {
        sort: Cost(
            of([one.wall_seconds - one.work_seconds for one in group]),
            of([one.work_seconds / one.phase.units for one in group]),
        )
        for sort, group in groups.items()
    }


def total(phases: Iterable[Phase], known: Mapping[tuple[str, str], Cost]) -> float:
    """Seconds of all phases, one after the other.

    A kind that was not measured (retrieval, mining) costs what the cheapest measured one of the
    same sort does, which favours the baseline.
    """
    return sum(_seconds(phase, known) for phase in phases)


def _seconds(phase: Phase, known: Mapping[tuple[str, str], Cost]) -> float:
    exact = known.get((phase.what, phase.kind))
    others = [cost for (what, _), cost in known.items() if what == phase.what]
    choices = [exact] if exact else others
    return min(cost.start + cost.unit * phase.units for cost in choices)
