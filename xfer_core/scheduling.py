"""Which stages of a run may start: parents first, in the order of the plan."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

from xfer_core.domain.run import Stage
from xfer_core.executors.base import Job
from xfer_core.planning import Plan


@dataclass
class Progress:
    """How far a run is. Every stage is touched a few times in all, however many there are."""

    plan: Plan
    reused: set[str]
    running: dict[str, Job] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)
    failed: dict[str, str] = field(default_factory=dict)
    """Key -> why."""
    skipped: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Sort out who waits for whom."""
        self._place = {stage.key: place for place, stage in enumerate(self.plan.stages)}
        self._waiting: dict[str, list[Stage]] = {}
        self._ready: list[int] = []
        self.closed: list[Stage] = []
        """Stages that need no more work, in the order in which that became so; reused ones are not
        among them."""
        for stage in self.plan.stages:
            if stage.key in self.reused:
                continue
            if stage.parent is None or stage.parent in self.reused:
                self._ready.append(self._place[stage.key])
            else:
                self._waiting.setdefault(stage.parent, []).append(stage)
        heapq.heapify(self._ready)

    @property
    def ended(self) -> int:
        """Stages that need no more work."""
        return len(self.reused) + len(self.done) + len(self.failed) + len(self.skipped)

    @property
    def has_ready(self) -> bool:
        """Whether a stage could be started now."""
        return bool(self._ready)

    def next_ready(self) -> Stage:
        """The first stage in the plan whose parent is there; the caller starts it."""
        return self.plan.stages[heapq.heappop(self._ready)]

    def succeed(self, key: str) -> None:
        """A stage has its result; those that waited for it are ready."""
        del self.running[key]
        self.done.add(key)
        self._close(key)
        for stage in self._waiting.pop(key, []):
            heapq.heappush(self._ready, self._place[stage.key])

    def fail(self, key: str, why: str) -> list[Stage]:
        """A stage has no result; returns all that stand on it, which are skipped."""
        del self.running[key]
        self.failed[key] = why
        self._close(key)
        hopeless, lost = list(self._waiting.pop(key, [])), []
        while hopeless:
            stage = hopeless.pop(0)
            lost.append(stage)
            self.skipped.add(stage.key)
            self._close(stage.key)
            hopeless += self._waiting.pop(stage.key, [])
        return lost

    def _close(self, key: str) -> None:
        self.closed.append(self.plan.stages[self._place[key]])
