"""The baseline of the grid: one fresh process per phase, as transformers' example scripts run."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xfer_core import catalog
from xfer_core.bench import engine, isolation
from xfer_core.bench.extrapolation import EVALUATE, TRAIN, Phase, Timed
from xfer_core.bench.rowfiles import row_file
from xfer_core.domain.run import Stage, StageKind
from xfer_core.domain.task import Task, TaskKind
from xfer_core.home import Home
from xfer_core.planning import Plan
from xfer_core.rows import Rows

SCRIPT = "xfer_core.bench.baselines.trainer_script"
PADDED_TO = 128
EVAL_BATCH = 8
"""The Trainer's default, which the example scripts leave as it is."""
LIMIT_SECONDS = 300.0


@dataclass(frozen=True)
class Cell:
    """One cell's processes and what the last of them predicted."""

    timed: list[Timed]
    predictions: dict[str, list[Any]]


@dataclass(frozen=True)
class Scripts:
    """Runs cells of a plan."""

    home: Home
    """Store that holds the rows."""
    folder: Path

    def run_cell(self, plan: Plan, intermediate: str, target: str) -> Cell:
        """Train the intermediate task, train the target on it, evaluate every language."""
        chain = cell_stages(plan, intermediate, target)
        place = self.folder / f"{intermediate}-{target}"
        place.mkdir(parents=True, exist_ok=True)
        model = str(catalog.encoder_folder(catalog.encoder(chain[0].encoder)))
        timed = []
        for stage in chain:
            output = place / str(stage.kind)
            request = self._request(stage, model, output)
            seconds = self._process(place, request)
            answer = json.loads((output / "answer.json").read_text())
            timed.append(Timed(phase_of(self.home, stage), seconds, answer["seconds"]))
            model = str(output)
        return Cell(timed, answer["predictions"])

    def _process(self, place: Path, request: dict[str, Any]) -> float:
        file = place / f"{request['phase']}.json"
        file.write_text(json.dumps(request))
        return isolation.fresh(
            [sys.executable, "-m", SCRIPT, str(file)],
            log=place / "log.txt",
            limit_seconds=LIMIT_SECONDS,
            environment={
                "HF_DATASETS_CACHE": str(self.folder / "datasets"),
                "HF_HUB_OFFLINE": "1",
                "TOKENIZERS_PARALLELISM": "false",
                "OMP_NUM_THREADS": "1",
            },
        )

    def _request(self, stage: Stage, model: str, output: Path) -> dict[str, Any]:
        task = task_of(stage)
        request = {
            "model": model,
            "output": str(output),
            "kind": str(task.kind),
            "columns": task.columns,
            "labels": task.labels,
            "no_answer": task.no_answer,
            "max_length": PADDED_TO,
            "threads": 1,
            "seed": stage.seed,
        }
        files = self.folder / "rows"
        if stage.kind is StageKind.EVALUATE:
            settings = stage.settings["evaluation"]
            split, most = settings["split"], settings["examples"]
            tests = {
                code: row_file(self.home, files, task, split, code, most)
                for code in stage.languages
            }
            return {**request, "phase": EVALUATE, "files": tests, "eval_batch_size": EVAL_BATCH}
        settings = stage.settings["training"]
        steps = settings["steps"] or task.steps
        read = isolation.forked(engine.examples_read, self.home, stage, log=self.folder / "log.txt")
        rows = row_file(self.home, files, task, "train", "en", settings["train_examples"])
        return {
            **request,
            "phase": TRAIN,
            "files": {"train": rows},
            "steps": steps,
            "batch_size": max(1, round(read / steps)),
            "learning_rate": settings["learning_rate"],
            "with_head": stage.kind is StageKind.TARGET,
        }


def task_of(stage: Stage) -> Task:
    """The task that a stage trains or evaluates."""
    return catalog.task(stage.target or stage.intermediate)


def cell_stages(plan: Plan, intermediate: str, target: str) -> list[Stage]:
    """A cell's chain, from its first training to its evaluation."""
    chain = [
        stage
        for stage in plan.stages
        if stage.kind is StageKind.EVALUATE
        and (stage.intermediate, stage.target) == (intermediate, target)
    ][:1]
    while chain[0].parent is not None:
        chain.insert(0, plan.by_key[chain[0].parent])
    return chain


def all_phases(home: Home, plan: Plan) -> list[Phase]:
    """The processes of the whole grid: every cell has its own, nothing is shared."""
    cells = {
        (stage.intermediate, str(stage.target))
        for stage in plan.stages
        if stage.kind is StageKind.EVALUATE
    }
    return [phase_of(home, stage) for cell in sorted(cells) for stage in cell_stages(plan, *cell)]


def phase_of(home: Home, stage: Stage) -> Phase:
    """What a stage's process would do."""
    task = task_of(stage)
    if stage.kind is not StageKind.EVALUATE:
        steps = stage.settings["training"]["steps"] or task.steps
        return Phase(TRAIN, str(task.kind), int(steps))
    sentences = 2 if task.kind in (TaskKind.RETRIEVAL, TaskKind.MINING) else 1
    return Phase(EVALUATE, str(task.kind), sentences * _examples(home, stage, task))


def _examples(home: Home, stage: Stage, task: Task) -> int:
    """Test examples over all languages; every language has the same ones."""
    settings = stage.settings["evaluation"]
    rows = len(Rows(home.root / "rows").of(task, settings["split"], stage.languages[0]))
    most = settings["examples"]
    return len(stage.languages) * (rows if most is None else min(rows, int(most)))
