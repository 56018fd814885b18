"""P1: cells of the mini grid per second, against one script per phase around the HF Trainer."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from statistics import fmean
from typing import Any

from xfer_core import catalog, locks, spool
from xfer_core.bench import engine, isolation
from xfer_core.bench.agreement import same_score
from xfer_core.bench.extrapolation import Timed, costs, total
from xfer_core.bench.figure import Figure, Found, Measurement, Part, Settings
from xfer_core.bench.scripts import Cell, Scripts, all_phases, cell_stages, phase_of
from xfer_core.domain.run import Stage, StageKind
from xfer_core.fingerprints import encoder_hash
from xfer_core.home import Home
from xfer_core.planning import Plan, expand
from xfer_core.rows import Rows
from xfer_core.runner import plan_run
from xfer_core.specification import Spec, preset, with_setting

GRID = Part(
    "P1",
    "cells/s of a grid, whole runs",
    "a fresh process per phase around the HF Trainer, padded to 128",
    25.0,
)
INTERMEDIATES = ("mini-mnli", "mini-ccg", "mini-squad1")
TARGETS = ("mini-xnli", "mini-pos", "mini-xquad")
"""One task per kind, in the same order: the whole mini grid would take most of the suite's time."""
CELLS = tuple(zip(INTERMEDIATES, TARGETS, strict=True))
"""The cells that are run as scripts: each kind is trained in both phases."""
QUICK_CELLS = (("mini-sst", "mini-xnli"),)
ALONE = (
    "latency.measure=false",
    "evaluation.every_layer=false",
    "intermediate.frozen_layers=0",
    "target.frozen_layers=0",
)
"""What no script does is left out of our side too."""
QUICK = (
    "target.steps=2",
    "intermediate.steps=2",
    "target.train_examples=40",
    "intermediate.train_examples=40",
    "evaluation.examples=4",
)
LIMIT_SECONDS = 600.0


def run(settings: Settings) -> Found:
    """Our grid once; one of its cells per kind as scripts, as many at once as slots."""
    spec = _spec(settings)
    home = Home(settings.folder / "grid").create()
    seconds = _run_grid(settings, spec, home)
    plan = plan_run(home, spec)
    cells = _run_cells(settings, home, plan)
    timed = [one for cell in cells.values() for one in cell.timed]
    slots = locks.slot_count()
    phases = all_phases(home, plan)
    totals = [total(phases, costs(timed, of)) / slots for of in (min, fmean, max)]
    ours, theirs = _scores(settings, home, plan, cells)
    n_cells = sum(stage.kind is StageKind.EVALUATE for stage in plan.stages)
    whole = "" if settings.quick else _whole_grid(settings, home, plan, seconds, timed)
    return {
        GRID.id: Measurement(
            tuple(one / seconds for one in totals),
            n_cells / seconds,
            n_cells / totals[1],
            "cells/s",
            same_score(ours, theirs, settings.either(240, 4)),
            f"Ours: one xfer run of {n_cells} cells in {seconds:.0f} s from the command to its "
            f"end, {slots} stages at once. Baseline: {len(cells)} cells measured, {slots} scripts "
            f"of one thread at once, extrapolated to the {len(phases)} processes of the grid by "
            "kind of task, steps and items. The range takes the cheaper or the dearer of a kind's "
            f"two trainings.{whole} Mean score of the measured cells {100 * fmean(ours):.1f} and "
            f"{100 * fmean(theirs):.1f}, one seed.",
        )
    }


def _whole_grid(
    settings: Settings, home: Home, plan: Plan, seconds: float, scripts: list[Timed]
) -> str:
    """A sentence with the ratio for all cells, if every stage cost what those of its kind did."""
    slots = locks.slot_count()
    stages = [stage_timed(home, stage) for stage in plan.stages]
    start = max(0.0, seconds - sum(one.wall_seconds for one in stages) / slots)
    whole = expand(Spec.parse(_alone(preset("mini"))), engine.Unread(), encoder_hash)
    ours = [phase_of(settings.home, stage) for stage in whole.stages]
    theirs = all_phases(settings.home, whole)
    ratio = total(theirs, costs(scripts)) / slots / (start + total(ours, costs(stages)) / slots)
    return f" Both sides extrapolated to the whole mini grid: {ratio:.1f}."


def stage_timed(home: Home, stage: Stage) -> Timed:
    """What a stage of ours took, loading and saving included."""
    result = spool.read_json(home.job(stage.key) / spool.RESULT) or {}
    seconds = float(result["wall_seconds"])
    return Timed(phase_of(home, stage), seconds, seconds)


def _spec(settings: Settings) -> Spec:
    tasks = {"intermediates": INTERMEDIATES, "targets": TARGETS}
    few = {"intermediates": ["mini-sst"], "targets": ["mini-xnli"], "languages": ["en"]}
    values = {**preset("mini"), **settings.either(tasks, few)}
    return Spec.parse(_alone(values, settings.either((), QUICK)))


def _alone(values: dict[str, Any], more: tuple[str, ...] = ()) -> dict[str, Any]:
    for assignment in (*ALONE, *more):
        values = with_setting(values, assignment)
    return values


def _run_grid(settings: Settings, spec: Spec, home: Home) -> float:
    """Wall seconds of a real ``xfer run``: imports, data, planning and all stages."""
    file = settings.folder / "grid.yaml"
    file.write_text(json.dumps(spec.plain()), encoding="utf-8")
    return isolation.fresh(
        [sys.executable, "-m", "xfer_core", "run", "--file", str(file), "--home", str(home.root)],
        log=settings.folder / "grid.txt",
        limit_seconds=LIMIT_SECONDS,
        # Slots of its own: somebody else's run must not stand in the way of this one.
        environment={locks.SLOT_FOLDER_VARIABLE: str(settings.folder / "slots")},
    )


def _run_cells(settings: Settings, home: Home, plan: Plan) -> dict[tuple[str, str], Cell]:
    """The measured cells as scripts, one thread each, a script per slot at a time."""
    scripts = Scripts(home, settings.folder / "scripts")
    chosen = settings.either(CELLS, QUICK_CELLS)
    with ThreadPoolExecutor(locks.slot_count()) as pool:
        found = pool.map(lambda cell: scripts.run_cell(plan, *cell), chosen)
        return dict(zip(chosen, found, strict=True))


def _scores(
    settings: Settings, home: Home, plan: Plan, cells: dict[tuple[str, str], Cell]
) -> tuple[list[float], list[float]]:
    """Each measured cell's score over its languages, ours and the scripts'."""
    ours, theirs = [], []
    for names, cell in cells.items():
        stage = cell_stages(plan, *names)[-1]
        ours.append(fmean(engine.scores(home, stage).values()))
        log = settings.folder / "log.txt"
        theirs.append(isolation.forked(score, home, stage, cell.predictions, log=log))
    return ours, theirs


def score(home: Home, stage: Stage, predictions: dict[str, list[Any]]) -> float:
    """Mean over the languages of the task's own metric, as an evaluate stage computes it."""
    from xfer_core.stages.kinds import KINDS

    task = catalog.task(str(stage.target))
    metric = catalog.metric(task.metric)
    settings = stage.settings["evaluation"]
    values = []
    for code, found in predictions.items():
        rows = Rows(home.root / "rows").of(task, settings["split"], code)[: settings["examples"]]
        references = KINDS[task.kind].references(rows, task)
        values.append(float(metric.value(metric.counts(found, references)) or 0.0))
    return fmean(values)


REASON = (
    "What can be gained is the product of three things. Sharing: a mini intermediate training "
    "is as short as a target training, so it saves little (LEVER sharing); with the study's "
    "long intermediate tasks it is most. Starting: two processes of seconds a cell are saved "
    "(P5). Padding: to 128 tokens where sentences have 26 (P2b, P3b), on a processor where the "
    "padded side runs larger products at a better share of its peak (P4)."
)
P1 = Figure("P1", (GRID,), run, reason=REASON)
