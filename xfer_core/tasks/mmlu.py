"""MMLU: exam questions in 57 subjects, four options, in English (Hendrycks et al., 2021).

An encoder is trained on the auxiliary questions, which come from other exams and name no subject.
A causal model needs no training: ``few_shot_rows`` are what its prompts show of a subject.
"""

from __future__ import annotations

from typing import Any

from xfer_core.domain.errors import UnknownName
from xfer_core.domain.language import codes
from xfer_core.domain.task import Row, Task, TaskKind
from xfer_core.sources import mmlu_questions
from xfer_core.sources.chain import Chain
from xfer_core.sources.files import Files
from xfer_core.sources.hub import Hub, Split
from xfer_core.sources.mmlu_subjects import SUBJECTS
from xfer_core.sources.solved import EXAMPLES

REPO = "cais/mmlu"
REVISION = "c30699e8356da336a370243923dbaf21066bb9fe"
PARTS = {
    "train": (Split(REPO, "all", "auxiliary_train", REVISION),),
    "dev": (Split(REPO, "all", "validation", REVISION),),
    "test": (Split(REPO, "all", "test", REVISION),),
    # Five questions per subject, which the authors call dev: they are shown, never scored.
    EXAMPLES: (Split(REPO, "all", "dev", REVISION),),
}
TRAIN_EXAMPLES = 99_842
STEPS = 3 * TRAIN_EXAMPLES // 32


def splits(split: str, language: str) -> tuple[Split, ...]:
    """The authors' English sets."""
    return PARTS.get(split, ()) if language == "en" else ()


def row(raw: dict[str, Any], split: str, language: str) -> Row:
    """Subject, group, question, choices and answer; subject and group are "" in training rows."""
    return mmlu_questions.english(raw)


def few_shot_rows(subject: str) -> list[Row]:
    """The authors' English examples of a subject, five of them, in their order.

    A user's own stand in XFER_DATA_DIR/mmlu/en/examples.*; the hub's are fetched together with
    the rest of cais/mmlu.

    Raises:
        UnknownName: none of the 57 subjects.
        DataError: they are not here and cannot be fetched.
    """
    if subject not in SUBJECTS:
        raise UnknownName("subject", subject, SUBJECTS)
    return [one for one in MMLU.source.rows(EXAMPLES, "en") if one["subject"] == subject]


MMLU = Task(
    name="mmlu",
    title="MMLU",
    kind=TaskKind.MULTIPLE_CHOICE,
    catalog="paper",
    source=Chain("mmlu", (Files("mmlu", row), Hub(splits, row)), codes("en")),
    languages=codes("en"),
    metric="accuracy",
    train_examples=TRAIN_EXAMPLES,
    steps=STEPS,
    licence="mit",
    reference="https://arxiv.org/abs/2009.03300",
    note="Encoders are trained on the auxiliary questions.",
    same_data_as=("mmmlu", "global-mmlu", "m-mmlu"),
)
