"""UD-POS: the part of speech of every word, Universal Dependencies 2.5, as XTREME took it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from xfer_core.domain.language import LANGUAGES as KNOWN
from xfer_core.domain.language import codes
from xfer_core.domain.task import Row, Task, TaskKind
from xfer_core.sources.chain import Chain
from xfer_core.sources.files import Files
from xfer_core.sources.hidden import check_fields
from xfer_core.sources.hub import Hub, Split
from xfer_core.sources.mapped import mapped
from xfer_core.sources.sentences import tag_records, tagged_row
from xfer_core.sources.xtreme_folder import XtremeFolder

REPO = "google/xtreme"
REVISION = "ec5f1f46e9af79639a90684a7a70a956c4998f04"
LANGUAGES = codes(
    "en af ar bg de el es et eu fa fi fr he hi hu id it ja kk ko mr nl pt ru ta te th tl tr ur vi "
    "yo zh"
)
WITHOUT_DEV = codes("kk th tl yo")
LABELS = (
    "ADJ",
    "ADP",
    "ADV",
    "AUX",
    "CCONJ",
    "DET",
    "INTJ",
    "NOUN",
    "NUM",
    "PART",
    "PRON",
    "PROPN",
    "PUNCT",
    "SCONJ",
    "SYM",
    "VERB",
    "X",
)
"""In the order of the hub's numbers."""
NAMES = {"train": "train", "dev": "validation", "test": "test"}


def has(split: str, language: str) -> bool:
    """Whether the task has such rows; only English is trained on."""
    if split not in NAMES or language not in LANGUAGES:
        return False
    return language == "en" if split == "train" else split == "test" or language not in WITHOUT_DEV


def splits(split: str, language: str) -> tuple[Split, ...]:
    """One configuration per language, by its English name."""
    if not has(split, language):
        return ()
    return (Split(REPO, f"udpos.{KNOWN[language].name}", NAMES[split], REVISION),)


def files(folder: Path, split: str, language: str) -> tuple[Path, ...]:
    """One file per split and language.

    Raises:
        NoRows: its tags are hidden.
    """
    if not has(split, language):
        return ()
    file = folder / "udpos" / f"{split}-{language}.tsv"
    check_fields(file, 2)
    return (file,)


def read(folder: Path, split: str, language: str) -> list[Row] | None:
    """The sentences of XTREME's file."""
    (file,) = files(folder, split, language)
    return mapped(tag_records(file, "pos_tags"), row, split, language, str(file))


def row(raw: dict[str, Any], split: str, language: str) -> Row | None:
    """Tokens and tags; None for a sentence without either.

    A word that its treebank leaves untagged ("_") is X, "other".
    """
    tags = ["X" if tag == "_" else tag for tag in raw["pos_tags"]]
    return tagged_row(raw["tokens"], tags, LABELS)


UDPOS = Task(
    name="udpos",
    title="UD-POS",
    kind=TaskKind.TAGGING,
    catalog="paper",
    source=Chain(
        "udpos",
        (XtremeFolder("udpos", read, files), Files("udpos", row), Hub(splits, row)),
        codes("en"),
    ),
    languages=LANGUAGES,
    labels=LABELS,
    metric="f1",
    more_metrics=("token_accuracy",),
    train_examples=21_253,
    steps=10 * 21_253 // 32,
    licence="varies by treebank",
    reference="https://arxiv.org/abs/2003.11080",
    note="Scored as XTREME does, by the F1 of runs of equal tags; accuracy by token is higher. "
    "The hub's copy keeps syntactic words apart where XTREME's files join them: scores on the two "
    "are not the same.",
)
