"""Tasks: a data set with its kind, columns, labels, languages and metric."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from xfer_core.domain.errors import UsageError

Row = dict[str, Any]
"""One example. Always ``id``; then per kind: classification: the task's columns and ``label``;
tagging: ``tokens`` and ``tags`` (lists of text, same length); multiple choice: ``subject``,
``question``, ``choices`` (list) and ``answer`` (index); span: ``context``, ``question`` and
``answers`` (SQuAD's ``text`` and ``answer_start`` lists, empty if there is none); retrieval:
``source`` (English) and ``target``; mining: these and ``parallel`` (whether they are a pair)."""

SPLITS = ("train", "dev", "test")


class TaskKind(StrEnum):
    """What a model of the task puts out; each kind is one file in ``stages/kinds/``."""

    CLASSIFICATION = "classification"
    TAGGING = "tagging"
    MULTIPLE_CHOICE = "multiple_choice"
    SPAN = "span"
    RETRIEVAL = "retrieval"
    MINING = "mining"


class Reach(StrEnum):
    """Where the rows of one split and language are, as far as is known without a network."""

    HERE = "here"
    FETCHABLE = "fetchable"
    MISSING = "missing"


@dataclass(frozen=True)
class Availability:
    """Whether rows can be had, and what a person should know or do about it."""

    reach: Reach
    place: str = ""
    """What serves them, such as "generated", "XTREME folder", "hub"."""
    why: str = ""
    """One sentence if they are not here: what is missing and what to do."""


class Source(Protocol):
    """Where a task's rows come from."""

    def availability(self, split: str, language: str) -> Availability:
        """Whether the rows of a split in one language can be had; opens no connection."""
        ...

    def rows(self, split: str, language: str) -> list[Row]:
        """All rows of a split in one language, in a fixed order, ``id`` shared by translations."""
        ...

    @property
    def train_languages(self) -> tuple[str, ...]:
        """Languages in which there are training rows."""
        ...

    @property
    def revision(self) -> str:
        """What pins the content: a commit, or the generator's version."""
        ...

    @property
    def stamp(self) -> str:
        """Cheap identity of the content: changes whenever the rows may have changed."""
        ...


@dataclass(frozen=True)
class Task:
    """A declared task. Intermediate and target are roles that a plan gives.

    Raises:
        UsageError: a declaration that contradicts itself, on construction.
    """

    name: str
    title: str
    kind: TaskKind
    catalog: str
    source: Source
    languages: tuple[str, ...]
    metric: str
    """Name of the metric that gains are measured in."""
    more_metrics: tuple[str, ...] = ()
    """Names of metrics that are scored beside it."""
    columns: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    train_examples: int = 0
    steps: int = 100
    """Optimizer steps of its training unless the plan says otherwise."""
    licence: str = "Apache-2.0"
    reference: str = ""
    note: str = ""
    """What a reader of its scores must know, such as "gold pairs only"; shown with them."""
    no_answer: bool = False
    """Whether some questions of a span task have no answer in their context."""
    head: str = ""
    """Tasks of a mixture with the same head share it, as the study's ANLI+ does; "": its own."""
    same_data_as: tuple[str, ...] = ()
    """Tasks whose training data this one shares; the planner flags such cells."""
    training: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """Training settings by name that this task takes unless a request says otherwise."""

    def __post_init__(self) -> None:
        """Refuse a declaration that no stage could work with."""
        needs_labels = self.kind in (TaskKind.CLASSIFICATION, TaskKind.TAGGING)
        if needs_labels and len(self.labels) < 2:
            raise UsageError(
                f"Task {self.name!r} is of kind {self.kind} and needs at least two labels; "
                f"got {self.labels!r}."
            )
        if self.kind is TaskKind.CLASSIFICATION and len(self.columns) not in (1, 2):
            raise UsageError(
                f"Task {self.name!r} needs one or two text columns; got {self.columns!r}."
            )

    @property
    def trained(self) -> bool:
        """Whether the task has a training phase of its own (retrieval and mining have none)."""
        return self.kind not in (TaskKind.RETRIEVAL, TaskKind.MINING)
