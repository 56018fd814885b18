"""PROFILE: where a stage's time goes, and so how much faster any program could be here."""

from __future__ import annotations

from statistics import median
from typing import Any

from xfer_core.bench import engine, isolation
from xfer_core.bench.figure import Figure, Found, Measurement, Part, Settings
from xfer_core.domain.run import StageKind

TASK = "mini-xnli"
PROFILED = "xfer_core.bench.profiling:profiled"
WHOLE = "the whole stage, with loading, Python and saving"
PARTS = {
    StageKind.TARGET: Part("PROFILE a", "kernels alone, of a training stage", WHOLE, None),
    StageKind.EVALUATE: Part("PROFILE b", "kernels alone, of an evaluate stage", WHOLE, None),
}
OF = {StageKind.TARGET: "The training stage of P2", StageKind.EVALUATE: "The evaluate stage of P3"}


def run(settings: Settings) -> Found:
    """The stages that P2 and P3 time, without and with PyTorch's profiler, three seeds."""
    seeds = range(1, settings.either(3, 1) + 1)
    found: dict[StageKind, list[dict[str, Any]]] = {kind: [] for kind in PARTS}
    for seed in seeds:
        plan = engine.planned(
            settings.home,
            (TASK,),
            seed,
            target={"steps": settings.either(100, 4)},
            evaluation={"examples": settings.either(None, 8)},
        )
        for kind, several in found.items():
            stage = engine.only(plan, kind)
            log = settings.folder / "log.txt"
            several.append(isolation.forked(PROFILED, settings.home, stage, log=log))
    return {part.id: _measurement(kind, found[kind]) for kind, part in PARTS.items()}


def _measurement(kind: StageKind, found: list[dict[str, Any]]) -> Measurement:
    kernels = [sum(one["kernels"].values()) for one in found]
    seconds = [one["seconds"] for one in found]
    ratios = tuple(whole / alone for whole, alone in zip(seconds, kernels, strict=True))
    shares = [
        f"{name} {100 * median(one['kernels'][name] for one in found) / median(seconds):.0f}%"
        for name in found[0]["kernels"]
    ]
    note = (
        f"{OF[kind]}: with the same kernels no program could be faster than the ratio says, "
        f"however little Python it has. Of the time: {', '.join(shares)}."
    )
    return Measurement(ratios, median(kernels), median(seconds), "s", None, note)


PROFILE = Figure("PROFILE", tuple(PARTS.values()), run)
