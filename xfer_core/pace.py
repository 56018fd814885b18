"""How long stages take here: seconds by what a stage has to do, from stages that have ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xfer_core import catalog
from xfer_core.domain.run import Stage, StageKind
from xfer_core.estimates import body, tokens

START_SECONDS = 0.5
"""What every stage takes, however small: reading rows and weights, writing its result."""
DEFAULTS = {
    StageKind.PRETRAIN: 1e-10,
    StageKind.INTERMEDIATE: 8e-11,
    StageKind.TARGET: 8e-11,
    StageKind.EVALUATE: 2e-12,
    StageKind.LATENCY: 0.5,
}
"""Seconds by unit of ``work`` in a store without history, from ``--preset mini`` on two cores."""


def work(stage: Stage) -> float:
    """Tokens that a stage reads x parameters outside the embeddings; 1 where no tokens are known.

    Seconds are nearly in proportion to it, for short and long trainings alike.

    Raises:
        UnknownName: the encoder or a task is not in the catalogue.
    """
    return tokens(stage) * body(catalog.encoder(stage.encoder)) or 1.0


def seconds(stage: Stage, pace: Mapping[str, float]) -> float:
    """Seconds that a stage will take, by the pace of its kind in this store, else a default."""
    return START_SECONDS + work(stage) * pace_of(stage.kind, pace)


def together(durations: Sequence[float], slots: int) -> float:
    """Seconds of stages so many of which run at a time: at least as long as the longest."""
    return max(sum(durations) / slots, max(durations, default=0.0))


def beyond_start(seconds: float) -> float:
    """What of a stage's seconds was in proportion to its work; never nothing."""
    return max(seconds - START_SECONDS, seconds / 10)


def pace_of(kind: StageKind, pace: Mapping[str, float]) -> float:
    """Seconds by unit of work."""
    return pace.get(str(kind), DEFAULTS[kind])
