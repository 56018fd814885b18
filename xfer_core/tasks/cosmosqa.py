"""Cosmos QA: what is behind a short text, four options, in English (Huang et al., 2019)."""

from __future__ import annotations

from typing import Any

from xfer_core.domain.language import codes
from xfer_core.domain.task import Row, Task, TaskKind
from xfer_core.sources.chain import Chain
from xfer_core.sources.files import Files
from xfer_core.sources.hub import Hub, Split
from xfer_core.sources.label_names import option_number

REPO = "allenai/cosmos_qa"
REVISION = "ed50fe83db62b355759053b1cd5eef344ee371e0"
"""A commit of refs/convert/parquet: the main branch is a loading script, which no longer runs."""
VALIDATION = (Split(REPO, "default", "validation", REVISION),)
PARTS = {
    "train": (Split(REPO, "default", "train", REVISION),),
    "dev": VALIDATION,
    "test": VALIDATION,
}
OPTIONS = ("answer0", "answer1", "answer2", "answer3")


def splits(split: str, language: str) -> tuple[Split, ...]:
    """The hub's Parquet copy, in English."""
    return PARTS.get(split, ()) if language == "en" else ()


def row(raw: dict[str, Any], split: str, language: str) -> Row | None:
    """Context, question and choices; None where the label is hidden."""
    answer = option_number(raw["label"], len(OPTIONS))
    if answer is None:
        return None
    return {
        "id": str(raw["id"]),
        "subject": "reading",
        "context": raw["context"],
        "question": raw["question"],
        "choices": [raw[column] for column in OPTIONS],
        "answer": answer,
    }


COSMOSQA = Task(
    name="cosmosqa",
    title="Cosmos QA",
    kind=TaskKind.MULTIPLE_CHOICE,
    catalog="paper",
    source=Chain("cosmosqa", (Files("cosmosqa", row), Hub(splits, row)), codes("en")),
    languages=codes("en"),
    metric="accuracy",
    train_examples=25_262,
    steps=3 * 25_262 // 32,
    licence="cc-by-4.0",
    reference="https://aclanthology.org/D19-1243/",
    note="Test labels are not public: the validation set is both dev and test.",
)
