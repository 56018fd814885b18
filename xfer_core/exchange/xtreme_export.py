"""Kept predictions of finished runs, as a folder that XTREME's ``evaluate.py`` reads."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from xfer_core import catalog, jobs, kept, spool
from xfer_core.domain import xtreme
from xfer_core.domain.errors import DataError, UsageError
from xfer_core.domain.run import Stage, StageKind
from xfer_core.domain.task import Row
from xfer_core.exchange import layout
from xfer_core.home import Home
from xfer_core.rows import Rows

SPLIT = "test"
NOT_EVALUATED = "not evaluated in the runs named."


@dataclass(frozen=True)
class Chosen:
    """Which model is exported; None leaves a part open, which must then be the only one."""

    encoder: str | None = None
    intermediate: str | None = None
    seed: int | None = None

    def matches(self, stage: Stage) -> bool:
        """Whether the stage is of this model."""
        return all(
            wanted is None or wanted == found
            for wanted, found in (
                (self.encoder, stage.encoder),
                (self.intermediate, stage.intermediate),
                (self.seed, stage.seed),
            )
        )


@dataclass
class Report:
    """What was written: task -> languages, and task -> language -> why it is missing."""

    folder: Path
    written: dict[str, list[str]] = field(default_factory=dict)
    missing: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """Whether every language of all nine tasks is there."""
        return len(self.written) == len(xtreme.LANGUAGES) and not any(self.missing.values())


def export(home: Home, run_ids: Sequence[str], folder: Path, chosen: Chosen) -> Report:
    """Write the predictions of one model into a new folder; all files appear at once.

    Languages whose predictions cannot be written are left out and named.

    Raises:
        UsageError: no such run, none of XTREME's tasks in them, several models, or the folder
            holds something.
        DataError: there is nothing to write.
    """
    stages = _one_model([s for s in _evaluated(home, run_ids) if chosen.matches(s)], run_ids)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"Expected a new or empty folder to write to; {folder} holds something.")
    report = Report(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = folder.parent / f".tmp-{os.getpid()}-{folder.name}"
    shutil.rmtree(aside, ignore_errors=True)
    try:
        for name in xtreme.LANGUAGES:
            _write_task(home, stages.get(name), name, aside, report)
        if not report.written:
            raise DataError(
                "Expected predictions of a task of XTREME in every run named; none can be "
                f"written: {_first_reason(report)}"
            )
        os.replace(aside, folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return report


def _evaluated(home: Home, run_ids: Sequence[str]) -> Iterator[Stage]:
    """The evaluate stages of the runs that are about XTREME's tasks, each once."""
    seen = set()
    for run_id in run_ids:
        plan = spool.read_json(home.run(run_id) / spool.PLAN)
        if plan is None:
            raise UsageError(f"There is no run {run_id!r} in {home.root}; see 'xfer status'.")
        for values in plan.get("stages", []):
            stage = Stage.from_json(values)
            wanted = stage.kind is StageKind.EVALUATE and stage.target in xtreme.LANGUAGES
            if wanted and stage.key not in seen:
                seen.add(stage.key)
                yield stage


def _one_model(stages: Sequence[Stage], run_ids: Sequence[str]) -> dict[str, list[Stage]]:
    """The stages by task.

    Raises:
        UsageError: none, or of several models, or measured with several settings.
    """
    models = sorted({(s.encoder, s.intermediate, s.seed) for s in stages})
    if not models:
        raise UsageError(
            f"Expected a task of XTREME ({', '.join(xtreme.LANGUAGES)}) evaluated with the model "
            f"you name in {', '.join(run_ids)}; there is none."
        )
    if len(models) > 1:
        told = "; ".join(f"--encoder {e} --intermediate {i} --seed {s}" for e, i, s in models[:4])
        raise UsageError(
            f"Expected the predictions of one model, as XTREME scores one; the runs hold "
            f"{len(models)}: {told}{' ...' if len(models) > 4 else ''}. Name one of them."
        )
    by_task: dict[str, list[Stage]] = {}
    for stage in stages:
        by_task.setdefault(str(stage.target), []).append(stage)
    for name, found in by_task.items():
        if len({stage.variant for stage in found}) > 1:
            raise UsageError(
                f"Expected {name} with one way of training; the runs hold several. Name the run "
                "whose predictions you mean."
            )
    return by_task


def _write_task(
    home: Home, stages: list[Stage] | None, name: str, folder: Path, report: Report
) -> None:
    """The files of one task; what is missing is noted in the report."""
    for code in xtreme.LANGUAGES[name]:
        try:
            text = _text(home, stages or [], name, code)
        except DataError as error:
            report.missing.setdefault(name, {})[code] = str(error)
            continue
        path = layout.place(folder, catalog.task(name), code)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
        layout.read(path, catalog.task(name), _rows(home, name, code))
        report.written.setdefault(name, []).append(code)


def _text(home: Home, stages: list[Stage], name: str, code: str) -> str:
    """The text of one file.

    Raises:
        DataError: nothing was predicted, or not for the whole test set as it is here now.
    """
    if not any(code in stage.languages for stage in stages):
        raise DataError(NOT_EVALUATED)
    found = None
    for stage in stages:
        if code in stage.languages and jobs.has_result(home, stage):
            found = found or kept.load(home, stage.key, SPLIT, code)
    if found is None:
        raise DataError("no predictions are kept; run the plan again with --force.")
    rows = _rows(home, name, code)
    if found.ids != tuple(str(row["id"]) for row in rows):
        raise DataError(
            f"{len(found.ids)} predictions for a test set of {len(rows)} rows, or in another "
            "order; evaluate all of it (without evaluation.examples) on the rows that are here."
        )
    return layout.written(catalog.task(name), rows, found.predictions)


def _rows(home: Home, name: str, code: str) -> list[Row]:
    return Rows(home.root / "rows").of(catalog.task(name), SPLIT, code)


def _first_reason(report: Report) -> str:
    """Why the first language is missing; one that was evaluated says more than one that was not."""
    reasons = [
        f"{name} in {code!r}: {why}"
        for name, by_language in report.missing.items()
        for code, why in by_language.items()
    ]
    return min(reasons, key=lambda reason: reason.endswith(NOT_EVALUATED))
