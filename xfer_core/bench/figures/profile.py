"""PROFILE: where a training stage's time goes, and so how much faster any loop could be here."""

from __future__ import annotations

from statistics import median
from typing import Any

from xfer_core.bench import engine, isolation
from xfer_core.bench.figure import Figure, Found, Measurement, Part, Settings
from xfer_core.domain.run import StageKind

TASK = "mini-xnli"
TRAINING = "xfer_core.bench.profiling:training"
PART = Part(
    "PROFILE",
    "kernels alone, of a training stage's time",
    "the whole stage, with loading, Python and saving",
    None,
)


def run(settings: Settings) -> Found:
    """The stage that P2 times, without and with PyTorch's profiler, three seeds."""
    found = [_once(settings, seed) for seed in range(1, settings.either(3, 1) + 1)]
    kernels = [sum(one["kernels"].values()) for one in found]
    seconds = [one["seconds"] for one in found]
    ratios = tuple(whole / alone for whole, alone in zip(seconds, kernels, strict=True))
    return {PART.id: Measurement(ratios, median(kernels), median(seconds), "s", None, _note(found))}


def _once(settings: Settings, seed: int) -> dict[str, Any]:
    plan = engine.planned(settings.home, (TASK,), seed, target={"steps": settings.either(100, 4)})
    stage = engine.only(plan, StageKind.TARGET)
    found: dict[str, Any] = isolation.forked(
        TRAINING, settings.home, stage, log=settings.folder / "log.txt"
    )
    return found


def _note(found: list[dict[str, Any]]) -> str:
    seconds = median(one["seconds"] for one in found)
    shares = [
        f"{kind} {100 * median(one['kernels'][kind] for one in found) / seconds:.0f}%"
        for kind in found[0]["kernels"]
    ]
    return (
        "The training stage of P2; with the same kernels no loop could be faster than the ratio "
        f"says, however little Python it has. Of the time: {', '.join(shares)}."
    )


PROFILE = Figure("PROFILE", (PART,), run)
