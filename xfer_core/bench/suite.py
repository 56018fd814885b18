"""Runs figures one after the other and gathers what came out, whatever goes wrong in one."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from xfer_core.bench import machine
from xfer_core.bench.figure import Figure, Measurement, NotMeasured, Part, Settings
from xfer_core.bench.ratios import spread
from xfer_core.domain.errors import XferError

MEASURED, NOT_RUN, FAILED = "measured", "not run", "failed"


@dataclass(frozen=True)
class Result:
    """One row of the table; a value is None where nothing was measured."""

    id: str
    figure: str
    baseline: str
    goal: float | None
    state: str
    """measured, not run (the note says why), or failed (so does the note)."""
    note: str
    ratio: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None
    met: bool | None = None
    same_result: bool | None = None
    ours: float | None = None
    theirs: float | None = None
    unit: str = ""
    rounds: int = 0
    ratios: tuple[float, ...] = ()
    seconds: float = 0.0
    """Wall time of the whole figure, all of its parts together."""
    measured_at: str = ""
    """When it began: ISO 8601, UTC."""
    commit: str | None = None
    """Of Xfer."""
    other_load_cores: float = 0.0
    """Cores that something else kept busy just before."""

    @property
    def contended(self) -> bool:
        """Whether others worked beside it, so that its times are too long."""
        return self.other_load_cores > machine.BUSY_CORES


@dataclass(frozen=True)
class Report:
    """What one call of the suite found."""

    machine: dict[str, Any]
    versions: dict[str, str]
    results: list[Result]
    quick: bool

    def seconds(self, without: Collection[str] = ()) -> float:
        """Wall time of the figures; parts of one began together and count once.

        Args:
            without: ids of rows that do not count.
        """
        counted = [one for one in self.results if one.id not in without]
        return sum({one.measured_at: one.seconds for one in counted}.values())

    def plain(self) -> dict[str, Any]:
        """The report as JSON has it."""
        return asdict(self)


def measure(
    figures: Sequence[Figure],
    quick: bool,
    observe: Callable[[str], None] = lambda text: None,
    keep: Callable[[Report], None] = lambda report: None,
) -> Report:
    """Run the figures in a scratch folder that is removed at the end.

    Args:
        figures: which ones.
        quick: a few steps only.
        observe: is told what comes next.
        keep: is given what is known after every figure, so that a suite that dies loses one.
    """
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="xfer-bench-") as folder:
        settings = Settings(Path(folder), quick)
        observe("machine and libraries")
        here, versions = machine.machine(settings.folder / "log.txt"), machine.versions()
        for figure in figures:
            observe(f"{figure.id} {figure.parts[0].title}")
            results += _measured(figure, settings, here["git_commit"])
            keep(Report(here, versions, results, quick))
    return Report(here, versions, results, quick)


def _measured(figure: Figure, settings: Settings, commit: str | None) -> list[Result]:
    """The rows of a figure, with the conditions that they were measured under."""
    load = round(machine.busy_cores(machine.LOOK_SECONDS), 2)
    at, since = datetime.now(UTC).isoformat(timespec="milliseconds"), time.perf_counter()
    found = results_of(figure, settings)
    took = round(time.perf_counter() - since, 1)
    conditions = {"measured_at": at, "commit": commit, "other_load_cores": load}
    return [replace(one, seconds=took, **conditions) for one in found]  # type: ignore[arg-type]


def results_of(figure: Figure, settings: Settings) -> list[Result]:
    """One result per part of a figure; an error becomes a row, so that the others still run."""
    try:
        found = figure.run(settings)
    except NotMeasured as reason:
        return [_missing(part, NOT_RUN, str(reason)) for part in figure.parts]
    except XferError as error:
        return [_missing(part, FAILED, str(error)) for part in figure.parts]
    except Exception as error:
        # A fault in one figure must not throw away the minutes that the others took.
        said = f"{type(error).__name__}: {error}"
        return [_missing(part, FAILED, said) for part in figure.parts]
    return [_result(part, found[part.id]) for part in figure.parts]


def _result(part: Part, found: Measurement | NotMeasured) -> Result:
    if isinstance(found, NotMeasured):
        return _missing(part, NOT_RUN, str(found))
    ratio = spread(found.ratios)
    return Result(
        id=part.id,
        figure=part.title,
        baseline=part.baseline,
        goal=part.goal,
        state=MEASURED,
        note=found.note,
        ratio=ratio.median,
        ratio_low=ratio.low,
        ratio_high=ratio.high,
        met=None if part.goal is None else ratio.median >= part.goal,
        same_result=found.same_result,
        ours=found.ours,
        theirs=found.theirs,
        unit=found.unit,
        rounds=len(found.ratios),
        ratios=found.ratios,
    )


def _missing(part: Part, state: str, note: str) -> Result:
    return Result(part.id, part.title, part.baseline, part.goal, state, note)
