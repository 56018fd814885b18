"""HellaSwag: which of four endings goes on with a text, in English (Zellers et al., 2019)."""

from __future__ import annotations

from typing import Any

from xfer_core.domain.language import codes
from xfer_core.domain.task import Row, Task, TaskKind
from xfer_core.sources.chain import Chain
from xfer_core.sources.files import Files
from xfer_core.sources.hub import Hub, Split
from xfer_core.sources.label_names import option_number

REPO = "Rowan/hellaswag"
REVISION = "218ec52e09a7e7462a5400043bb9a69a41d06b76"
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
    """The text as the question, the endings as choices; None where the label is hidden.

    The label is a text, "0" to "3", and empty on the hidden test set.
    """
    endings = list(raw["endings"])
    answer = option_number(raw["label"], len(endings))
    if answer is None:
        return None
    return {
        "subject": "continuation",
        "question": raw["ctx"],
        "choices": endings,
        "answer": answer,
    }


HELLASWAG = Task(
    name="hellaswag",
    title="HellaSwag",
    kind=TaskKind.MULTIPLE_CHOICE,
    catalog="paper",
    source=Chain("hellaswag", (Files("hellaswag", row), Hub(splits, row)), codes("en")),
    languages=codes("en"),
    metric="accuracy",
    train_examples=39_905,
    steps=3 * 39_905 // 32,
    licence="none stated on the card",
    reference="https://aclanthology.org/P19-1472/",
    note="Test labels are not public: the validation set is both dev and test.",
)
