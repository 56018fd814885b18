"""Looks through rows for what their kind promises, before any stage works with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from xfer_core.domain.errors import DataError
from xfer_core.domain.task import Row, Task, TaskKind

Fault = tuple[str, str, Any]
"""(column, what was expected, what came)."""


def check(task: Task, split: str, language: str, rows: list[Row]) -> None:
    """Refuse rows that a stage could not work with.

    Raises:
        DataError: names the row, the column, what was expected and what came.
    """
    fault_in = _FAULTS.get(task.kind)
    labels = frozenset(task.labels)
    for row in rows if fault_in else ():
        fault = next(iter(fault_in(row, task, labels)), None) if fault_in else None
        if fault:
            column, expected, came = fault
            raise DataError(
                f"Expected {expected} in column {column!r} of {task.name}, {split} in "
                f"{language!r}, row {row['id']!r}; got {_shown(came)}. Correct the data, or bring "
                "them here again."
            )


def _classification(row: Row, task: Task, labels: frozenset[str]) -> Iterable[Fault]:
    yield from _texts(row, task.columns)
    label = row.get("label")
    if label not in labels:
        yield "label", f"one of {_few(task.labels)}", label


def _tagging(row: Row, task: Task, labels: frozenset[str]) -> Iterable[Fault]:
    tokens, tags = row.get("tokens"), row.get("tags")
    if not isinstance(tokens, list) or not all(isinstance(token, str) for token in tokens):
        yield "tokens", "a list of text", tokens
    elif not isinstance(tags, list) or len(tags) != len(tokens):
        yield "tags", f"a list of {len(tokens)} tags", tags
    elif not labels.issuperset(tags):
        yield "tags", f"tags out of {_few(task.labels)}", next(t for t in tags if t not in labels)


def _multiple_choice(row: Row, task: Task, labels: frozenset[str]) -> Iterable[Fault]:
    yield from _texts(row, ("question",))
    choices, answer = row.get("choices"), row.get("answer")
    if not isinstance(choices, list) or len(choices) < 2:
        yield "choices", "a list of two options or more", choices
    elif not all(isinstance(choice, str) for choice in choices):
        yield "choices", "text in every option", choices
    elif not isinstance(answer, int) or not 0 <= answer < len(choices):
        yield "answer", f"the number of an option, 0 to {len(choices) - 1}", answer


def _span(row: Row, task: Task, labels: frozenset[str]) -> Iterable[Fault]:
    yield from _texts(row, ("context", "question"))
    answers = row.get("answers")
    if not isinstance(answers, dict) or not {"text", "answer_start"} <= set(answers):
        yield "answers", "lists of text and answer_start", answers
        return
    texts, starts = answers["text"], answers["answer_start"]
    if len(texts) != len(starts) or any(not isinstance(start, int) for start in starts):
        yield "answers", "a whole number in answer_start for each text", answers
    elif not texts and not task.no_answer:
        yield "answers", "an answer to every question", answers


def _pairs(row: Row, task: Task, labels: frozenset[str]) -> Iterable[Fault]:
    yield from _texts(row, ("source", "target"))


def _texts(row: Row, columns: tuple[str, ...]) -> Iterable[Fault]:
    for column in columns:
        if not isinstance(row.get(column), str):
            yield column, "text", row.get(column)


def _few(labels: tuple[str, ...], most: int = 8) -> str:
    shown = ", ".join(labels[:most])
    return shown if len(labels) <= most else f"{shown} and {len(labels) - most} more"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 120 else f"{text[:120]}..."


_FAULTS: dict[TaskKind, Callable[[Row, Task, frozenset[str]], Iterable[Fault]]] = {
    TaskKind.CLASSIFICATION: _classification,
    TaskKind.TAGGING: _tagging,
    TaskKind.MULTIPLE_CHOICE: _multiple_choice,
    TaskKind.SPAN: _span,
    TaskKind.RETRIEVAL: _pairs,
}
