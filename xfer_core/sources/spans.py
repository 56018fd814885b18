"""Questions about a text in SQuAD's columns, which all the data sets of this kind share."""

from __future__ import annotations

from typing import Any

from xfer_core.domain.task import Row


def answered(raw: dict[str, Any]) -> Row | None:
    """Context, question and answers; None where the answers are hidden.

    Raises:
        KeyError: a column is missing.
        ValueError: not as many starts as texts.
    """
    texts, starts = raw["answers"]["text"], raw["answers"]["answer_start"]
    if len(texts) != len(starts):
        raise ValueError(f"expected a start for each of {len(texts)} answers; got {len(starts)}")
    # A hidden answer is an empty text at 0.
    told = [(text, int(start)) for text, start in zip(texts, starts, strict=True) if text]
    if not told:
        return None
    return {
        "id": str(raw["id"]),
        "context": raw["context"],
        "question": raw["question"],
        "answers": {
            "text": [text for text, _ in told],
            "answer_start": [start for _, start in told],
        },
    }
