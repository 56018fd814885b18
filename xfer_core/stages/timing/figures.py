"""The figures of a measurement, and what a reader of them must know."""

from __future__ import annotations

import numpy as np

from xfer_core.stages.timing.protocol import Measured, Sample
from xfer_core.stats import percentiles
from xfer_core.stats.passes import block_interval, ratio_of

REFERENCE = 0
"""Place of the reference among the settings of a measurement."""
SPREAD = 0.1
"""Pass medians that lie further apart than this are worth a remark."""
DIGITS = 4


def of(measured: Measured, setting: int, batch_size: int) -> dict[str, object]:
    """Figures of one setting: times in milliseconds per batch, throughput in units per second."""
    passes = measured.of(setting)
    totals = [[sample.total for sample in one] for one in passes]
    every = [total for one in totals for total in one]
    p50, p90, p95, p99 = percentiles(every)
    low, high = block_interval(totals)
    mean = float(np.mean(every))
    medians = [float(np.median(one)) for one in totals]
    reference = [_median(one) for one in measured.of(REFERENCE)]
    ratios = [mine / its for mine, its in zip(medians, reference, strict=True)]
    ratio = ratio_of(ratios)
    return {
        **{"p50_ms": p50, "p90_ms": p90, "p95_ms": p95, "p99_ms": p99, "mean_ms": mean},
        "ci_low_ms": low,
        "ci_high_ms": high,
        "tokenization_ms": _median_of(passes, "tokenization"),
        "model_ms": _median_of(passes, "model"),
        "throughput": 1000 * batch_size / mean,
        "n": len(every),
        "samples": [round(total, DIGITS) for total in every],
        "pass_medians": [round(median, DIGITS) for median in medians],
        "reference_ms": float(np.median(reference)),
        "ratio": ratio.value,
        "ratio_low": ratio.low,
        "ratio_high": ratio.high,
        "pass_ratios": ratios,
        "passes": len(passes),
        "repeated": measured.repeated,
        "warmup": measured.warmed[setting].batches,
        "stable": measured.warmed[setting].stable,
        "spread": max(medians) / min(medians) - 1,
        "other_cores": measured.load.others,
        "waited_share": measured.load.waited,
        "contended": measured.contended,
        "remark": remark(measured, setting, medians),
    }


def remark(measured: Measured, setting: int, medians: list[float]) -> str:
    """What went on during the measurement, in sentences; "" if all was quiet."""
    load, said = measured.load, []
    if measured.contended:
        busy = sum(not one.load.is_quiet for one in measured.passes)
        said.append(
            f"Others kept {load.others:.1f} cores busy in {busy} of {len(measured.passes)} passes, "
            f"and it waited {100 * min(load.waited, 1):.0f}% of the time for a core."
        )
    elif measured.repeated:
        said.append(f"{_passes(measured.repeated)} repeated because others were busy.")
    if not measured.warmed[setting].stable:
        said.append("The warm-up did not settle.")
    spread = max(medians) / min(medians) - 1
    if spread > SPREAD:
        said.append(f"Pass medians lie {100 * spread:.0f}% apart.")
    return " ".join(said)


def _passes(count: int) -> str:
    return f"{count} {'pass was' if count == 1 else 'passes were'}"


def _median(samples: list[Sample]) -> float:
    return float(np.median([sample.total for sample in samples]))


def _median_of(passes: list[list[Sample]], part: str) -> float:
    return float(np.median([getattr(sample, part) for one in passes for sample in one]))
