"""P9: two workers of one thread each, or one worker of two threads?"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from statistics import fmean, median
from typing import Any

from xfer_core.bench import engine, isolation
from xfer_core.bench.agreement import same_score
from xfer_core.bench.figure import Figure, Found, Measurement, NotMeasured, Part, Settings
from xfer_core.bench.machine import cores
from xfer_core.bench.ratios import interleaved, paired
from xfer_core.domain.run import Stage, StageKind

TASK = "mini-xnli"
PASSES = "xfer_core.bench.peak:passes"
BASELINE = "one worker of two threads"
MINI = Part("P9a", "two workers of one thread, mini stages", BASELINE, None)
BASE = Part("P9b", "two workers of one thread, XLM-R base shape, training passes", BASELINE, None)
PAIRS = ((2, 1), (1, 2))
"""(workers, threads of each): ours, the baseline."""


def run(settings: Settings) -> Found:
    """Which is faster decides the default; it may depend on the size of the model.

    Raises:
        NotMeasured: this process may use one core alone.
    """
    if cores() < 2:
        raise NotMeasured("Two workers need two cores; this process may use one.")
    return {MINI.id: _mini(settings), BASE.id: _base(settings)}


def _mini(settings: Settings) -> Measurement:
    log = settings.folder / "log.txt"
    for stage in _plan(settings, 1, 1):
        isolation.forked(engine.prepare, settings.home, stage, log=log)
    sides = {str(pair): partial(_stages, settings, *pair) for pair in PAIRS}
    found = interleaved(sides, settings.either(2, 1))
    ours, theirs = (found[str(pair)] for pair in PAIRS)
    scores = [[one["score"] for one in side] for side in (ours, theirs)]
    chains = _chains(settings)
    rates = [[2 * chains / one["seconds"] for one in side] for side in (ours, theirs)]
    return Measurement(
        paired(*rates),
        median(rates[0]),
        median(rates[1]),
        "stages/s",
        same_score(scores[0], scores[1], settings.either(60, 8)),
        f"{chains} times: train {TASK} from {engine.ENCODER} and evaluate it in 12 languages, a "
        "process and a seed each time. Mean accuracy "
        f"{100 * fmean(scores[0]):.1f} and {100 * fmean(scores[1]):.1f}.",
    )


def _chains(settings: Settings) -> int:
    return settings.either(4, 2)


def _plan(settings: Settings, seed: int, threads: int) -> tuple[Stage, Stage]:
    plan = engine.planned(
        settings.home,
        (TASK,),
        seed,
        target={"threads": threads, "steps": settings.either(40, 2)},
        evaluation={"threads": threads, "examples": settings.either(60, 8)},
    )
    return engine.only(plan, StageKind.TARGET), engine.only(plan, StageKind.EVALUATE)


def _stages(settings: Settings, workers: int, threads: int, number: int) -> dict[str, Any]:
    """Wall seconds of all stages, and their mean score."""
    seeds = range(100 * number, 100 * number + _chains(settings))
    plans = [_plan(settings, seed, threads) for seed in seeds]
    log = settings.folder / "log.txt"
    started = time.perf_counter()
    with ThreadPoolExecutor(workers) as pool:
        work = partial(isolation.forked, engine.work, settings.home, log=log)
        found = list(pool.map(work, plans))
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "score": fmean(fmean(scores.values()) for scores in found)}


def _base(settings: Settings) -> Measurement:
    sides = {str(pair): partial(_passes, settings, *pair) for pair in PAIRS}
    found = interleaved(sides, settings.either(2, 1))
    ours, theirs = (found[str(pair)] for pair in PAIRS)
    return Measurement(
        paired(ours, theirs),
        median(ours),
        median(theirs),
        "passes/s",
        None,
        "Forward and backward over 4 x 128 tokens through 4 of the 12 layers (all are alike), "
        "random weights, fp32 or the engine's bf16; the two workers at the same time.",
    )


def _passes(settings: Settings, workers: int, threads: int, number: int) -> float:
    """Passes per second of all workers together."""
    request = {
        "layers": settings.either(4, 1),
        "items": 4,
        "length": settings.either(128, 16),
        "threads": threads,
        "passes": settings.either(3, 1),
    }
    log = settings.folder / "log.txt"
    with ThreadPoolExecutor(workers) as pool:
        found = pool.map(lambda _: isolation.forked(PASSES, request, log=log), range(workers))
        return sum(found)


P9 = Figure("P9", (MINI, BASE), run)
