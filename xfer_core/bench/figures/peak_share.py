"""P4: how much of the processor's matrix speed an encoder reaches."""

from __future__ import annotations

from statistics import median
from typing import Any

from xfer_core.bench import engine, isolation
from xfer_core.bench.figure import Figure, Found, Measurement, NotMeasured, Part, Settings
from xfer_core.bench.ratios import paired

ROUNDS = "xfer_core.bench.peak:rounds"
FORWARD, BOTH = "forward", "forward+backward"
BASE, MINI = "base", engine.ENCODER
TITLES = {BASE: "XLM-R base shape", MINI: "mini encoder"}
CASES = (
    ("P4a", BASE, "fp32", FORWARD, 0.8),
    ("P4b", BASE, "fp32", BOTH, 0.7),
    ("P4c", BASE, "bf16", FORWARD, 0.7),
    ("P4d", BASE, "bf16", BOTH, 0.5),
    ("P4e", MINI, "fp32", FORWARD, None),
    ("P4f", MINI, "fp32", BOTH, None),
    ("P4g", MINI, "bf16", FORWARD, None),
    ("P4h", MINI, "bf16", BOTH, None),
)
PARTS = tuple(
    Part(
        id_,
        f"share of the GEMM peak: {TITLES[shape]}, {what}, {precision}, one thread",
        f"torch.matmul 1024 to 2048, {precision}, one thread",
        goal,
    )
    for id_, shape, precision, what, goal in CASES
)


def run(settings: Settings) -> Found:
    """fp32 always; bf16 where the processor multiplies it natively."""
    native = isolation.forked(_bf16_is_native, log=settings.folder / "log.txt")
    reason = NotMeasured(
        "This processor has no native bf16 products (AMX, AVX-512): the engine computes in fp32."
    )
    speeds = {
        (shape, precision): _speeds(settings, shape, precision)
        for shape in (BASE, MINI)
        for precision in ("fp32", "bf16")
        if native or precision == "fp32"
    }
    return {
        id_: _measurement(settings, shape, speeds[shape, precision], what)
        if (shape, precision) in speeds
        else reason
        for id_, shape, precision, what, _ in CASES
    }


def _size(settings: Settings, shape: str) -> tuple[int, int]:
    """(items, length): half a thousand tokens, in lengths that the encoder meets."""
    full = (4, 128) if shape == BASE else (20, 26)
    return settings.either(full, (2, 16))


def _speeds(settings: Settings, shape: str, precision: str) -> dict[str, list[float]]:
    items, length = _size(settings, shape)
    request: dict[str, Any] = {
        "shape": shape,
        "layers": settings.either(12, 1),
        "items": items,
        "length": length,
        "precision": precision,
        "threads": 1,
        "seed": 1,
        "rounds": settings.either(4, 1),
        "repeats": settings.either(1 if shape == BASE else 10, 1),
    }
    found: dict[str, list[float]] = isolation.forked(
        ROUNDS, request, log=settings.folder / "log.txt"
    )
    return found


def _measurement(
    settings: Settings, shape: str, speeds: dict[str, list[float]], what: str
) -> Measurement:
    items, length = _size(settings, shape)
    return Measurement(
        paired(speeds[what], speeds["peak"]),
        median(speeds[what]),
        median(speeds["peak"]),
        "GFLOP/s",
        None,
        f"{items} sequences of {length} tokens, random words, "
        + ("random weights in XLM-R base's shape. " if shape == BASE else "the mini's shape. ")
        + "Counted matrix products over the time of a whole pass; the peak is that of the "
        "fastest size, taken in turn with the passes.",
    )


def _bf16_is_native() -> bool:
    from xfer_core.stages.device import bf16_is_faster

    return bf16_is_faster()


REASON = (
    "Norms, GELU, softmax, residual sums and their gradients are bound by memory, not by "
    "products, and take the rest of a pass (PROFILE shows their share in the mini encoder); "
    "fusing them needs torch.compile, whose compile time no short training pays back (LEVER "
    "compiled). The range is that of a virtual machine: the peak itself moved by a third "
    "between rounds."
)
P4 = Figure("P4", PARTS, run, reason=REASON)
