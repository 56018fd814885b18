"""Rows of MMLU and its translations, from whatever columns they come in.

It stands beside the places, whose code is part of every stamp, because four tasks share it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xfer_core.domain.task import Row
from xfer_core.sources.label_names import option_number
from xfer_core.sources.mmlu_subjects import GROUP_OF, subject_of

OPTIONS = 4


def english(raw: dict[str, Any]) -> Row:
    """A row of cais/mmlu; subject and group are "" in its training rows, which name none.

    Raises:
        KeyError: a column is missing.
        ValueError: not four options, or no such answer or subject.
    """
    return _row(raw["subject"], raw["question"], raw["choices"], raw["answer"])


def translated(subject: str, question: Any, options: Sequence[Any], answer: Any) -> Row | None:
    """A row of a translation; None if its question or an option is empty.

    Translations lack some texts. A reader of CSV takes an option such as "None" for one.

    Raises:
        ValueError: not four options, or no such answer or subject.
    """
    if any(text is None or not str(text).strip() for text in (question, *options)):
        return None
    return _row(subject, question, options, answer)


def _row(subject: str | None, question: Any, options: Sequence[Any], answer: Any) -> Row:
    if len(options) != OPTIONS:
        raise ValueError(f"expected {OPTIONS} options; got {len(options)}")
    name = subject_of(subject or "")
    number = option_number(answer, OPTIONS)
    if number is None:
        raise ValueError(f"expected an answer, A to D or 0 to 3; got {answer!r}")
    return {
        "subject": name,
        "group": GROUP_OF.get(name, ""),
        "question": str(question),
        "choices": [str(option) for option in options],
        "answer": number,
    }
