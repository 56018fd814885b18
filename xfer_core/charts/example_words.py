"""What a task asks, and what is known of one of its examples, in words."""

from __future__ import annotations

from collections.abc import Mapping

from xfer_core.charts import words
from xfer_core.domain.language import REFERENCE_LANGUAGE
from xfer_core.domain.task import Row, Task, TaskKind

KINDS = {
    TaskKind.CLASSIFICATION: "classification",
    TaskKind.TAGGING: "tagging",
    TaskKind.MULTIPLE_CHOICE: "multiple choice",
    TaskKind.SPAN: "span",
    TaskKind.RETRIEVAL: "retrieval",
    TaskKind.MINING: "mining",
}
MOST_LABELS = 6
"""So many labels are listed; of more only the number is said."""
OUTSIDE = "O"
"""Tag of a word that belongs to no chunk."""


def task_line(task: Task) -> str:
    """Title, kind and number of languages: "mini XNLI · classification · 12 languages"."""
    return f"{task.title} · {KINDS[task.kind]} · {_spoken(task)}"


def asks(task: Task) -> str:
    """What a model has to do, in one sentence."""
    match task.kind:
        case TaskKind.CLASSIFICATION:
            what = "each text" if len(task.columns) == 1 else "each pair of texts"
            return f"Choose one of {len(task.labels)} labels for {what}: {_options(task)}."
        case TaskKind.TAGGING:
            types = chunk_types(task)
            if types:
                return f"Find the stretches of words that are {_either(types)}."
            return f"Give every word one of {len(task.labels)} tags."
        case TaskKind.MULTIPLE_CHOICE:
            return "Choose the right answer to each question among its options."
        case TaskKind.SPAN:
            none = ", or say that it has none" if task.no_answer else ""
            return f"Find the words of the text that answer the question{none}."
        case TaskKind.RETRIEVAL:
            return "Find the translation of each English sentence among all of the language."
        case TaskKind.MINING:
            return "Find the pairs of translations among sentences of which many have none."


def scope_line(task: Task, sizes: Mapping[str, int | None]) -> str:
    """Metric, examples per split, number of languages, licence and what pins the content."""
    metric = words.metric(task.metric)
    source = f"source {task.source.revision}"
    counts = [_size(task, split, number) for split, number in sizes.items()]
    parts = [f"Measured in {metric}", *counts, _spoken(task), task.licence, source, task.reference]
    return " · ".join(part for part in parts if part)


def found_line(first: int, *, n_shown: int, n_found: int, n_all: int, split: str, text: str) -> str:
    """Which examples are shown: "6 to 10 of 240 test examples"."""
    if not n_found:
        return f"None of the {n_all:,} {split} examples has “{text}” in a shown language."
    last = first + n_shown - 1
    which = str(first) if n_shown == 1 else f"{first:,} to {last:,}"
    if text:
        found = words.plural(n_found, "example")
        return f"{which} of {found} with “{text}” among {n_all:,} in {split}"
    return f"{which} of {n_all:,} {split} examples"


def lacking_line(task: Task, wanted: list[str], shown: list[str], split: str) -> str:
    """Why chosen languages are not shown; "" if all are, or if the task is in one language."""
    gone = [code for code in wanted if code not in shown]
    if not gone or len(task.languages) == 1:
        return ""
    if split == "train":
        return "Training is in English only: choose dev or test to see other languages."
    return f"{task.title} has no {words.listed(words.language(code) for code in gone)}."


def facts(task: Task, row: Row) -> list[tuple[str, str]]:
    """What is known of an example beside its texts: pairs of a name ("" if none) and a value."""
    match task.kind:
        case TaskKind.CLASSIFICATION:
            return [("label", str(row["label"]))]
        case TaskKind.TAGGING:
            return [] if set(row["tags"]) - {OUTSIDE} else [("", "no word to find")]
        case TaskKind.MULTIPLE_CHOICE:
            subject = str(row.get("subject", "")).replace("_", " ")
            return [("subject", subject)] * bool(subject) + _told(row)
        case TaskKind.SPAN:
            return [] if row["answers"]["text"] else [("", "no answer in the text")]
        case TaskKind.MINING if "parallel" in row:
            return [("", "a pair of translations" if row["parallel"] else "not a pair")]
        case _:
            return []


def question_name(row: Row, language: str) -> str:
    """What stands over a question: it may be asked in another language than the text's."""
    asked = row.get("question_language", language)
    return "question" if asked == language else f"question in {language_name(str(asked))}"


def language_name(code: str) -> str:
    """The name of a language alone."""
    return words.language(code).removesuffix(" (reference)")


def chunk_types(task: Task) -> tuple[str, ...]:
    """The types of BIO tags ("B-PER" is the beginning of a PER); empty for other tags."""
    begun = [label[2:] for label in task.labels if label.startswith("B-")]
    return tuple(dict.fromkeys(begun))


def _told(row: Row) -> list[tuple[str, str]]:
    code = str(row.get("told_in") or "")
    name = language_name(code)
    return [("", f"in the encoder's pretraining text only in {name}")] if code else []


def _options(task: Task) -> str:
    if len(task.labels) > MOST_LABELS:
        return f"{words.listed(task.labels[:MOST_LABELS])} …"
    return words.listed(task.labels)


def _either(labels: tuple[str, ...]) -> str:
    return " or ".join(filter(None, [words.listed(labels[:-1]), labels[-1]]))


def _spoken(task: Task) -> str:
    if len(task.languages) > 1:
        return words.plural(len(task.languages), "language")
    return f"{words.listed(language_name(code) for code in task.languages)} only"


def _size(task: Task, split: str, number: int | None) -> str:
    if not number:
        return ""
    if len(task.languages) == 1:
        return f"{split} {number:,}"
    place = f"in {language_name(REFERENCE_LANGUAGE)}" if split == "train" else "per language"
    return f"{split} {number:,} {place}"
