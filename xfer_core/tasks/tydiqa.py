"""TyDiQA-GoldP: questions asked in nine languages by people who did not know the answer.

The hub has no column for the language: it is the id's first part (Clark et al., 2020).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from xfer_core.domain.language import LANGUAGES as KNOWN
from xfer_core.domain.language import codes
from xfer_core.domain.task import Row, Task, TaskKind
from xfer_core.sources.chain import Chain
from xfer_core.sources.files import Files
from xfer_core.sources.hidden import check_answers
from xfer_core.sources.hub import Hub, Split
from xfer_core.sources.mapped import mapped
from xfer_core.sources.spans import answered
from xfer_core.sources.xtreme_folder import XtremeFolder, squad_json

REPO = "google-research-datasets/tydiqa"
REVISION = "da78f23f9119363459acbaf46bf89426ff26c259"
LANGUAGES = codes("en ar bn fi id ko ru sw te")
PREFIXES = {KNOWN[code].name.lower(): code for code in (*LANGUAGES, "ja", "th")}
"""First part of an id -> language; Japanese and Thai are in other parts of TyDiQA only."""
ENGLISH_ONLY = ("train", "dev")
NAMES = {"train": "train", "dev": "validation", "test": "validation"}
"""The test set is not public: TyDiQA's dev set is XTREME's test set."""


def has(split: str, language: str) -> bool:
    """Whether the task has such rows; as in the study, a checkpoint is chosen in English."""
    return split in NAMES and language in (LANGUAGES if split not in ENGLISH_ONLY else ("en",))


def splits(split: str, language: str) -> tuple[Split, ...]:
    """One configuration for all languages; ``row`` keeps those of one."""
    return (Split(REPO, "secondary_task", NAMES[split], REVISION),) if has(split, language) else ()


def files(folder: Path, split: str, language: str) -> tuple[Path, ...]:
    """The training file of all languages, and one test file per language.

    The training files by language, which XTREME's script makes, have lost the ids.

    Raises:
        NoRows: the answers are hidden.
    """
    if not has(split, language):
        return ()
    if split == "train":
        name = "tydiqa-goldp-v1.1-train"
        return (folder / "tydiqa" / name / f"{name}.json",)
    file = folder / "tydiqa" / "tydiqa-goldp-v1.1-dev" / f"tydiqa.goldp.{language}.dev.json"
    check_answers(file)
    return (file,)


def read(folder: Path, split: str, language: str) -> list[Row] | None:
    """The questions of XTREME's file."""
    (file,) = files(folder, split, language)
    return mapped(squad_json(file), row, split, language, str(file))


def row(raw: dict[str, Any], split: str, language: str) -> Row | None:
    """Context, question and answers; None for another language, or where answers are hidden."""
    prefix = str(raw["id"]).partition("-")[0]
    if PREFIXES.get(prefix, language) != language:
        return None
    return answered(raw)


TYDIQA = Task(
    name="tydiqa",
    title="TyDiQA-GoldP",
    kind=TaskKind.SPAN,
    catalog="paper",
    source=Chain(
        "tydiqa",
        (XtremeFolder("tydiqa", read, files), Files("tydiqa", row), Hub(splits, row)),
        codes("en"),
    ),
    languages=LANGUAGES,
    columns=("context", "question", "answers"),
    metric="squad_f1",
    more_metrics=("squad_exact_match",),
    steps=460,
    licence="Apache-2.0",
    reference="https://arxiv.org/abs/2003.05002",
    note="The test set is not public, so the dev set is the test set, as in XTREME; checkpoints "
    "are chosen on its English part.",
)
