"""P2: training speed of a mini encoder against the HF Trainer."""

from __future__ import annotations

from functools import partial
from statistics import fmean, median
from typing import Any

from xfer_core import catalog
from xfer_core.bench import engine, isolation
from xfer_core.bench.agreement import same_score
from xfer_core.bench.figure import Figure, Found, Measurement, Part, Settings
from xfer_core.bench.ratios import interleaved, paired
from xfer_core.bench.rowfiles import row_file
from xfer_core.domain.run import StageKind

TASK = "mini-xnli"
TRAINER = "xfer_core.bench.baselines.trainer_side:train"
TITLE = "training examples/s, mini encoder, one thread"
DYNAMIC = Part("P2a", TITLE, "HF Trainer, fp32, dynamic padding", 2.5)
PADDED = Part("P2b", TITLE, "HF Trainer, fp32, padded to 128", 12.0)
PADDINGS: dict[str, str | bool] = {DYNAMIC.id: False, PADDED.id: "max_length"}


def run(settings: Settings) -> Found:
    """The same weights, rows and steps on all sides; a new seed each round."""
    sides = {
        "ours": partial(_ours, settings),
        **{id_: partial(_theirs, settings, padding) for id_, padding in PADDINGS.items()},
    }
    found = interleaved(sides, settings.either(3, 1))
    return {id_: _measurement(settings, found["ours"], found[id_]) for id_ in PADDINGS}


def _steps(settings: Settings) -> int:
    return settings.either(100, 4)


def _tested(settings: Settings) -> int | None:
    """Test examples per language; None for all."""
    return settings.either(None, 8)


def _ours(settings: Settings, seed: int) -> dict[str, Any]:
    plan = engine.planned(
        settings.home,
        (TASK,),
        seed,
        target={"steps": _steps(settings)},
        evaluation={"examples": _tested(settings)},
    )
    stages = (engine.only(plan, StageKind.TARGET), engine.only(plan, StageKind.EVALUATE))
    found: dict[str, Any] = isolation.forked(
        engine.train_and_evaluate, settings.home, *stages, log=settings.folder / "log.txt"
    )
    return {**found, "score": fmean(found["scores"].values())}


def _theirs(settings: Settings, padding: str | bool, seed: int) -> dict[str, Any]:
    task = catalog.task(TASK)
    plan = engine.planned(settings.home, (TASK,), seed, target={"steps": _steps(settings)})
    stage = engine.only(plan, StageKind.TARGET)
    training = stage.settings["training"]
    read = isolation.forked(
        engine.examples_read, settings.home, stage, log=settings.folder / "log.txt"
    )
    encoder = catalog.encoder_folder(catalog.encoder(engine.ENCODER))
    rows = partial(row_file, settings.home, settings.folder / "rows", task)
    tests = {code: rows("test", code, _tested(settings)) for code in task.languages}
    request = {
        "model": str(encoder),
        "tokenizer": str(encoder),
        "output": str(settings.folder / "trainer"),
        "train": rows("train", "en"),
        "tests": tests,
        "columns": task.columns,
        "labels": task.labels,
        "padding": padding,
        "max_length": 128,
        "seed": seed,
        "steps": training["steps"],
        "batch_size": max(1, round(read / training["steps"])),
        "learning_rate": training["learning_rate"],
    }
    found: dict[str, Any] = isolation.forked(TRAINER, request, log=settings.folder / "log.txt")
    return found


def _measurement(
    settings: Settings, ours: list[dict[str, Any]], theirs: list[dict[str, Any]]
) -> Measurement:
    rates = [[one["examples"] / one["seconds"] for one in side] for side in (ours, theirs)]
    scores = [[one["score"] for one in side] for side in (ours, theirs)]
    examples = settings.either(240, 8)
    return Measurement(
        ratios=paired(*rates),
        ours=median(rates[0]),
        theirs=median(rates[1]),
        unit="examples/s",
        same_result=same_score(scores[0], scores[1], examples),
        note=(
            f"{_steps(settings)} steps of {TASK} from {engine.ENCODER}, "
            f"{theirs[0]['examples'] / _steps(settings):.0f} examples a step, from loading the "
            "weights to the saved model, tokenized before. Mean accuracy over 12 languages, seed "
            f"by seed: ours {_listed(scores[0])}, baseline {_listed(scores[1])}."
        ),
    )


def _listed(scores: list[float]) -> str:
    return ", ".join(f"{100 * score:.1f}" for score in scores)


REASON = (
    "PROFILE a says how much of the stage is kernels, which are the same fp32 kernels on both "
    "sides with dynamic padding: no loop can be faster than they are. The goals come from a "
    "processor with AMX, which trains models as narrow as this one in bf16; others do not. "
    "Ours learns more from a step meanwhile: see the scores."
)
P2 = Figure("P2", (DYNAMIC, PADDED), run, reason=REASON)
