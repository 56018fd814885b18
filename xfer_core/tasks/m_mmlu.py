"""m_mmlu: MMLU in 33 languages besides English, translated by machine (Lai et al., 2023)."""

from __future__ import annotations

from typing import Any

from xfer_core.domain.language import codes
from xfer_core.domain.task import Row, Task, TaskKind
from xfer_core.sources import mmlu_questions
from xfer_core.sources.chain import Chain
from xfer_core.sources.files import Files
from xfer_core.sources.hub import Hub, Split
from xfer_core.sources.solved import EXAMPLES
from xfer_core.tasks import mmlu

REPO = "alexandrainst/m_mmlu"
REVISION = "main"
"""No commit of it is on record; what was fetched is known by the commit that main was then."""
LANGUAGES = codes(
    "en ar bn ca da de es eu fr gu hi hr hu hy id is it kn ml mr nb ne nl pt ro ru sk sr sv ta te "
    "uk vi zh"
)
SPLITS = {"dev": "val", "test": "test", EXAMPLES: "train"}
OPTIONS = ("option_a", "option_b", "option_c", "option_d")


def splits(split: str, language: str) -> tuple[Split, ...]:
    """The set's own val and test; it is trained on MMLU's auxiliary questions, in English.

    The set's own train serves as the examples that few-shot prompts show.
    """
    if split == "train":
        return mmlu.splits(split, language)
    if split not in SPLITS or language not in LANGUAGES:
        return ()
    return (Split(REPO, language, SPLITS[split], REVISION),)


def row(raw: dict[str, Any], split: str, language: str) -> Row | None:
    """Subject, group, question, choices and answer; None where a text is missing.

    The subject is what stands before the first slash of the id.
    """
    if split == "train":
        return mmlu_questions.english(raw)
    name = str(raw["id"])
    options = [raw[column] for column in OPTIONS]
    found = mmlu_questions.translated(
        name.partition("/")[0], raw["instruction"], options, raw["answer"]
    )
    return found and {"id": name, **found}


M_MMLU = Task(
    name="m-mmlu",
    title="m_mmlu",
    kind=TaskKind.MULTIPLE_CHOICE,
    catalog="paper",
    source=Chain("m-mmlu", (Files("m-mmlu", row), Hub(splits, row)), codes("en")),
    languages=LANGUAGES,
    metric="accuracy",
    train_examples=mmlu.TRAIN_EXAMPLES,
    steps=mmlu.STEPS,
    licence="cc-by-nc-4.0",
    reference="https://arxiv.org/abs/2307.16039",
    note="Translated by machine. Rows of which a text is missing are left out.",
    same_data_as=("mmlu", "mmmlu", "global-mmlu"),
)
