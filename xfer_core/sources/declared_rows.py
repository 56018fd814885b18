"""From the columns that a user's declaration names to the rows of a task, kind by kind."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from xfer_core.domain.errors import DataError
from xfer_core.domain.task import Row, TaskKind
from xfer_core.sources.label_names import HIDDEN, label_name, option_number

Raw = dict[str, Any]
Columns = Mapping[str, str | tuple[str, ...]]
"""Role -> column of the file; ``choices`` may be a column for each option."""
TEXT, TEXT_PAIR = "text", "text_pair"
ROLES: dict[TaskKind, tuple[str, ...]] = {
    TaskKind.CLASSIFICATION: (TEXT, "label"),
    TaskKind.TAGGING: ("tokens", "tags"),
    TaskKind.MULTIPLE_CHOICE: ("question", "choices", "answer"),
    TaskKind.SPAN: ("context", "question", "answers"),
    TaskKind.RETRIEVAL: ("source", "target"),
    TaskKind.MINING: ("source", "target", "parallel"),
}
"""Roles that every task of the kind has; a column of the same name serves if none is named."""
OPTIONAL: dict[TaskKind, tuple[str, ...]] = {
    TaskKind.CLASSIFICATION: (TEXT_PAIR,),
    TaskKind.MULTIPLE_CHOICE: ("context", "subject"),
    TaskKind.SPAN: ("answer_text", "answer_start"),
}
"""Roles that are read only if the declaration names a column for them."""
ID = "id"
TRUE, FALSE = ("true", "1", "yes"), ("false", "0", "no", "")


@dataclass(frozen=True, eq=False)
class DeclaredRow:
    """Makes the task's row of a raw one, as ``sources.mapped.RowOf`` asks for."""

    kind: TaskKind
    columns: Columns
    labels: tuple[str, ...] = ()
    names: Mapping[str, str] | None = None
    """Value in the file -> label, where the file writes other words."""
    no_answer: bool = False
    drops_unlabelled: bool = False

    def __call__(self, raw: Raw, split: str, language: str) -> Row | None:
        """The row; None for one without a label, if such rows are to be dropped.

        Raises:
            DataError: a missing column.
            ValueError: a value that cannot be; the sentence names the column.
        """
        lacks = [name for name in self._needed if name not in raw]
        if lacks:
            raise DataError(
                f"Expected a column {lacks[0]!r}; there are {', '.join(map(str, raw))}. Correct "
                "the file, or 'columns' in the task's declaration."
            )
        made = _MAKERS[self.kind](self, raw)
        if made is None:
            if self.drops_unlabelled:
                return None
            raise ValueError("a label is missing (drop_unlabelled: true leaves such rows out)")
        if ID in self.columns:
            made = {ID: raw[self.column(ID)], **made}
        return made

    @cached_property
    def _needed(self) -> tuple[str, ...]:
        """Columns that the file must have."""
        roles = [*ROLES[self.kind], *self.columns]
        if "answer_text" in self.columns:
            roles.remove("answers")
        named = [self.columns.get(role, role) for role in dict.fromkeys(roles)]
        return tuple(n for one in named for n in ((one,) if isinstance(one, str) else one))

    def column(self, role: str) -> str:
        """The file's column of a role."""
        named = self.columns.get(role, role)
        return named if isinstance(named, str) else named[0]

    def text(self, raw: Raw, role: str) -> str:
        """Text of a role's column; numbers are taken as they are written."""
        return as_text(raw[self.column(role)], self.column(role))

    def label(self, value: Any) -> str | None:
        """The declared label that a value means; None where it is hidden."""
        if self.names is None:
            return label_name(value, self.labels)
        told = str(value).strip() if value is not None else ""
        if told not in self.names:
            if told in HIDDEN:
                return None
            raise ValueError(f"expected {' or '.join(self.names)} as the label; got {value!r}")
        return self.names[told]


def as_text(value: Any, column: str) -> str:
    """A value as text.

    Raises:
        ValueError: it is missing, or a list.
    """
    if value is None or isinstance(value, list | dict) or value != value:
        raise ValueError(f"expected text in column {column!r}; got {str(value)[:60]!r}")
    return value if isinstance(value, str) else str(value)


def _as_list(value: Any, column: str) -> list[Any]:
    """A list as it is, as JSON, or as words between blanks."""
    if isinstance(value, str):
        if not value.lstrip().startswith("["):
            return value.split()
        try:
            value = json.loads(value)
        except ValueError as error:
            raise ValueError(f"expected a list in column {column!r}; got {value[:60]!r}") from error
    if not isinstance(value, list):
        raise ValueError(f"expected a list in column {column!r}; got {str(value)[:60]!r}")
    return value


def _classification(reads: DeclaredRow, raw: Raw) -> Row | None:
    label = reads.label(raw[reads.column("label")])
    if label is None:
        return None
    roles = [TEXT, *([TEXT_PAIR] if TEXT_PAIR in reads.columns else [])]
    return {**{role: reads.text(raw, role) for role in roles}, "label": label}


def _tagging(reads: DeclaredRow, raw: Raw) -> Row | None:
    tokens = _as_list(raw[reads.column("tokens")], reads.column("tokens"))
    marks = _as_list(raw[reads.column("tags")], reads.column("tags"))
    if len(tokens) != len(marks):
        raise ValueError(f"expected as many tags as tokens; got {len(marks)} and {len(tokens)}")
    tags = [reads.label(mark) for mark in marks]
    if any(tag is None for tag in tags):
        return None
    return {"tokens": [as_text(token, reads.column("tokens")) for token in tokens], "tags": tags}


def _multiple_choice(reads: DeclaredRow, raw: Raw) -> Row | None:
    named = reads.columns.get("choices", "choices")
    found = (
        _as_options(raw[named], named)
        if isinstance(named, str)
        else [raw[column] for column in named]
    )
    choices = [as_text(choice, str(named)) for choice in found]
    answer = _answer(raw[reads.column("answer")], choices)
    if answer is None:
        return None
    more = {r: reads.text(raw, r) for r in ("context", "subject") if r in reads.columns}
    row = {"subject": "", **more, "question": reads.text(raw, "question")}
    return {**row, "choices": choices, "answer": answer}


def _as_options(value: Any, column: str) -> list[Any]:
    if isinstance(value, str) and not value.lstrip().startswith("["):
        raise ValueError(f"expected a list of options in column {column!r}; got {value[:60]!r}")
    return _as_list(value, column)


def _answer(value: Any, choices: list[str]) -> int | None:
    """Letter, number from 0, or the text of an option."""
    try:
        return option_number(value, len(choices))
    except ValueError:
        if isinstance(value, str) and choices.count(value) == 1:
            return choices.index(value)
        raise


def _span(reads: DeclaredRow, raw: Raw) -> Row | None:
    context, question = reads.text(raw, "context"), reads.text(raw, "question")
    texts, starts = _answers(reads, raw, context)
    for text, start in zip(texts, starts, strict=True):
        if context[start : start + len(text)] != text:
            raise ValueError(f"expected {text[:60]!r} in the context at sign {start}; it is not")
    if not texts and not reads.no_answer:
        return None
    answers = {"text": texts, "answer_start": starts}
    return {"context": context, "question": question, "answers": answers}


def _answers(reads: DeclaredRow, raw: Raw, context: str) -> tuple[list[str], list[int]]:
    if "answer_text" in reads.columns:
        given = raw[reads.column("answer_text")]
        texts = [given] if isinstance(given, str) and given else given or []
        if "answer_start" not in reads.columns:
            return texts, [context.find(text) for text in texts]
        told = raw[reads.column("answer_start")]
        starts = told if isinstance(told, list) else [told] * len(texts)
    else:
        found = raw[reads.column("answers")]
        found = json.loads(found) if isinstance(found, str) else found
        if not isinstance(found, dict) or not {"text", "answer_start"} <= set(found):
            raise ValueError("expected lists of text and answer_start as the answers")
        texts, starts = found["text"], found["answer_start"]
    if len(texts) != len(starts):
        raise ValueError(f"expected a start for each answer; got {len(starts)} for {len(texts)}")
    return list(texts), [int(start) for start in starts]


def _retrieval(reads: DeclaredRow, raw: Raw) -> Row | None:
    return {"source": reads.text(raw, "source"), "target": reads.text(raw, "target")}


def _mining(reads: DeclaredRow, raw: Raw) -> Row | None:
    told = str(raw[reads.column("parallel")]).strip().lower()
    if told not in (*TRUE, *FALSE):
        raise ValueError(f"expected true or false in column {reads.column('parallel')!r}")
    return {**(_retrieval(reads, raw) or {}), "parallel": told in TRUE}


_MAKERS: dict[TaskKind, Callable[[DeclaredRow, Raw], Row | None]] = {
    TaskKind.CLASSIFICATION: _classification,
    TaskKind.TAGGING: _tagging,
    TaskKind.MULTIPLE_CHOICE: _multiple_choice,
    TaskKind.SPAN: _span,
    TaskKind.RETRIEVAL: _retrieval,
    TaskKind.MINING: _mining,
}
