"""CommonsenseQA: questions of common sense, five options, in English (Talmor et al., 2019)."""

from __future__ import annotations

from typing import Any

from xfer_core.domain.language import codes
from xfer_core.domain.task import Row, Task, TaskKind
from xfer_core.sources.chain import Chain
from xfer_core.sources.files import Files
from xfer_core.sources.hub import Hub, Split

REPO = "tau/commonsense_qa"
REVISION = "94630fe30dad47192a8546eb75f094926d47e155"
VALIDATION = (Split(REPO, "default", "validation", REVISION),)
PARTS = {
    "train": (Split(REPO, "default", "train", REVISION),),
    "dev": VALIDATION,
    "test": VALIDATION,
}


def splits(split: str, language: str) -> tuple[Split, ...]:
    """The hub's copy, in English."""
    return PARTS.get(split, ()) if language == "en" else ()


def row(raw: dict[str, Any], split: str, language: str) -> Row | None:
    """Question and choices; None where the answer is hidden.

    Raises:
        ValueError: the answer is none of the letters that the choices have.
    """
    key, letters = raw["answerKey"], list(raw["choices"]["label"])
    if not key:
        return None
    if key not in letters:
        raise ValueError(f"expected one of {', '.join(letters)} as answerKey; got {key!r}")
    return {
        "id": str(raw["id"]),
        "subject": "common sense",
        "question": raw["question"],
        "choices": list(raw["choices"]["text"]),
        "answer": letters.index(key),
    }


CSQA = Task(
    name="csqa",
    title="CommonsenseQA",
    kind=TaskKind.MULTIPLE_CHOICE,
    catalog="paper",
    source=Chain("csqa", (Files("csqa", row), Hub(splits, row)), codes("en")),
    languages=codes("en"),
    metric="accuracy",
    train_examples=9_741,
    steps=3 * 9_741 // 32,
    licence="mit",
    reference="https://aclanthology.org/N19-1421/",
    note="Test answers are not public: the validation set is both dev and test.",
)
