"""Global-MMLU: MMLU in 42 languages, with a note on questions that depend on a culture.

Source: Singh et al., 2024, arXiv:2412.03304.
"""

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

REPO = "CohereLabs/Global-MMLU"
REVISION = "0e619dbeb34206cd48705a1a0ea7fb21cae09993"
LANGUAGES = codes(
    "en am ar bn cs de el es fa fil fr ha he hi id ig it ja ko ky lt mg ms ne nl ny pl pt ro ru si "
    "sn so sr sv sw te tr uk vi yo zh"
)
SPLITS = {"dev": "dev", "test": "test", EXAMPLES: "dev"}
OPTIONS = ("option_a", "option_b", "option_c", "option_d")
CULTURE = "cultural_sensitivity_label"
"""Column: whether annotators found that a question depends on a culture; kept in the row."""


def splits(split: str, language: str) -> tuple[Split, ...]:
    """The set's own dev and test, but in English MMLU's own for all that is not scored.

    The set's dev holds translations of the examples that few-shot prompts show.
    """
    if _is_english_original(split, language):
        return mmlu.splits(split, language)
    if split not in SPLITS or language not in LANGUAGES:
        return ()
    return (Split(REPO, language, SPLITS[split], REVISION),)


def row(raw: dict[str, Any], split: str, language: str) -> Row | None:
    """As MMLU's, with the label of cultural sensitivity; None where a text is missing."""
    if _is_english_original(split, language):
        return mmlu_questions.english(raw)
    options = [raw[column] for column in OPTIONS]
    found = mmlu_questions.translated(raw["subject"], raw["question"], options, raw["answer"])
    return found and {"id": str(raw["sample_id"]), **found, CULTURE: raw[CULTURE]}


def _is_english_original(split: str, language: str) -> bool:
    return language == "en" and split != "test"


GLOBAL_MMLU = Task(
    name="global-mmlu",
    title="Global-MMLU",
    kind=TaskKind.MULTIPLE_CHOICE,
    catalog="paper",
    source=Chain("global-mmlu", (Files("global-mmlu", row), Hub(splits, row)), codes("en")),
    languages=LANGUAGES,
    metric="accuracy",
    train_examples=mmlu.TRAIN_EXAMPLES,
    steps=mmlu.STEPS,
    licence="apache-2.0",
    reference="https://arxiv.org/abs/2412.03304",
    note="Rows of which a text is missing are left out. English dev is MMLU's validation set; dev "
    "of other languages holds the examples that few-shot prompts show.",
    same_data_as=("mmlu", "mmmlu", "m-mmlu"),
)
