"""SQuAD 1.1: find the answer to a question in a paragraph, in English (Rajpurkar et al., 2016)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from xfer_core.domain.language import codes
from xfer_core.domain.task import Row, Task, TaskKind
from xfer_core.sources.chain import Chain
from xfer_core.sources.files import Files
from xfer_core.sources.hub import Hub, Split
from xfer_core.sources.spans import answered
from xfer_core.sources.xtreme_folder import XtremeFolder, squad_json

REPO = "rajpurkar/squad"
REVISION = "7b6d24c440a36b6815f21b70d25016731768db1f"
VALIDATION = (Split(REPO, "plain_text", "validation", REVISION),)
PARTS = {
    "train": (Split(REPO, "plain_text", "train", REVISION),),
    "dev": VALIDATION,
    "test": VALIDATION,
}
XTREME = {"train": "train-v1.1.json", "dev": "dev-v1.1.json", "test": "dev-v1.1.json"}


def splits(split: str, language: str) -> tuple[Split, ...]:
    """The hub's copy, in English."""
    return PARTS.get(split, ()) if language == "en" else ()


def files(folder: Path, split: str, language: str) -> tuple[Path, ...]:
    """The file that XTREME's script downloads for its question answering tasks."""
    known = language == "en" and split in XTREME
    return (folder / "squad" / XTREME[split],) if known else ()


def read(folder: Path, split: str, language: str) -> list[Row] | None:
    """The questions of XTREME's file."""
    (file,) = files(folder, split, language)
    return [row(raw, split, language) for raw in squad_json(file)]


def row(raw: dict[str, Any], split: str, language: str) -> Row:
    """Context, question and answers.

    Raises:
        ValueError: no answer, or not as many starts as texts.
    """
    found = answered(raw)
    if found is None:
        raise ValueError(f"expected an answer to question {raw['id']!r}; got none")
    return found


SQUAD1 = Task(
    name="squad1",
    title="SQuAD 1.1",
    kind=TaskKind.SPAN,
    catalog="paper",
    source=Chain(
        "squad1",
        (XtremeFolder("squad1", read, files), Files("squad1", row), Hub(splits, row)),
        codes("en"),
    ),
    languages=codes("en"),
    columns=("context", "question", "answers"),
    metric="squad_f1",
    more_metrics=("squad_exact_match",),
    train_examples=87_599,
    steps=3 * 87_599 // 32,
    licence="cc-by-4.0 (an earlier card)",
    reference="https://aclanthology.org/D16-1264/",
    note="The test set is not public: the validation set is both dev and test.",
    same_data_as=("xquad", "mlqa"),
)
