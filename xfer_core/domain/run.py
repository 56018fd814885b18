"""Plans, stages and states: what is asked for, and how far it got."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from xfer_core.domain.serving import encoder_of

NO_INTERMEDIATE = "none"
"""The intermediate "task" of the baseline."""


class StageKind(StrEnum):
    """One kind of work; the value is also the folder-safe name."""

    PRETRAIN = "pretrain"
    INTERMEDIATE = "intermediate"
    TARGET = "target"
    EVALUATE = "evaluate"
    LATENCY = "latency"


TRAINING = (StageKind.PRETRAIN, StageKind.INTERMEDIATE, StageKind.TARGET)
"""Kinds that leave a checkpoint for others to build on."""


class State(StrEnum):
    """State of a run or a job; see TERMINAL."""

    QUEUED = "queued"
    STARTING = "starting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"
    INTERRUPTED = "interrupted"


TERMINAL = (State.SUCCEEDED, State.FAILED, State.CANCELLED, State.LOST, State.INTERRUPTED)


@dataclass(frozen=True)
class Stage:
    """One unit of work. ``key`` addresses its outcome; ``parent`` is the stage it builds on.

    ``target`` is the task that a target, evaluate or latency stage is about (None for an
    intermediate stage); without a ``parent`` the bare encoder's weights are loaded.
    """

    kind: StageKind
    key: str
    catalog: str
    encoder: str
    intermediate: str
    target: str | None
    seed: int
    languages: tuple[str, ...] = ()
    parent: str | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    fingerprint: str = ""
    """Hash of the rows the stage reads."""
    variant: str = ""
    """What must be equal for two results to be compared: a hash of target settings and data,
    encoder weights and code (not of seed, intermediate task or languages); behind a full stop,
    unless it is the baseline, a hash of the plan's settings of the intermediate phase."""

    @property
    def name(self) -> str:
        """A short name for people, such as "target mini-xnli after mini-mnli, seed 1"."""
        after = "" if self.intermediate == NO_INTERMEDIATE else f" after {self.intermediate}"
        way = ", ".join(self.encoder[len(encoder_of(self.encoder)) :].split("~")[1:])
        after += f" with {way}" if way else ""
        if self.kind is StageKind.PRETRAIN:
            return f"pretrain {self.encoder}, seed {self.seed}"
        if self.kind is StageKind.INTERMEDIATE:
            return f"intermediate {self.intermediate}, seed {self.seed}"
        return f"{self.kind} {self.target}{after}, seed {self.seed}"

    def to_json(self) -> dict[str, Any]:
        """The stage as plain values, as in plan.json and stage.json."""
        return {**asdict(self), "kind": str(self.kind), "languages": list(self.languages)}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Stage:
        """The stage out of ``to_json``."""
        return cls(
            **{
                **values,
                "kind": StageKind(values["kind"]),
                "languages": tuple(values["languages"]),
            }
        )
