"""P8: score rows from a stage to the database, against MLflow's default store."""

from __future__ import annotations

import random
import shutil
import time
from functools import partial
from statistics import median
from typing import Any

from xfer_core import jobs, spool
from xfer_core.bench import engine, environment
from xfer_core.bench.figure import Figure, Found, Measurement, Part, Settings
from xfer_core.bench.isolation import Companion
from xfer_core.bench.ratios import interleaved, paired
from xfer_core.domain.event import EventType
from xfer_core.domain.language import MINI_LANGUAGES
from xfer_core.domain.run import Stage, StageKind
from xfer_core.home import Home
from xfer_core.store import Store

PROGRAM = "xfer_core.bench.baselines.mlflow_rows"
ROWS = Part(
    "P8",
    "score rows/s from stage to queryable",
    "MLflow log_batch, one call a stage, SQLite store",
    50.0,
)

Scores = dict[str, float]


def run(settings: Settings) -> Found:
    """The same numbers on both sides: stages of a score in each of twelve languages."""
    n_stages = settings.either(100, 4)
    drawn = random.Random(1)
    stages = [{code: drawn.random() for code in MINI_LANGUAGES} for _ in range(n_stages)]
    folder = settings.folder / "rows-mlflow"
    folder.mkdir(exist_ok=True)
    log = folder / "log.txt"
    with Companion(environment.python(), PROGRAM, log=log) as companion:
        sides = {
            "ours": partial(_ours, settings, stages),
            "theirs": partial(_theirs, companion, folder, stages),
        }
        found = interleaved(sides, settings.either(4, 1))
        version = companion.greeting["version"]
    rows = n_stages * len(MINI_LANGUAGES)
    rates = [[rows / one["seconds"] for one in found[side]] for side in ("ours", "theirs")]
    written = median(one["written"] / one["seconds"] for one in found["ours"])
    wanted = sorted(value for scores in stages for value in scores.values())
    same = all(one["values"] == wanted for side in found.values() for one in side)
    return {
        ROWS.id: Measurement(
            paired(*rates),
            median(rates[0]),
            median(rates[1]),
            "rows/s",
            same,
            f"{n_stages} stages of {len(MINI_LANGUAGES)} scores. Ours: events appended and synced "
            f"to each job's spool ({100 * written:.0f}% of the time), imported into DuckDB, the "
            "heatmap's cells brought up to date. "
            f"MLflow {version}: log_batch calls alone, runs made before. Same result: the values "
            "read back are the values written.",
        )
    }


def _ours(settings: Settings, stages: list[Scores], number: int) -> dict[str, Any]:
    """One process writes what the workers would write side by side, the store imports it."""
    home = Home(settings.folder / f"rows-{number}").create()
    with Store.open(home) as store:
        named = [_stage(number, place) for place in range(len(stages))]
        for stage in named:
            jobs.next_attempt(home, stage)
        started = time.perf_counter()
        for stage, scores in zip(named, stages, strict=True):
            _write(home, stage, scores)
        written = time.perf_counter() - started
        store.import_new()
        table = store.query("SELECT value FROM current_scores")
        seconds = time.perf_counter() - started
    shutil.rmtree(home.root)
    return {"seconds": seconds, "written": written, "values": sorted(table["value"])}


def _stage(number: int, place: int) -> Stage:
    """A finished evaluation of the round, each with an intermediate task of its own."""
    return Stage(
        kind=StageKind.EVALUATE,
        key=f"bench-{number}-{place}",
        catalog="mini",
        encoder=engine.ENCODER,
        intermediate="none" if place == 0 else f"task-{place}",
        target="mini-xnli",
        seed=1,
        languages=MINI_LANGUAGES,
        variant="bench",
    )


def _write(home: Home, stage: Stage, scores: Scores) -> None:
    with spool.Writer(home.job(stage.key), stage.key, 1) as writer:
        writer.append(EventType.STARTED, run_id="bench", stage=stage.to_json())
        for language, value in scores.items():
            writer.append(
                EventType.SCORE,
                language=language,
                split="test",
                metric="accuracy",
                value=value,
                n_examples=240,
            )
        writer.append(EventType.FINISHED, wall_seconds=1.0, rows=writer.rows)


def _theirs(companion: Companion, folder: Any, stages: list[Scores], number: int) -> Any:
    request = {"folder": str(folder), "name": f"bench-{number}", "stages": stages}
    return companion.ask(request, 240.0)


REASON = (
    "Ours does more for a row: its event is synced to disk before it counts (about half of the "
    "time), it is imported, and the heatmap's cells with their intervals are worked out anew. "
    "MLflow's log_batch does none of the three, and a heatmap would still have to be made of "
    "its rows. Larger stages cost the same sync for more rows."
)
P8 = Figure("P8", (ROWS,), run, reason=REASON)
