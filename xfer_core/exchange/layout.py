"""XTREME's files of predictions: one per task and language, written and read.

The layout is what the benchmark's ``evaluate.py`` reads: a label a line, tags with a blank line
between sentences, pairs of ids, places of sentences counted from 0, or one JSON object of answers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from xfer_core.domain.errors import DataError
from xfer_core.domain.task import Row, Task, TaskKind
from xfer_core.sources.local import read_text, text_lines

NUMBERED = ("pawsx",)
"""Tasks whose labels stand in the files as their numbers, 0 and 1."""


def place(folder: Path, task: Task, language: str) -> Path:
    """Where the predictions for one task and language lie."""
    ending = "json" if task.kind is TaskKind.SPAN else "tsv"
    return folder / task.name / f"test-{language}.{ending}"


def references(task: Task, rows: Sequence[Row]) -> list[Any]:
    """What is right, one per row, as the kinds of the stages have it; loads no torch."""
    match task.kind:
        case TaskKind.CLASSIFICATION:
            return [row["label"] for row in rows]
        case TaskKind.TAGGING:
            return [row["tags"] for row in rows]
        case TaskKind.SPAN:
            return [row["answers"]["text"] for row in rows]
        case TaskKind.MULTIPLE_CHOICE:
            return [row["answer"] for row in rows]
        case TaskKind.RETRIEVAL:
            return list(range(len(rows)))
        case TaskKind.MINING:
            return [number if row["parallel"] else None for number, row in enumerate(rows)]


def written(task: Task, rows: Sequence[Row], predictions: Sequence[Any]) -> str:
    """The text of the file; predictions as many as rows and in their order."""
    match task.kind:
        case TaskKind.CLASSIFICATION:
            return _joined(_label(task, one) for one in predictions)
        case TaskKind.TAGGING:
            return "\n".join(_joined(tags) for tags in predictions)
        case TaskKind.SPAN:
            answers = {str(row["id"]): one for row, one in zip(rows, predictions, strict=True)}
            return json.dumps(answers, indent=1) + "\n"  # ASCII: read the same in any locale
        case TaskKind.RETRIEVAL:
            return _joined(str(predictions[number]) for number in _by_english(rows))
        case TaskKind.MINING:
            return _joined(
                f"{rows[target]['target_id']}\t{rows[source]['source_id']}"
                for source, target in enumerate(predictions)
                if target is not None
            )
        case _:
            raise _no_layout(task)


def read(path: Path, task: Task, rows: Sequence[Row]) -> list[Any]:
    """The predictions of a file, one per row, in the form of ``references``.

    Raises:
        DataError: it cannot be read, or breaks a rule of the layout; the sentence names the line.
    """
    readers: dict[TaskKind, Callable[[Path, Task, Sequence[Row]], list[Any]]] = {
        TaskKind.CLASSIFICATION: _labels,
        TaskKind.TAGGING: _tags,
        TaskKind.SPAN: _answers,
        TaskKind.RETRIEVAL: _places,
        TaskKind.MINING: _pairs,
    }
    if task.kind not in readers:
        raise _no_layout(task)
    return readers[task.kind](path, task, rows)


def _label(task: Task, label: str) -> str:
    return str(task.labels.index(label)) if task.name in NUMBERED else label


def _by_english(rows: Sequence[Row]) -> list[int]:
    """Numbers of the rows in the alphabetical order of their English sentences, as XTREME has it.

    Its script sorts by the sentence alone, so equal ones stay in the order of the rows.
    """
    return sorted(range(len(rows)), key=lambda number: rows[number]["source"].strip())


def _labels(path: Path, task: Task, rows: Sequence[Row]) -> list[Any]:
    known = {_label(task, label): label for label in task.labels}
    found = [line.strip() for line in text_lines(path)]
    for number, line in enumerate(found, 1):
        if line not in known:
            raise _bad_line(path, number, f"one of {', '.join(known)}", line)
    _check_count(path, "lines", len(found), len(rows))
    return [known[line] for line in found]


def _tags(path: Path, task: Task, rows: Sequence[Row]) -> list[Any]:
    sentences: list[tuple[int, list[str]]] = []
    tags: list[str] = []
    for number, line in enumerate([*text_lines(path), ""], 1):
        if line.strip():
            tags.append(line.strip())
        elif tags:
            sentences.append((number - len(tags), tags))
            tags = []
    _check_count(path, "sentences", len(sentences), len(rows))
    for (number, found), row in zip(sentences, rows, strict=True):
        if len(found) != len(row["tags"]):
            wanted = f"{len(row['tags'])} tags of the sentence that begins there"
            raise _bad_line(path, number, wanted, str(len(found)))
    return [found for _, found in sentences]


def _answers(path: Path, task: Task, rows: Sequence[Row]) -> list[Any]:
    try:
        found = json.loads(read_text(path))
    except ValueError as error:
        raise DataError(f"Expected JSON in {path}; it is damaged ({error}).") from error
    if not isinstance(found, dict):
        raise DataError(f"Expected one object, question id to answer, in {path}; got another.")
    wrong = next((name for name, answer in found.items() if not isinstance(answer, str)), None)
    if wrong is not None:
        raise DataError(f"Expected a text as the answer to {wrong!r} in {path}; got another type.")
    ids = [str(row["id"]) for row in rows]
    _check_ids(path, found, ids)
    return [found[name] for name in ids]


def _check_ids(path: Path, found: dict[str, str], ids: list[str]) -> None:
    missing = next((name for name in ids if name not in found), None)
    if missing is not None:
        raise DataError(
            f"Expected an answer to each of the {len(ids)} questions in {path}; {missing!r} has "
            'none. Give "" where the model has no answer.'
        )
    known = set(ids)
    strange = next((name for name in found if name not in known), None)
    if strange is not None:
        raise DataError(
            f"Expected ids of the test set's questions in {path}; it has none {strange[:80]!r}. "
            "Take the ids as the data set has them, whole."
        )


def _places(path: Path, task: Task, rows: Sequence[Row]) -> list[Any]:
    lines = [line.strip() for line in text_lines(path)]
    _check_count(path, "lines", len(lines), len(rows))
    found: list[Any] = [None] * len(rows)
    for number, (row, line) in enumerate(zip(_by_english(rows), lines, strict=True), 1):
        # Not isdigit(): that is also true of other signs, which int() refuses.
        if not (line.isascii() and line.isdigit() and int(line) < len(rows)):
            raise _bad_line(path, number, f"a number from 0 to {len(rows) - 1}", line)
        found[row] = int(line)
    return found


def _pairs(path: Path, task: Task, rows: Sequence[Row]) -> list[Any]:
    sources = {row["source_id"]: number for number, row in enumerate(rows) if row["source_id"]}
    targets = {row["target_id"]: number for number, row in enumerate(rows) if row["target_id"]}
    partners: list[list[int]] = [[] for _ in rows]
    for number, line in enumerate(text_lines(path), 1):
        foreign, tab, english = line.strip().partition("\t")
        if not tab or foreign not in targets or english not in sources:
            raise _bad_line(
                path, number, "a foreign id, a tab and an English id of the lists", line
            )
        partners[sources[english]].append(targets[foreign])
    return [tuple(found) for found in partners]


def _joined(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _check_count(path: Path, what: str, found: int, wanted: int) -> None:
    if found != wanted:
        raise DataError(
            f"Expected {wanted} {what} in {path}, as many as the test set has; got {found}."
        )


def _bad_line(path: Path, number: int, expected: str, came: str) -> DataError:
    return DataError(f"Expected {expected} in {path}, line {number}; got {came[:60]!r}.")


def _no_layout(task: Task) -> DataError:
    return DataError(f"Expected a task of XTREME; {task.name} has no layout there.")
