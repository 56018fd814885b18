"""SQuAD 2.0: as SQuAD 1.1, but some questions have no answer (Rajpurkar et al., 2018)."""

from __future__ import annotations

from typing import Any

from xfer_core.domain.language import codes
from xfer_core.domain.task import Row, Task, TaskKind
from xfer_core.sources.chain import Chain
from xfer_core.sources.files import Files
from xfer_core.sources.hub import Hub, Split
from xfer_core.sources.spans import answered

REPO = "rajpurkar/squad_v2"
REVISION = "3ffb306f725f7d2ce8394bc1873b24868140c412"
VALIDATION = (Split(REPO, "squad_v2", "validation", REVISION),)
PARTS = {
    "train": (Split(REPO, "squad_v2", "train", REVISION),),
    "dev": VALIDATION,
    "test": VALIDATION,
}


def splits(split: str, language: str) -> tuple[Split, ...]:
    """The hub's copy, in English."""
    return PARTS.get(split, ()) if language == "en" else ()


def row(raw: dict[str, Any], split: str, language: str) -> Row:
    """Context, question and answers, which are empty where the context has none."""
    return answered(raw) or {
        "id": str(raw["id"]),
        "context": raw["context"],
        "question": raw["question"],
        "answers": {"text": [], "answer_start": []},
    }


SQUAD2 = Task(
    name="squad2",
    title="SQuAD 2.0",
    kind=TaskKind.SPAN,
    catalog="paper",
    source=Chain("squad2", (Files("squad2", row), Hub(splits, row)), codes("en")),
    languages=codes("en"),
    columns=("context", "question", "answers"),
    metric="squad2_f1",
    more_metrics=("squad2_exact_match",),
    train_examples=130_319,
    steps=3 * 130_319 // 32,
    licence="cc-by-sa-4.0",
    reference="https://aclanthology.org/P18-2124/",
    note="The test set is not public: the validation set is both dev and test.",
    no_answer=True,
    same_data_as=("xquad", "mlqa"),  # it holds the training questions of SQuAD 1.1
)
