"""XNLI: does one sentence follow from another, in 15 languages (Conneau et al., 2018)."""

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

REPO = "facebook/xnli"
REVISION = "b8dd5d7af51114dbda02c0e3f6133f332186418e"
LANGUAGES = codes("en ar bg de el es fr hi ru sw th tr ur vi zh")
LABELS = ("entailment", "neutral", "contradiction")
"""In the order of the hub's numbers."""
COLUMNS = ("premise", "hypothesis")
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
    file = folder / "xnli" / f"{split}-{language}.tsv"
    check_fields(file, 3)
    return (file,)


def read(folder: Path, split: str, language: str) -> list[Row] | None:
    """The pairs of XTREME's file."""
    (file,) = files(folder, split, language)
    return mapped(records(file, (*COLUMNS, "label")), row, split, language, str(file))


def row(raw: dict[str, Any], split: str, language: str) -> Row | None:
    """Premise, hypothesis and label; None where the label is hidden."""
    told = raw["label"]
    # The word of XNLI's own training file.
    label = label_name("contradiction" if told == "contradictory" else told, LABELS)
    if label is None:
        return None
    return {"premise": raw["premise"], "hypothesis": raw["hypothesis"], "label": label}


XNLI = Task(
    name="xnli",
    title="XNLI",
    kind=TaskKind.CLASSIFICATION,
    catalog="paper",
    source=Chain(
        "xnli",
        (XtremeFolder("xnli", read, files), Files("xnli", row), Hub(splits, row)),
        codes("en"),
    ),
    languages=LANGUAGES,
    columns=COLUMNS,
    labels=LABELS,
    metric="accuracy",
    train_examples=392_702,
    steps=2 * 392_702 // 32,
    licence="see the data set's card",
    reference="https://aclanthology.org/D18-1269/",
    same_data_as=("mnli", "anli+"),
)
