"""PAWS-X: do two sentences of almost the same words mean the same (Yang et al., 2019)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from xfer_core.domain.language import codes
from xfer_core.domain.task import Row, Task, TaskKind
from xfer_core.sources.chain import Chain
from xfer_core.sources.files import Files
from xfer_core.sources.hidden import check_fields
from xfer_core.sources.hub import Hub, Split
from xfer_core.sources.label_names import label_name
from xfer_core.sources.mapped import mapped
from xfer_core.sources.sentences import records
from xfer_core.sources.xtreme_folder import XtremeFolder

REPO = "google-research-datasets/paws-x"
"""The copy in google/xtreme has lost rows to a parser."""
REVISION = "4cd8187c404bda33cb1f62b49b001115862acf37"
LANGUAGES = codes("en de es fr ja ko zh")
LABELS = ("different", "paraphrase")
"""Of the numbers 0 and 1, which are all that the data has."""
COLUMNS = ("sentence1", "sentence2")
NAMES = {"train": "train", "dev": "validation", "test": "test"}


def has(split: str, language: str) -> bool:
    """Whether the task has such rows: the hub's other training sets are machine translations."""
    return split in NAMES and language in (LANGUAGES if split != "train" else ("en",))


def splits(split: str, language: str) -> tuple[Split, ...]:
    """One configuration per language."""
    return (Split(REPO, language, NAMES[split], REVISION),) if has(split, language) else ()


def files(folder: Path, split: str, language: str) -> tuple[Path, ...]:
    """One file per split and language.

    Raises:
        NoRows: its labels are hidden.
    """
    if not has(split, language):
        return ()
    file = folder / "pawsx" / f"{split}-{language}.tsv"
    check_fields(file, 3)
    return (file,)


def read(folder: Path, split: str, language: str) -> list[Row] | None:
    """The pairs of XTREME's file."""
    (file,) = files(folder, split, language)
    return mapped(records(file, (*COLUMNS, "label")), row, split, language, str(file))


def row(raw: dict[str, Any], split: str, language: str) -> Row | None:
    """Both sentences and the label; None where the label is hidden."""
    label = label_name(raw["label"], LABELS)
    if label is None:
        return None
    # Numbered as they lie: the hub's own ids are not in XTREME's files.
    return {"sentence1": raw["sentence1"], "sentence2": raw["sentence2"], "label": label}


PAWSX = Task(
    name="pawsx",
    title="PAWS-X",
    kind=TaskKind.CLASSIFICATION,
    catalog="paper",
    source=Chain(
        "pawsx",
        (XtremeFolder("pawsx", read, files), Files("pawsx", row), Hub(splits, row)),
        codes("en"),
    ),
    languages=LANGUAGES,
    columns=COLUMNS,
    labels=LABELS,
    metric="accuracy",
    train_examples=49_401,
    steps=5 * 49_401 // 32,
    licence="free for any purpose, with acknowledgement",
    reference="https://aclanthology.org/D19-1382/",
)
