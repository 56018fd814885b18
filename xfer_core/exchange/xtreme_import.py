"""XTREME's folder of predictions, scored against the labels that are here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from xfer_core import catalog
from xfer_core.domain import xtreme
from xfer_core.domain.errors import DataError
from xfer_core.domain.score import note_of
from xfer_core.domain.task import Reach, Row, Task
from xfer_core.exchange import layout
from xfer_core.exchange.result import SPLIT, Result
from xfer_core.home import Home
from xfer_core.rows import Rows


@dataclass(frozen=True)
class Model:
    """Whose predictions they are, in names that were checked."""

    encoder: str
    intermediate: str
    seed: int | None
    origin: str
    note: str


@dataclass
class Scored:
    """Results, and task -> language -> why a file that is there was not scored."""

    results: list[Result] = field(default_factory=list)
    left_out: dict[str, dict[str, str]] = field(default_factory=dict)


def read(home: Home, folder: Path, model: Model) -> Scored:
    """Score every file of the folder whose labels are here.

    Raises:
        DataError: no file of predictions, one that breaks the layout, or no labels at all.
    """
    scored, found = Scored(), 0
    for task, code in _files(folder):
        found += 1
        told = task.source.availability(SPLIT, code)
        if told.reach is not Reach.HERE:
            scored.left_out.setdefault(task.name, {})[code] = told.why
            continue
        rows = Rows(home.root / "rows").of(task, SPLIT, code)
        scored.results += _results(folder, task, code, rows, model)
    if not found:
        raise DataError(
            f"Expected predictions as XTREME lays them out in {folder}, such as "
            "xnli/test-en.tsv; there are none."
        )
    if not scored.results:
        name, reasons = next(iter(scored.left_out.items()))
        code, why = next(iter(reasons.items()))
        raise DataError(
            f"Expected labels to score {folder} against; of none of its {found} files they are "
            f"here ({name} in {code!r}: {why})"
        )
    return scored


def _files(folder: Path) -> Iterator[tuple[Task, str]]:
    for name, languages in xtreme.LANGUAGES.items():
        task = catalog.task(name)
        for code in languages:
            if layout.place(folder, task, code).is_file():
                yield task, code


def _results(
    folder: Path, task: Task, language: str, rows: list[Row], model: Model
) -> Iterator[Result]:
    """One result per metric of the task."""
    predictions = layout.read(layout.place(folder, task, language), task, rows)
    references = layout.references(task, rows)
    note = " ".join(part for part in (model.note, note_of(task, rows)) if part)
    for name in (task.metric, *task.more_metrics):
        metric = catalog.metric(name)
        counts = metric.counts(predictions, references, language)
        value = metric.value(counts)
        if value is None:
            continue
        one = Result(
            encoder=model.encoder,
            target=task.name,
            language=language,
            metric=name,
            value=value,
            intermediate=model.intermediate,
            seed=model.seed,
            n_examples=len(rows),
            origin=model.origin,
            note=note,
            scores=tuple(counts[0]),
        )
        weights = None if all(weight == 1 for weight in counts[1]) else tuple(counts[1])
        yield replace(one, weights=weights)
