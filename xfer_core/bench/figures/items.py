"""P6: multiple-choice items per second by log-likelihood, against lm-evaluation-harness."""

from __future__ import annotations

import json
from functools import partial
from statistics import fmean, median
from typing import Any

from xfer_core import catalog
from xfer_core.bench import environment, isolation
from xfer_core.bench.figure import Figure, Found, Measurement, Part, Settings
from xfer_core.bench.isolation import Companion
from xfer_core.bench.ratios import interleaved, paired
from xfer_core.domain.task import Row
from xfer_core.rows import Rows

TASK, LANGUAGES = "mini-mmlu", ("en", "de", "zh")
PROGRAM = "xfer_core.bench.baselines.harness"
BATCH = 16
"""Items of the harness; its own default is 1."""
BATCH_TOKENS = 4096
MMLU = Part(
    "P6",
    "MMLU items/s, causal model by log-likelihood, one thread",
    f"lm-evaluation-harness, same model, items and prompts, batches of {BATCH}",
    2.0,
)


def run(settings: Settings) -> Found:
    """The same prompts in the same words; every chosen option must be the same."""
    rows = _rows(settings)
    folder = settings.folder / "decoder"
    log = settings.folder / "log.txt"
    isolation.forked("xfer_core.bench.likelihood:make", folder, settings.either(4, 1), log=log)
    told = isolation.forked("xfer_core.bench.likelihood:prompts", rows, log=log)
    file = settings.folder / "items.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in told), encoding="utf-8")
    request = {
        "model": str(folder),
        "tokenizer": str(folder / "vocabulary"),
        "file": str(file),
        "batch_size": BATCH,
        "threads": 1,
    }
    ours = partial(
        isolation.forked,
        "xfer_core.bench.likelihood:choose",
        folder,
        rows,
        BATCH_TOKENS,
        log=log,
    )
    with Companion(environment.python(), PROGRAM, log=settings.folder / "harness.txt") as companion:
        sides = {
            "ours": lambda number: ours(),
            "theirs": lambda number: companion.ask(request, 240.0),
        }
        found = interleaved(sides, settings.either(3, 1))
        version = companion.greeting["version"]
    return {MMLU.id: _measurement(rows, found, version)}


def _rows(settings: Settings) -> list[Row]:
    kept = Rows(settings.home.root / "rows")
    task = catalog.task(TASK)
    languages = settings.either(LANGUAGES, LANGUAGES[:1])
    found = [row for code in languages for row in kept.of(task, "test", code)]
    return found[: settings.either(None, 12)]


def _measurement(
    rows: list[Row], found: dict[str, list[dict[str, Any]]], version: str
) -> Measurement:
    rates = [[len(rows) / one["seconds"] for one in found[side]] for side in ("ours", "theirs")]
    ours, theirs = (found[side][0]["chosen"] for side in ("ours", "theirs"))
    equal = sum(a == b for a, b in zip(ours, theirs, strict=True))
    right = [
        fmean(n == row["answer"] for n, row in zip(s, rows, strict=True)) for s in (ours, theirs)
    ]
    return Measurement(
        paired(*rates),
        median(rates[0]),
        median(rates[1]),
        "items/s",
        equal == len(rows),
        f"{len(rows)} items of {TASK}, a decoder of Qwen2's shape with random weights, from "
        f"questions to answers, the model loaded before. lm-evaluation-harness {version}: "
        f"simple_evaluate. The same option on {equal} of {len(rows)} items; accuracy "
        f"{100 * right[0]:.1f} and {100 * right[1]:.1f} (random weights).",
    )


P6 = Figure("P6", (MMLU,), run)
