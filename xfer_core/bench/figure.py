"""The contract of a figure: what is measured, against which baseline, and what is hoped for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from xfer_core.domain.errors import XferError
from xfer_core.home import Home

T = TypeVar("T")


class NotMeasured(XferError):
    """A figure has no value here; the sentence says why."""


@dataclass(frozen=True)
class Settings:
    """What a figure may use."""

    folder: Path
    """Scratch space, removed at the end."""
    quick: bool = False
    """Whether a few steps must do: the figure is then a test of the suite, not a result."""

    @property
    def home(self) -> Home:
        """A store that all figures share, so that rows and arrays are made once."""
        return Home(self.folder / "store").create()

    def either(self, full: T, quick: T) -> T:
        """The value for this kind of run."""
        return quick if self.quick else full


@dataclass(frozen=True)
class Part:
    """One row of the table."""

    id: str
    title: str
    baseline: str
    goal: float | None
    """The ratio to reach; None where the figure only informs a choice."""


@dataclass(frozen=True)
class Measurement:
    """What came out for one part."""

    ratios: tuple[float, ...]
    """Ours over the baseline's, one per round of interleaved runs; more than 1 is better."""
    ours: float
    theirs: float
    unit: str
    """Unit of ``ours`` and ``theirs``, which are medians over the rounds."""
    same_result: bool | None
    """Whether both sides reach the same loss or score within noise; None where nothing is
    learned or predicted."""
    note: str
    """What was measured, in sentences."""


Found = Mapping[str, Measurement | NotMeasured]
"""Part id -> what came out."""


@dataclass(frozen=True)
class Figure:
    """Rows that are measured together, because they share one side."""

    id: str
    parts: tuple[Part, ...]
    run: Callable[[Settings], Found]
    """Raises NotMeasured where no part can be measured."""
    reason: str = ""
    """Why its goals are missed where they are: the page says it then."""
    by_name: bool = False
    """Whether it is measured only if it is named: it informs the engine's own choices."""
