"""Which checkpoint is kept, and when training stops: scores on dev, never on test."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from xfer_core import catalog
from xfer_core.domain.run import Stage
from xfer_core.domain.task import Reach, Task
from xfer_core.home import Home
from xfer_core.specification import TrainingSettings
from xfer_core.stages import checkpoints, data
from xfer_core.stages.kinds import KINDS
from xfer_core.stages.kinds.base import Reading
from xfer_core.stages.model import Model
from xfer_core.stages.predicting import counts, predictions

TIMES = 10
"""Measurements of a training, unless the settings say how many steps lie between two."""
BATCH_TOKENS = 8192

Weights = dict[str, torch.Tensor]


@dataclass
class Best:
    """The best score so far, where it was, and how many measurements were not better since."""

    score: float = -1.0  # below any score, and a number in JSON, which infinity is not
    step: int = 0
    worse: int = 0


class Selection:
    """Measures a training on dev and keeps the best weights."""

    def __init__(self, home: Home, stage: Stage, settings: TrainingSettings, steps: int) -> None:
        """Nothing is read before the first measurement."""
        self._home, self._stage, self._settings = home, stage, settings
        self._every = settings.select_every or max(1, steps // TIMES)
        self._steps = steps
        self.best = Best()
        self.weights: Weights = {}

    def is_due(self, step: int) -> bool:
        """Whether dev is measured after this step; always after the last one."""
        wanted = self._settings.select_on != "last"
        return wanted and (step % self._every == 0 or step == self._steps)

    def measure(self, model: Model, step: int) -> float:
        """Mean dev score over the tasks and their languages; remembers the best weights."""
        model.eval()
        tasks = [catalog.task(name) for name in self._stage.settings["tasks"]]
        found = [score for task in tasks for score in self._scores(model, task)]
        model.train()
        score = sum(found) / len(found) if found else 0.0
        if score > self.best.score:
            self.best = Best(score, step)
            self.weights = {
                name: value.detach().clone() for name, value in model.state_dict().items()
            }
        else:
            self.best.worse += 1
        return score

    @property
    def is_over(self) -> bool:
        """Whether patience has run out."""
        patience = self._settings.patience
        return patience is not None and self.best.worse >= patience

    def restore(self, model: Model) -> None:
        """Put the best weights into the model, if dev was measured at all."""
        if self.weights:
            model.load_state_dict(self.weights)

    def _scores(self, model: Model, task: Task) -> list[float]:
        """Dev score in each language that selection looks at."""
        settings, reading = self._settings, Reading.of(self._settings)
        spoken = settings.languages
        if settings.select_on == "all":  # some languages have test rows alone
            spoken = tuple(code for code in task.languages if _is_here(task, code))
        rows = {code: self._rows(task, code) for code in spoken}
        sets = {
            code: data.first(
                data.encoded(
                    self._home,
                    task,
                    "dev",
                    code,
                    self._stage.encoder,
                    settings.max_length,
                    reading,
                ),
                settings.select_examples,
            )
            for code, found in rows.items()
            if found
        }
        kind, metric = KINDS[task.kind], catalog.metric(task.metric)
        head = model.head[task.head or task.name]  # type: ignore[index]
        answers = predictions(
            model,
            sets,
            lambda batch: kind.predict(head, model.hidden(batch), batch, task, reading),
            BATCH_TOKENS,
        )
        tokenizer = checkpoints.load_tokenizer(self._stage.encoder)
        found = []
        for code in sets:
            texts = kind.texts(answers[code], rows[code], tokenizer, settings.max_length, reading)
            value = metric.value(counts(metric, task, texts, rows[code], code))
            found += [] if value is None else [value]
        return found

    def _rows(self, task: Task, language: str) -> list[dict[str, object]]:
        return data.rows(self._home, task, "dev", language)[: self._settings.select_examples]


def _is_here(task: Task, language: str) -> bool:
    """Whether there are dev rows, as the planner has seen it."""
    return task.source.availability("dev", language).reach is Reach.HERE
