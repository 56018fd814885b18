"""The passes of a measurement: warmed up, in turn, watched, and repeated where others were busy."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from xfer_core.domain.task import Row
from xfer_core.stages.timing.load import Load, Watch, wait_for_quiet

SETTLED = 0.05
"""Warm enough: two blocks of warm-up in a row with medians that differ by no more than this."""
MOST_BLOCKS = 10
"""After so many blocks a setting that has not settled is measured all the same, and marked."""
QUIET_SECONDS = 2.0
"""A measurement waits at most so long, in all, for others to be done."""


@dataclass(frozen=True)
class Sample:
    """Milliseconds of one batch: from texts to tensors, and from tensors to answers."""

    tokenization: float
    model: float

    @property
    def total(self) -> float:
        """From texts to answers."""
        return self.tokenization + self.model


Work = Callable[[list[Row]], Sample]
"""Answers one batch and says how long it took."""


@dataclass(frozen=True)
class Rules:
    """How often: passes that count, passes that may be repeated, batches a block of warm-up."""

    passes: int
    retries: int
    warmup: int


@dataclass(frozen=True)
class Warmed:
    """Batches that were dropped, and whether the last two blocks agreed."""

    batches: int
    stable: bool


@dataclass(frozen=True)
class Pass:
    """One round over all settings: what others did meanwhile, and per setting its samples."""

    load: Load
    samples: list[list[Sample]]


@dataclass(frozen=True)
class Measured:
    """What was measured, settings in the order given."""

    warmed: list[Warmed]
    passes: list[Pass]
    """Those that count: the clean ones, or the quietest ones if there were too few."""
    repeated: int
    """Passes that were put aside."""

    @property
    def load(self) -> Load:
        """What others did during the passes that count."""
        seconds = sum(one.load.seconds for one in self.passes)
        others = sum(one.load.others * one.load.seconds for one in self.passes)
        waited = sum(one.load.waited * one.load.seconds for one in self.passes)
        return Load(seconds, others / seconds, waited / seconds)

    @property
    def contended(self) -> bool:
        """Whether others were at work: in a pass that counts, or over all of them."""
        return not (self.load.is_quiet and all(one.load.is_quiet for one in self.passes))

    def of(self, setting: int) -> list[list[Sample]]:
        """The samples of one setting, pass by pass."""
        return [one.samples[setting] for one in self.passes]


def measure(
    works: Sequence[Work],
    shapes: Sequence[list[Row]],
    inputs: Sequence[Sequence[list[Row]]],
    rules: Rules,
) -> Measured:
    """Time the settings against each other.

    Args:
        works: the settings.
        shapes: a batch of each different shape; a warm-up begins with all of them, because some
            back ends compile anew for each.
        inputs: the batches of each pass; every setting gets the same ones.
        rules: how often.
    """
    with _without_collector():
        warmed = [warm_up(work, shapes, inputs[0], rules.warmup) for work in works]
        patience = QUIET_SECONDS
        taken: list[Pass] = []
        while _goes_on(taken, rules):
            if not taken or not taken[-1].load.is_quiet:
                patience -= wait_for_quiet(patience) if patience > 0 else 0
            taken.append(one_pass(works, inputs[len(taken) % len(inputs)], len(taken)))
    counted = _counted(taken, rules.passes)
    return Measured(warmed, counted, len(taken) - len(counted))


def warm_up(
    work: Work, shapes: Sequence[list[Row]], batches: Sequence[list[Row]], block: int
) -> Warmed:
    """Run a setting until two blocks of the same batches in a row take about as long."""
    for batch in shapes:
        work(batch)
    before = float("nan")
    for number in range(1, MOST_BLOCKS + 1):
        times = [work(batches[at % len(batches)]).total for at in range(block)]
        now = float(np.median(times))
        if abs(now / before - 1) <= SETTLED:
            return Warmed(len(shapes) + number * block, True)
        before = now
    return Warmed(len(shapes) + MOST_BLOCKS * block, False)


def one_pass(works: Sequence[Work], batches: Sequence[list[Row]], number: int) -> Pass:
    """All batches with each setting, one setting after the other; each pass begins with another.

    A batch behind each change of setting is dropped: the caches still hold the one before.
    """
    samples: list[list[Sample]] = [[] for _ in works]
    watch = Watch()
    for at in order(len(works), number):
        works[at](batches[0])
        samples[at] = [works[at](batch) for batch in batches]
    return Pass(watch.load(), samples)


def order(n: int, number: int) -> list[int]:
    """The order of n settings in a pass: each comes first, second, ... equally often."""
    return [(number + place) % n for place in range(n)]


def _goes_on(taken: list[Pass], rules: Rules) -> bool:
    clean = sum(one.load.is_quiet for one in taken)
    return clean < rules.passes and len(taken) < rules.passes + rules.retries


def _counted(taken: list[Pass], wanted: int) -> list[Pass]:
    """The clean passes, and the quietest others if they are too few; in the order taken."""
    quiet_first = sorted(
        range(len(taken)),
        key=lambda at: (
            not taken[at].load.is_quiet,
            taken[at].load.others + taken[at].load.waited,
            at,
        ),
    )
    clean = [at for at, one in enumerate(taken) if one.load.is_quiet]
    chosen = clean[:wanted] if len(clean) >= wanted else quiet_first[:wanted]
    return [taken[at] for at in sorted(chosen)]


@contextmanager
def _without_collector() -> Iterator[None]:
    """No garbage is collected in the middle of a sample."""
    was_on = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
