"""How right is a model on each group of subjects, against the time a question takes?"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from xfer_core import catalog as catalogue
from xfer_core.domain.language import ALL, REFERENCE_LANGUAGE, ZERO_SHOT
from xfer_core.domain.score import MEASURED
from xfer_core.domain.task import Row, Task, TaskKind
from xfer_core.rows import Rows
from xfer_core.stats import mean_interval
from xfer_core.views.accuracy_latency import accuracy_latency
from xfer_core.views.examples import Kept
from xfer_core.views.gains import gains
from xfer_core.views.selection import Queryable, listed

MODEL = ["name", "intermediate"]


class Asked(Queryable, Kept, Protocol):
    """What answers questions and knows where the task's questions are kept."""


COLUMNS = [
    *("group", "name", "encoder", "layers", "back_end", "precision", "intermediate"),
    *("score", "score_ci_low", "score_ci_high", "n_questions", "n_languages", "n_seeds"),
    *("p50_ms", "p50_ci_low_ms", "p50_ci_high_ms", "contended", "unit", "device_name"),
    *("threads", "batch_size", "inputs"),
]
SCORES = """
    SELECT s.encoder AS name, s.intermediate, s.seed, s.language, s.variant, e.scores
    FROM current_scores AS s JOIN example_scores AS e USING (job_id, attempt, seq)
    WHERE s.catalog = ? AND s.target = ? AND s.metric = ? AND s.split = 'test' AND s.source = ?
"""


def latency_subjects(
    store: Asked,
    *,
    catalog: str,
    target: str,
    language: str,
    batch_size: int | None = None,
    inputs: str | None = None,
) -> pd.DataFrame:
    """Accuracy by group of subjects beside the latency of a question.

    Args:
        store: where to ask; its questions are read too.
        catalog: of the models.
        target: a multiple-choice task whose questions have subjects.
        language: a code, "zero-shot" or "all" (means, each language counting alike).
        batch_size: as in ``accuracy_latency``.
        inputs: as in ``accuracy_latency``.

    Returns:
        One row per group (a subject is its own where the task has no groups) and model with a
        latency: ``score`` in [0, 1], the mean over questions, languages and seeds, its 95%
        interval over the group's ``n_questions`` (Student's t; the same question in several
        languages counts once). Empty for other tasks.

    Raises:
        DataError: the questions of a scored language are not here any more.
    """
    task = catalogue.task(target)
    if task.kind is not TaskKind.MULTIPLE_CHOICE:
        return pd.DataFrame(columns=COLUMNS)
    models = accuracy_latency(
        store,
        catalog=catalog,
        target=target,
        language=language,
        batch_size=batch_size,
        inputs=inputs,
    )
    models = models[models["p50_ms"].notna()]
    scores = _current(store, catalog, task, language)
    known = Groups(task, Rows(store.home.root / "rows"))
    found = []
    for key, part in scores.groupby(MODEL, sort=False):
        own = models[(models["name"] == key[0]) & (models["intermediate"] == key[1])]
        if not own.empty:
            found += [{**own.iloc[0].to_dict(), **each} for each in _by_group(part, known)]
    table = pd.DataFrame(found, columns=COLUMNS)
    return table.sort_values(["group", "p50_ms"], ignore_index=True)


def _current(store: Queryable, catalog: str, task: Task, language: str) -> pd.DataFrame:
    """Scores per question of the variants that the other views show too."""
    cells = gains(store, catalog=catalog, target=task.name, metric=task.metric)
    shown: dict[str, set[str]] = {}
    for name, variant in zip(cells["encoder"], cells["variant"], strict=True):
        # The baseline of a variant "settings.intermediate" is that of "settings".
        shown.setdefault(name, set()).update((variant, str(variant).partition(".")[0]))
    table = store.query(SCORES, [catalog, task.name, task.metric, MEASURED])
    kept = [
        variant in shown.get(name, ())
        for name, variant in zip(table["name"], table["variant"], strict=True)
    ]
    table = table[np.array(kept, dtype=bool)]
    if language in (ALL, ZERO_SHOT):
        return table[(table["language"] != REFERENCE_LANGUAGE) | (language == ALL)]
    return table[table["language"] == language]


class Groups:
    """The group of each question of a task, by language."""

    def __init__(self, task: Task, rows: Rows) -> None:
        """Questions are read when a language is first asked for."""
        self._task, self._rows = task, rows
        self._known: dict[str, NDArray[np.str_]] = {}

    def of(self, language: str) -> NDArray[np.str_]:
        """One name per question, in the order of the test set."""
        if language not in self._known:
            questions = self._rows.of(self._task, "test", language)
            self._known[language] = np.array([_group(row) for row in questions], dtype=str)
        return self._known[language]


def _group(row: Row) -> str:
    return str(row.get("group") or row.get("subject") or "")


def _by_group(part: pd.DataFrame, known: Groups) -> list[dict[str, object]]:
    languages: dict[str, list[NDArray[np.float64]]] = {}
    for language, scores in zip(part["language"], part["scores"], strict=True):
        languages.setdefault(language, []).append(np.array(listed(scores), dtype=float))
    means = {code: np.mean(_alike(each), axis=0) for code, each in languages.items()}
    groups = sorted({str(name) for code in means for name in known.of(code)} - {""})
    found = []
    for group in groups:
        each = [m[known.of(code)[: len(m)] == group] for code, m in means.items()]
        values = _per_question([one for one in each if len(one)])
        if len(values):
            low, high = mean_interval(values)
            found.append(
                {
                    "group": group,
                    "score": float(np.mean([one.mean() for one in each if len(one)])),
                    "score_ci_low": float(np.clip(low, 0, 1)),
                    "score_ci_high": float(np.clip(high, 0, 1)),
                    "n_questions": len(values),
                    "n_languages": len(means),
                    "n_seeds": int(part["seed"].nunique()),
                }
            )
    return found


def _alike(seeds: list[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
    """As many questions as all seeds have."""
    n = min(map(len, seeds))
    return [one[:n] for one in seeds]


def _per_question(each: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Mean over languages of each question, where all have the same ones; else all of them."""
    if not each:
        return np.zeros(0)
    if len({len(one) for one in each}) == 1:
        return np.asarray(np.mean(each, axis=0))
    return np.concatenate(each)
