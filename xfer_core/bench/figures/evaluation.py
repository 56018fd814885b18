"""P3: evaluation speed over all languages against Trainer.evaluate."""

from __future__ import annotations

from functools import partial
from statistics import fmean, median
from typing import Any

from xfer_core import catalog
from xfer_core.bench import engine, isolation
from xfer_core.bench.agreement import equal_scores
from xfer_core.bench.figure import Figure, Found, Measurement, Part, Settings
from xfer_core.bench.ratios import interleaved, paired
from xfer_core.bench.rowfiles import row_file
from xfer_core.domain.run import Stage, StageKind

TASK = "mini-xnli"
TRAINER = "xfer_core.bench.baselines.trainer_side:evaluate"
EVAL_BATCH = 8
"""The Trainer's default, which run_xnli.py leaves as it is."""
TOLERANCE = 0.01
"""Sums in another order may turn a prediction or two of a few hundred around."""
TITLE = "evaluation examples/s over 12 languages, mini encoder, one thread"
DYNAMIC = Part("P3a", TITLE, f"Trainer.evaluate, batches of {EVAL_BATCH}, dynamic padding", 5.0)
PADDED = Part("P3b", TITLE, f"Trainer.evaluate, batches of {EVAL_BATCH}, padded to 128", 12.0)
PADDINGS: dict[str, str | bool] = {DYNAMIC.id: False, PADDED.id: "max_length"}


def run(settings: Settings) -> Found:
    """One model, trained before the clock starts, is evaluated by all sides in turn."""
    plan = engine.planned(
        settings.home,
        (TASK,),
        1,
        target={"steps": settings.either(90, 2)},
        evaluation={"examples": _tested(settings)},
    )
    training = engine.only(plan, StageKind.TARGET)
    log = settings.folder / "log.txt"
    isolation.forked(engine.train_stage, settings.home, training, log=log)
    sides = {
        "ours": partial(_ours, settings, engine.only(plan, StageKind.EVALUATE)),
        **{id_: partial(_theirs, settings, training, pad) for id_, pad in PADDINGS.items()},
    }
    found = interleaved(sides, settings.either(3, 1))
    return {id_: _measurement(settings, found["ours"], found[id_]) for id_ in PADDINGS}


def _tested(settings: Settings) -> int | None:
    """Test examples per language; None for all."""
    return settings.either(None, 8)


def _ours(settings: Settings, stage: Stage, number: int) -> dict[str, Any]:
    found: dict[str, Any] = isolation.forked(
        engine.evaluate_stage, settings.home, stage, log=settings.folder / "log.txt"
    )
    return found


def _theirs(settings: Settings, training: Stage, padding: str | bool, number: int) -> Any:
    task = catalog.task(TASK)
    rows = partial(row_file, settings.home, settings.folder / "rows", task, "test")
    request = {
        "model": str(settings.home.checkpoint(training.key)),
        "tokenizer": str(catalog.tokenizer_folder(catalog.encoder(engine.ENCODER))),
        "output": str(settings.folder / "trainer"),
        "tests": {code: rows(code, _tested(settings)) for code in task.languages},
        "columns": task.columns,
        "labels": task.labels,
        "padding": padding,
        "max_length": 128,
        "eval_batch_size": EVAL_BATCH,
    }
    return isolation.forked(TRAINER, request, log=settings.folder / "log.txt")


def _measurement(
    settings: Settings, ours: list[dict[str, Any]], theirs: list[dict[str, Any]]
) -> Measurement:
    languages = list(theirs[0]["scores"])
    examples = settings.either(240, 8) * len(languages)
    rates = [[examples / one["seconds"] for one in side] for side in (ours, theirs)]
    scores = [[side[0]["scores"][code] for code in languages] for side in (ours, theirs)]
    return Measurement(
        ratios=paired(*rates),
        ours=median(rates[0]),
        theirs=median(rates[1]),
        unit="examples/s",
        same_result=equal_scores(scores[0], scores[1], settings.either(TOLERANCE, 0.13)),
        note=(
            f"{examples} test examples of {TASK} in {len(languages)} languages (all that it has), "
            "the same trained weights on both sides, tokenized before; from loading them to the "
            "last score. Ours is a whole evaluate stage. Mean accuracy "
            f"{100 * fmean(scores[0]):.1f} and {100 * fmean(scores[1]):.1f}."
        ),
    )


REASON = (
    "PROFILE b says how much of the stage is kernels. Both sides run the same ones over the "
    "same tokens with dynamic padding, so what is left to gain are batches of like length "
    "(LEVER sorted), Python and the Trainer's own work. The goals come from a processor with AMX, "
    "which computes models as narrow as this one in bf16; others do not."
)
P3 = Figure("P3", (DYNAMIC, PADDED), run, reason=REASON)
