"""LEVER: each thing the engine does to be fast, on against off."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from shutil import which
from statistics import fmean, median

from xfer_core.bench import engine, isolation, levers
from xfer_core.bench.figure import Figure, Found, Measurement, NotMeasured, Part, Settings
from xfer_core.bench.ratios import interleaved, paired
from xfer_core.domain.run import StageKind
from xfer_core.fingerprints import encoder_hash
from xfer_core.planning import expand
from xfer_core.specification import Spec, preset, with_setting

TASK = "mini-xnli"
MEASURE = "xfer_core.bench.levers:measure"
SHARED = Part("LEVER sharing", "stages of the mini preset, shared by key", "a chain per cell", None)
ARRAYS = Part("LEVER arrays", "an evaluate stage on kept arrays", "tokenizing first", None)
COMPILED = "compiled"
IN_A_STAGE = {
    "bucketed": ("batches bucketed by length", "as many examples drawn at random"),
    "fused": ("AdamW as one fused kernel", "one operation at a time"),
    "unfilled": ("training without filling fresh memory", "PyTorch's deterministic default"),
    COMPILED: ("torch.compile, compiling included (not used)", "eager"),
    "sorted": ("all languages in one sorted pass", "language by language, in file order"),
    "inference": ("inference_mode", "passes that could be differentiated"),
}
INSIDE = {name: Part(f"LEVER {name}", *texts, None) for name, texts in IN_A_STAGE.items()}


def run(settings: Settings) -> Found:
    """Ratios of time without over time with; more than 1 means that it pays."""
    plan = engine.planned(
        settings.home,
        (TASK,),
        1,
        target={"steps": settings.either(60, 2)},
        evaluation={"examples": settings.either(None, 8)},
    )
    training = engine.only(plan, StageKind.TARGET)
    evaluation = engine.only(plan, StageKind.EVALUATE)
    log = settings.folder / "log.txt"
    isolation.forked(engine.prepare, settings.home, training, log=log)
    took = isolation.forked(engine.train_stage, settings.home, training, log=log)["seconds"]
    isolation.forked(engine.prepare, settings.home, evaluation, log=log)
    tokenized = partial(isolation.forked, levers.tokenized, settings.home, evaluation, log=log)
    arrays = _measured(
        settings.either(3, 1), lambda number: tokenized(), "Whole stages, weights loaded."
    )
    seconds = {
        StageKind.INTERMEDIATE: took,
        StageKind.TARGET: took,
        StageKind.EVALUATE: arrays.ours,
    }
    inside = {part.id: _inside(settings, name) for name, part in INSIDE.items()}
    return {SHARED.id: _shared(seconds), ARRAYS.id: arrays, **inside}


def _inside(settings: Settings, lever: str) -> Measurement | NotMeasured:
    if lever == COMPILED and settings.quick:
        return NotMeasured("Compiling takes a minute, whatever is compiled.")
    if lever == COMPILED and not (which("c++") or which("g++")):
        return NotMeasured("torch.compile needs a C++ compiler; there is none.")

    def once(number: int) -> levers.Seconds:
        request = {
            "home": str(settings.home.root),
            "task": TASK,
            "lever": lever,
            "seed": number,
            "steps": settings.either(60, 2),
        }
        found: levers.Seconds = isolation.forked(
            MEASURE, request, log=settings.folder / "log.txt", limit_seconds=240.0
        )
        return found

    rounds = settings.either(1 if lever == COMPILED else 3, 1)
    return _measured(rounds, once, f"{settings.either(60, 2)} batches of {TASK} or its test set.")


def _shared(seconds: dict[StageKind, float]) -> Measurement:
    """Counted, with the seconds that a stage of each kind took here."""
    values = with_setting(preset("mini"), "latency.measure=false")
    plan = expand(Spec.parse(values), engine.Unread(), encoder_hash)
    found = levers.shared(plan.stages, seconds)
    return Measurement(
        (found["without"] / found["with"],),
        found["with"],
        found["without"],
        "s",
        None,
        f"{len(plan.stages)} stages of the preset mini on one worker, each as long as one of its "
        f"kind took on {TASK}.",
    )


def _measured(n: int, once: Callable[[int], levers.Seconds], note: str) -> Measurement:
    rounds = interleaved({"both": once}, n)["both"]
    ours, theirs = ([one[side] for one in rounds] for side in ("with", "without"))
    return Measurement(
        paired([1 / one for one in ours], [1 / one for one in theirs]),
        median(ours),
        median(theirs),
        "s",
        None,
        f"{note} Mean seconds {fmean(ours):.2f} and {fmean(theirs):.2f}.",
    )


LEVERS = Figure("LEVER", (SHARED, ARRAYS, *INSIDE.values()), run, by_name=True)
