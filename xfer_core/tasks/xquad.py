"""XQuAD: questions of SQuAD about paragraphs of Wikipedia, translated (Artetxe et al., 2020)."""

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

REPO = "google/xquad"
REVISION = "51adfef1c1287aab1d2d91b5bead9bcfb9c68583"
LANGUAGES = codes("en ar de el es hi ru th tr vi zh")
"""XTREME's; the hub has Romanian as well."""
FROM_SQUAD = {"train": "train-v1.1.json", "dev": "dev-v1.1.json"}
"""Splits that are English only, and SQuAD 1.1's."""


def splits(split: str, language: str) -> tuple[Split, ...]:
    """SQuAD to train on and to choose a checkpoint by, XQuAD's only set to test on."""
    if split in FROM_SQUAD:
        return SQUAD[split] if language == "en" else ()
    if split != "test" or language not in LANGUAGES:
        return ()
    return (Split(REPO, f"xquad.{language}", "validation", REVISION),)


def files(folder: Path, split: str, language: str) -> tuple[Path, ...]:
    """SQuAD's files, and one per language.

    Raises:
        NoRows: its answers are hidden.
    """
    if split in FROM_SQUAD:
        return (folder / "squad" / FROM_SQUAD[split],) if language == "en" else ()
    if split != "test" or language not in LANGUAGES:
        return ()
    file = folder / "xquad" / f"xquad.{language}.json"
    check_answers(file)
    return (file,)


def read(folder: Path, split: str, language: str) -> list[Row] | None:
    """The questions of XTREME's file."""
    (file,) = files(folder, split, language)
    return mapped(squad_json(file), row, split, language, str(file))


def row(raw: dict[str, Any], split: str, language: str) -> Row | None:
    """Context, question and answers; None where the answers are hidden."""
    return answered(raw)


XQUAD = Task(
    name="xquad",
    title="XQuAD",
    kind=TaskKind.SPAN,
    catalog="paper",
    source=Chain(
        "xquad",
        (XtremeFolder("xquad", read, files), Files("xquad", row), Hub(splits, row)),
        codes("en"),
    ),
    languages=LANGUAGES,
    columns=("context", "question", "answers"),
    metric="squad_f1",
    more_metrics=("squad_exact_match",),
    train_examples=87_599,
    steps=2 * 87_599 // 16,
    licence="CC BY-SA 4.0",
    reference="https://arxiv.org/abs/1910.11856",
    note="Checkpoints are chosen on SQuAD's English dev set, which holds the questions of XQuAD's "
    "English test set.",
    same_data_as=("squad1", "squad2", "mlqa"),
)
