"""PAN-X: names of people, organisations and places in Wikipedia (Pan et al., 2017)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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
    "en af ar bg bn de el es et eu fa fi fr he hi hu id it ja jv ka kk ko ml mr ms my nl pt ru sw "
    "ta te th tl tr ur vi yo zh"
)
LABELS = ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC")
"""In the order of the hub's numbers."""
NAMES = {"train": "train", "dev": "validation", "test": "test"}


def has(split: str, language: str) -> bool:
    """Whether the task has such rows; only English is trained on."""
    return split in NAMES and language in (LANGUAGES if split != "train" else ("en",))


def splits(split: str, language: str) -> tuple[Split, ...]:
    """One configuration per language."""
    if not has(split, language):
        return ()
    return (Split(REPO, f"PAN-X.{language}", NAMES[split], REVISION),)


def files(folder: Path, split: str, language: str) -> tuple[Path, ...]:
    """One file per split and language.

    Raises:
        NoRows: its tags are hidden.
    """
    if not has(split, language):
        return ()
    file = folder / "panx" / f"{split}-{language}.tsv"
    check_fields(file, 2)
    return (file,)


def read(folder: Path, split: str, language: str) -> list[Row] | None:
    """The sentences of XTREME's file."""
    (file,) = files(folder, split, language)
    return mapped(tag_records(file, "ner_tags"), row, split, language, str(file))


def row(raw: dict[str, Any], split: str, language: str) -> Row | None:
    """Tokens and tags; None for a sentence without either.

    The original files write the language before every token ("de:Berlin"); it is cut off.
    """
    tokens, prefix = list(raw["tokens"]), f"{language}:"
    # All or none: a sentence may well hold a token that begins like this.
    if all(token.startswith(prefix) for token in tokens):
        tokens = [token.removeprefix(prefix) for token in tokens]
    return tagged_row(tokens, raw["ner_tags"], LABELS)


PANX = Task(
    name="panx",
    title="PAN-X",
    kind=TaskKind.TAGGING,
    catalog="paper",
    source=Chain(
        "panx",
        (XtremeFolder("panx", read, files), Files("panx", row), Hub(splits, row)),
        codes("en"),
    ),
    languages=LANGUAGES,
    labels=LABELS,
    metric="f1",
    more_metrics=("token_accuracy",),
    train_examples=20_000,
    steps=10 * 20_000 // 32,
    licence="unknown",
    reference="https://aclanthology.org/P17-1178/",
    note="Javanese, Burmese and Yoruba have 100 test sentences each: look at the intervals.",
)
