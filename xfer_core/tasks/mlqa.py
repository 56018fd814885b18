"""MLQA: questions about paragraphs of Wikipedia in seven languages (Lewis et al., 2020)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from xfer_core.domain.language import codes
from xfer_core.domain.task import Row, Task, TaskKind
from xfer_core.sources.chain import Chain
from xfer_core.sources.files import Files
from xfer_core.sources.hidden import check_answers
from xfer_core.sources.hub import Hub, Split
from xfer_core.sources.mapped import mapped
from xfer_core.sources.spans import answered
from xfer_core.sources.xtreme_folder import XtremeFolder, squad_json
from xfer_core.tasks.squad1 import PARTS as SQUAD

REPO = "facebook/mlqa"
REVISION = "397ed406c1a7902140303e7faf60fff35b58d285"
LANGUAGES = codes("en ar de es hi vi zh")
NAMES = {"dev": "validation", "test": "test"}


def splits(split: str, language: str) -> tuple[Split, ...]:
    """SQuAD to train on; of MLQA's pairs those with text and question in the same language."""
    if split == "train":
        return SQUAD["train"] if language == "en" else ()
    if split not in NAMES or language not in LANGUAGES:
        return ()
    return (Split(REPO, f"mlqa.{language}.{language}", NAMES[split], REVISION),)


def files(folder: Path, split: str, language: str) -> tuple[Path, ...]:
    """SQuAD's file, and one per split and language.

    Raises:
        NoRows: its answers are hidden.
    """
    if split == "train":
        return (folder / "squad" / "train-v1.1.json",) if language == "en" else ()
    if split not in NAMES or language not in LANGUAGES:
        return ()
    name = f"{split}-context-{language}-question-{language}.json"
    file = folder / "mlqa" / "MLQA_V1" / split / name
    check_answers(file)
    return (file,)


def read(folder: Path, split: str, language: str) -> list[Row] | None:
    """The questions of XTREME's file."""
    (file,) = files(folder, split, language)
    return mapped(squad_json(file), row, split, language, str(file))


def row(raw: dict[str, Any], split: str, language: str) -> Row | None:
    """Context, question and answers; None where the answers are hidden."""
    return answered(raw)


MLQA = Task(
    name="mlqa",
    title="MLQA",
    kind=TaskKind.SPAN,
    catalog="paper",
    source=Chain(
        "mlqa",
        (XtremeFolder("mlqa", read, files), Files("mlqa", row), Hub(splits, row)),
        codes("en"),
    ),
    languages=LANGUAGES,
    columns=("context", "question", "answers"),
    metric="mlqa_f1",
    more_metrics=("mlqa_exact_match",),
    train_examples=87_599,
    steps=2 * 87_599 // 16,
    licence="CC BY-SA 3.0",
    reference="https://arxiv.org/abs/1910.07475",
    note="Text and question are in the same language, as in XTREME.",
    same_data_as=("squad1", "squad2", "xquad"),
)
