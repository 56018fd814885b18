"""What a task asks, and what is known of one of its examples, in words."""

from __future__ import annotations

from collections.abc import Mapping

from xfer_core import catalog
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


def task_line(task: Task, n_languages: int) -> str:
    """Title, kind and number of languages: "mini XNLI · classification · 12 languages"."""
    spoken = words.plural(n_languages, "language") if n_languages > 1 else "English only"
    return f"{task.title} · {KINDS[task.kind]} · {spoken}"


def asks(task: Task) -> str:
    """What a model has to do, in one sentence."""
    match task.kind:
        case TaskKind.CLASSIFICATION:
            what = "each text" if len(task.columns) == 1 else "each pair of texts"
            return f"Choose one of {len(task.labels)} labels for {what}: {_options(task)}."
        case TaskKind.TAGGING:
            labels = chunk_types(task) or task.labels
            if len(labels) > MOST_LABELS:
                return f"Give every word one of {len(labels)} tags."
            return f"Find and tag the words that are {_either(labels)}."
        case TaskKind.MULTIPLE_CHOICE:
            return "Choose the right answer to each question among its options."
        case TaskKind.SPAN:
            none = ", or say that it has none" if task.no_answer else ""
            return f"Find the words of the text that answer the question{none}."
        case TaskKind.RETRIEVAL:
            return "Find the translation of each English sentence among all of the language."
        case TaskKind.MINING:
            return "Find the pairs of translations among sentences of which many have none."


def scope_line(task: Task, n_languages: int, sizes: Mapping[str, int | None]) -> str:
    """Metric, examples per split, number of languages, licence and what pins the content."""
    metric = catalog.metrics().get(task.metric)
    title = metric.title if metric else task.metric
    source = f"source {task.source.revision}"
    spoken = words.plural(n_languages, "language") if n_languages > 1 else "English only"
    counts = [_size(split, number, n_languages) for split, number in sizes.items()]
    parts = [f"measured in {title}", *counts, spoken, task.licence, source, task.reference]
    return " · ".join(part for part in parts if part)


def found_line(first: int, shown: int, found: int, every: int, split: str, text: str) -> str:
    """Which examples are shown: "Examples 6 to 10 of 240, test"."""
    if not found:
        return f"None of {words.plural(every, 'example')} has “{text}” in a shown language."
    of = f"{found} with “{text}” (of {every})" if text else str(every)
    last = first + shown - 1
    which = f"Example {first}" if shown == 1 else f"Examples {first} to {last}"
    return f"{which} of {of}, {split}"


def lacking_line(task: Task, wanted: list[str], shown: list[str], split: str) -> str:
    """Why chosen languages are not shown; "" if all are."""
    gone = [code for code in wanted if code not in shown]
    if not gone:
        return ""
    if split == "train" and len(task.languages) > 1:
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
    return " or ".join([words.listed(labels[:-1]), labels[-1]])


def _size(split: str, number: int | None, n_languages: int) -> str:
    if not number:
        return ""
    if split == "train" and n_languages > 1:
        return f"train {number:,} in {language_name(REFERENCE_LANGUAGE)}"
    each = " per language" if n_languages > 1 and split == "test" else ""
    return f"{split} {number:,}{each}"
