"""MMMLU: MMLU's test questions in 14 languages besides English, translated by people (OpenAI)."""

from __future__ import annotations

from typing import Any

from xfer_core.domain.language import codes
from xfer_core.domain.task import Row, Task, TaskKind
from xfer_core.sources import mmlu_questions
from xfer_core.sources.chain import Chain
from xfer_core.sources.files import Files
from xfer_core.sources.hub import Hub, Split
from xfer_core.tasks import mmlu

REVISION = "038c7808122969ead7456361af05cb8f47d247f8"
CONFIGURATIONS = {
    name.split("_")[0].lower(): name
    for name in (
        "AR_XY BN_BD DE_DE ES_LA FR_FR HI_IN ID_ID IT_IT JA_JP KO_KR PT_BR SW_KE YO_NG ZH_CN"
    ).split()
}
"""Language -> name of its configuration; there is none for English."""


def splits(split: str, language: str) -> tuple[Split, ...]:
    """The test set of the language; English is the authors' own, training and dev as well.

    Row i of each is the translation of row i of the English test set, so they share its number.
    """
    if language == "en":
        return mmlu.splits(split, language)
    if split != "test" or language not in CONFIGURATIONS:
        return ()
    return (Split("openai/MMMLU", CONFIGURATIONS[language], "test", REVISION),)


def row(raw: dict[str, Any], split: str, language: str) -> Row | None:
    """Subject, group, question, choices and answer; None where a text is missing."""
    if language == "en":
        return mmlu_questions.english(raw)
    options = [raw[letter] for letter in "ABCD"]
    return mmlu_questions.translated(raw["Subject"], raw["Question"], options, raw["Answer"])


MMMLU = Task(
    name="mmmlu",
    title="MMMLU",
    kind=TaskKind.MULTIPLE_CHOICE,
    catalog="paper",
    source=Chain("mmmlu", (Files("mmmlu", row), Hub(splits, row)), codes("en")),
    languages=("en", *CONFIGURATIONS),
    metric="accuracy",
    train_examples=mmlu.TRAIN_EXAMPLES,
    steps=mmlu.STEPS,
    licence="mit",
    reference="https://huggingface.co/datasets/openai/MMMLU",
    note="English is MMLU's own; there is no dev set in other languages. Rows of which a text is "
    "missing are left out.",
    same_data_as=("mmlu", "global-mmlu", "m-mmlu"),
)
