"""What a stage predicted becomes score events; the predictions are kept beside them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from xfer_core import catalog, kept
from xfer_core.domain.event import EventType
from xfer_core.domain.run import Stage
from xfer_core.domain.score import Metric, note_of
from xfer_core.domain.task import Row, Task
from xfer_core.home import Home
from xfer_core.spool import Writer
from xfer_core.stages.predicting import counts, whole


@dataclass(frozen=True)
class Scoring:
    """Scores predictions of one evaluate stage, language by language."""

    home: Home
    stage: Stage
    task: Task
    split: str
    writer: Writer

    def score(self, language: str, predicted: list[Any], rows: list[Row]) -> None:
        """Keep the predictions, then write one score event per metric of the task."""
        answers = whole(predicted, self.task, rows)
        ids = [row["id"] for row in rows]
        kept.keep(self.home, self.stage.key, self.split, language, ids, answers)
        for name in (self.task.metric, *self.task.more_metrics):
            self._write(catalog.metric(name), language, answers, rows)

    def score_layer(self, layer: int, language: str, predicted: list[Any], rows: list[Row]) -> None:
        """One event of the task's metric at a layer, such as "accuracy@3"; keeps nothing."""
        metric = catalog.metric(self.task.metric)
        named = replace(metric, name=f"{metric.name}@{layer}")
        self._write(named, language, whole(predicted, self.task, rows), rows)

    def _write(self, metric: Metric, language: str, answers: list[Any], rows: list[Row]) -> None:
        """One score event; an empty test set is n = 0 without a value."""
        scores, weights = counts(metric, self.task, answers, rows, language)
        note = note_of(self.task, rows)
        self.writer.append(
            EventType.SCORE,
            language=language,
            split=self.split,
            metric=metric.name,
            value=metric.value((scores, weights)),
            n_examples=len(rows),
            scores=scores,
            weights=None if all(weight == 1 for weight in weights) else weights,
            **({"note": note} if note else {}),
        )
