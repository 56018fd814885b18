"""LATENCY: back ends against torch in fp32, and a question of four options against a sentence."""

from __future__ import annotations

from statistics import median
from typing import Any

from xfer_core import catalog
from xfer_core.bench import engine, isolation
from xfer_core.bench.figure import Figure, Found, Measurement, NotMeasured, Part, Settings
from xfer_core.bench.ratios import paired
from xfer_core.rows import Rows

BACK_ENDS = "xfer_core.bench.serving_speed:back_ends"
QUESTIONS = "xfer_core.bench.serving_speed:questions"
TORCH = "torch"
AGAINST = "torch eager, fp32, the same weights"
BASE, MINI = "base", engine.ENCODER
CASES = (
    ("LATENCY a", "XLM-R base shape", BASE, 1, 4.0),
    ("LATENCY b", "mini encoder", MINI, 1, 4.0),
    ("LATENCY c", "mini encoder", MINI, 32, 3.0),
)
LENGTH = 64
QUESTION = Part(
    "LATENCY d",
    "a question with four options, tokenization included, mini encoder",
    "one sentence as long as an option with its question",
    0.67,
)
PARTS = tuple(
    Part(id_, f"fastest back end, {title}, {items} x {LENGTH} tokens, one thread", AGAINST, goal)
    for id_, title, _, items, goal in CASES
)


def run(settings: Settings) -> Found:
    """Every back end that is here, in turn; the fastest one is the figure."""
    found: dict[str, Measurement | NotMeasured] = {
        id_: _fastest(settings, id_, shape, items) for id_, _, shape, items, _ in CASES
    }
    return {**found, QUESTION.id: _question(settings)}


def _fastest(settings: Settings, id_: str, shape: str, items: int) -> Measurement | NotMeasured:
    request = {
        "shape": shape,
        "layers": settings.either(12, 1),
        "items": items,
        "length": settings.either(LENGTH, 16),
        "rounds": settings.either(5, 1),
        "repeats": settings.either(8 if shape == BASE else 20, 2),
        "folder": str(settings.folder / id_.replace(" ", "-")),
    }
    answer: dict[str, Any] = isolation.forked(
        BACK_ENDS, request, log=settings.folder / "log.txt", limit_seconds=240.0
    )
    times = {title: values for title, values in answer["times"].items() if title != TORCH}
    if not times:
        return NotMeasured("No other back end is here: pip install -r requirements-backends.txt.")
    reference = answer["times"][TORCH]
    best = min(times, key=lambda title: median(times[title]))
    others = ", ".join(
        f"{title} {median(paired(reference, values)):.2f} (cosine of the states "
        f"{answer['likeness'][title]:.4f})"
        for title, values in sorted(times.items(), key=lambda pair: median(pair[1]))
    )
    return Measurement(
        paired(reference, times[best]),
        median(times[best]),
        median(reference),
        "ms",
        None,
        f"The fastest is {best}. Times as fast as torch in fp32: {others}. Random weights: what "
        "a number format costs in accuracy is measured by `xfer run --preset latency`.",
    )


def _question(settings: Settings) -> Measurement:
    Rows(settings.home.root / "rows").of(catalog.task("mini-mmlu"), "test", "en")
    request = {
        "home": str(settings.home.root),
        "encoder": MINI,
        "rounds": settings.either(5, 1),
        "repeats": settings.either(40, 2),
    }
    times = isolation.forked(QUESTIONS, request, log=settings.folder / "log.txt")
    ours, theirs = times["mini-mmlu"], times["mini-xnli"]
    return Measurement(
        paired(theirs, ours),
        median(ours),
        median(theirs),
        "ms",
        None,
        "Torch eager in fp32, batch 1, from text to answer; 40 questions of mini-mmlu in English, "
        "all options of one in one batch. The goal is 1.5 times a sentence at most.",
    )


REASON = (
    "d: four options are four times the tokens, so four times the products; only what a forward "
    "pass costs whatever its size (Python, the calls of the tokenizer) is paid once. The faster a "
    "processor multiplies small matrices, the less of a sentence's time is of that kind, and the "
    "goal comes from one where it is most."
)
LATENCY = Figure("LATENCY", (*PARTS, QUESTION), run, reason=REASON)
