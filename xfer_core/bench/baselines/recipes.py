"""Tokenizing and reading predictions per kind of task, as transformers' example scripts do it.

run_xnli.py, run_ner.py, run_swag.py and run_qa.py, shortened: ``datasets`` maps a function over
the rows, the matching ``AutoModelFor...`` has the head, labels are numbers per item or token.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from transformers import (
    AutoModelForMultipleChoice,
    AutoModelForQuestionAnswering,
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    PreTrainedTokenizerBase,
)

NOTHING = -100
LONGEST = 24
"""Tokens of the longest answer, as on our side."""

Columns = dict[str, list[Any]]


@dataclass(frozen=True)
class Job:
    """What a recipe needs to know of a task."""

    tokenizer: PreTrainedTokenizerBase
    columns: tuple[str, ...]
    labels: tuple[str, ...]
    padding: str | bool
    """"max_length" pads every example to ``max_length``, False leaves it to the collator."""
    max_length: int = 128
    no_answer: bool = False
    """Whether a question may have no answer in its context."""

    def cut(self, *texts: list[Any], **options: Any) -> Any:
        """The tokenizer's answer."""
        fixed: dict[str, Any] = {"truncation": True, "max_length": self.max_length}
        return self.tokenizer(*texts, **fixed, padding=self.padding, **options)


@dataclass(frozen=True)
class Recipe:
    """One kind of task."""

    model: Any
    """Class with the head."""
    tokenize: Callable[[Columns, Job], Columns]
    """A batch of rows as the model's inputs."""
    read: Callable[[Any, Columns, Job], list[Any]]
    """Predictions in the form of the task's references: (outputs, features, job)."""
    outputs: Callable[[Job], int | None]
    """Outputs of the head; None where its class fixes them."""


def _classify(rows: Columns, job: Job) -> Columns:
    found = job.cut(*(rows[column] for column in job.columns))
    return {**found, "labels": [job.labels.index(label) for label in rows["label"]]}


def _named(outputs: Any, features: Columns, job: Job) -> list[Any]:
    return [job.labels[number] for number in np.argmax(outputs, axis=-1)]


def _tag(rows: Columns, job: Job) -> Columns:
    found = job.cut(rows["tokens"], is_split_into_words=True)
    labels = []
    for index, tags in enumerate(rows["tags"]):
        before, line = None, []
        for word in found.word_ids(index):
            known = word is not None and word != before
            line.append(job.labels.index(tags[word]) if known else NOTHING)
            before = word
        labels.append(line)
    return {**found, "labels": labels}


def _tags(outputs: Any, features: Columns, job: Job) -> list[Any]:
    best = np.argmax(outputs, axis=-1)
    return [
        [job.labels[number] for number, label in zip(line, labels, strict=False) if label != -100]
        for line, labels in zip(best, features["labels"], strict=True)
    ]


def _choose(rows: Columns, job: Job) -> Columns:
    sizes = [len(choices) for choices in rows["choices"]]
    pairs = zip(rows["question"], sizes, strict=True)
    questions = [question for question, size in pairs for _ in range(size)]
    found = job.cut(questions, [choice for choices in rows["choices"] for choice in choices])
    stops = np.cumsum([0, *sizes])
    spans = list(zip(stops[:-1], stops[1:], strict=True))
    grouped = {key: [values[a:b] for a, b in spans] for key, values in found.items()}
    return {**grouped, "labels": rows["answer"]}


def _chosen(outputs: Any, features: Columns, job: Job) -> list[Any]:
    return [int(number) for number in np.argmax(outputs, axis=-1)]


def _ask(rows: Columns, job: Job) -> Columns:
    found = job.cut(rows["question"], rows["context"], return_offsets_mapping=True)
    offsets = found.pop("offset_mapping")
    starts, ends, kept = [], [], []
    for index, answers in enumerate(rows["answers"]):
        inside = [piece == 1 for piece in found.sequence_ids(index)]
        spans = [list(s) if ok else [-1, -1] for s, ok in zip(offsets[index], inside, strict=True)]
        start, end = _positions(spans, answers)
        starts.append(start)
        ends.append(end)
        kept.append(spans)
    return {**found, "start_positions": starts, "end_positions": ends, "spans": kept}


def _positions(spans: list[list[int]], answers: dict[str, Any]) -> tuple[int, int]:
    """First and last token of the answer; the first token of all stands for none."""
    if not answers["text"]:
        return 0, 0
    first = answers["answer_start"][0]
    stop = first + len(answers["text"][0])
    touched = [place for place, (a, b) in enumerate(spans) if a < stop and b > first and b > 0]
    return (touched[0], touched[-1]) if touched else (0, 0)


def _answers(outputs: Any, features: Columns, job: Job) -> list[Any]:
    """The words of the best span that lies in the context, "" for the first token."""
    found = []
    rows = zip(*outputs, features["spans"], features["context"], strict=True)
    for start, end, spans, context in rows:
        n = len(spans)
        scores = start[:n, None] + end[None, :n]
        length = np.arange(n)[None, :] - np.arange(n)[:, None]
        known = np.array([b > 0 for _, b in spans])
        allowed = (length >= 0) & (length < LONGEST) & known[:, None] & known[None, :]
        allowed[0, 0] = job.no_answer
        first, last = np.unravel_index(np.where(allowed, scores, -np.inf).argmax(), (n, n))
        found.append(context[spans[first][0] : spans[last][1]] if first else "")
    return found


RECIPES = {
    "classification": Recipe(
        AutoModelForSequenceClassification, _classify, _named, lambda job: len(job.labels)
    ),
    "tagging": Recipe(AutoModelForTokenClassification, _tag, _tags, lambda job: len(job.labels)),
    "multiple_choice": Recipe(AutoModelForMultipleChoice, _choose, _chosen, lambda job: None),
    "span": Recipe(AutoModelForQuestionAnswering, _ask, _answers, lambda job: 2),
}
