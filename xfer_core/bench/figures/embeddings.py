"""P7: sentence vectors for retrieval, against sentence-transformers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from statistics import fmean, median
from typing import Any

from xfer_core import catalog
from xfer_core.bench import engine, environment, isolation
from xfer_core.bench.agreement import equal_scores
from xfer_core.bench.figure import Figure, Found, Measurement, Part, Settings
from xfer_core.bench.isolation import Companion
from xfer_core.bench.ratios import interleaved, paired
from xfer_core.domain.run import Stage, StageKind
from xfer_core.rows import Rows

TASK = "mini-tatoeba"
PROGRAM = "xfer_core.bench.baselines.sentence_vectors"
TOLERANCE = 0.01
VECTORS = Part(
    "P7",
    "sentences/s for retrieval embeddings, one thread",
    "sentence-transformers encode, same weights, mean pooling",
    1.5,
)


def run(settings: Settings) -> Found:
    """Every sentence of the test pairs, from text to vectors; the last layer on both sides."""
    encoder = catalog.encoder(engine.ENCODER)
    most = settings.either(300, 8)
    evaluation = {"examples": most, "retrieval_layer": encoder.layers}
    plan = engine.planned(settings.home, (TASK,), 1, evaluation=evaluation)
    stage = engine.only(plan, StageKind.EVALUATE)
    rows = Rows(settings.home.root / "rows")
    pairs = {
        code: [
            [row["source"], row["target"]]
            for row in rows.of(catalog.task(TASK), "test", code)[:most]
        ]
        for code in stage.languages
    }
    request = {
        "model": str(catalog.encoder_folder(encoder)),
        "pairs": pairs,
        "threads": 1,
        "max_length": stage.settings["evaluation"]["max_length"],
    }
    log = settings.folder / "vectors.txt"
    with Companion(environment.python(), PROGRAM, log=log) as companion:
        sides: dict[str, Callable[[int], dict[str, Any]]] = {
            "ours": partial(_ours, settings, stage),
            "theirs": lambda number: companion.ask(request, 120.0),
        }
        found = interleaved(sides, settings.either(3, 1))
        version = companion.greeting["version"]
    return {VECTORS.id: _measurement(found, version)}


def _ours(settings: Settings, stage: Stage, number: int) -> dict[str, Any]:
    """A whole evaluate stage that has to tokenize its sentences, as ``encode`` does."""
    found: dict[str, Any] = isolation.forked(
        engine.evaluate_untokenized, settings.home, stage, log=settings.folder / "log.txt"
    )
    return found


def _measurement(found: dict[str, list[dict[str, Any]]], version: str) -> Measurement:
    ours, theirs = found["ours"], found["theirs"]
    sentences = theirs[0]["sentences"]
    rates = [[sentences / one["seconds"] for one in side] for side in (ours, theirs)]
    languages = list(theirs[0]["scores"])
    scores = [[side[0]["scores"][code] for code in languages] for side in (ours, theirs)]
    return Measurement(
        paired(*rates),
        median(rates[0]),
        median(rates[1]),
        "sentences/s",
        equal_scores(scores[0], scores[1], TOLERANCE),
        f"{sentences} sentences of {TASK} in {len(languages)} languages, tokenized within the "
        "time, which runs on both sides from loading the weights to the scores: ours is a "
        f"whole evaluate stage; sentence-transformers {version}: load, encode, matrix product. "
        f"Mean retrieval accuracy {100 * fmean(scores[0]):.1f} and {100 * fmean(scores[1]):.1f}.",
    )


REASON = (
    "sentence-transformers sorts by length as well, and both sides run the same fp32 kernels; what "
    "differs is kept token arrays and larger batches. Ours is a whole evaluate stage besides, "
    "whose scores are written and synced."
)
P7 = Figure("P7", (VECTORS,), run, reason=REASON)
