"""QQP: do two questions from Quora ask the same, in English (GLUE, Wang et al., 2018)."""

from __future__ import annotations

from typing import Any

from xfer_core.domain.language import codes
from xfer_core.domain.task import Row, Task, TaskKind
from xfer_core.sources.chain import Chain
from xfer_core.sources.files import Files
from xfer_core.sources.hub import Hub, Split
from xfer_core.sources.label_names import label_name

LABELS = ("not_duplicate", "duplicate")
REVISION = "bcdcba79d07bc864c1c254ccfcedcce55bcc9a8c"
VALIDATION = (Split("nyu-mll/glue", "qqp", "validation", REVISION),)
PARTS = {
    "train": (Split("nyu-mll/glue", "qqp", "train", REVISION),),
    "dev": VALIDATION,
    "test": VALIDATION,
}


def splits(split: str, language: str) -> tuple[Split, ...]:
    """The configuration qqp of GLUE, in English."""
    return PARTS.get(split, ()) if language == "en" else ()


def row(raw: dict[str, Any], split: str, language: str) -> Row | None:
    """Both questions and the label; None where the label is hidden."""
    label = label_name(raw["label"], LABELS)
    if label is None:
        return None
    return {"question1": raw["question1"], "question2": raw["question2"], "label": label}


QQP = Task(
    name="qqp",
    title="QQP",
    kind=TaskKind.CLASSIFICATION,
    catalog="paper",
    source=Chain("qqp", (Files("qqp", row), Hub(splits, row)), codes("en")),
    languages=codes("en"),
    columns=("question1", "question2"),
    labels=LABELS,
    metric="accuracy",
    more_metrics=("macro_f1",),
    train_examples=363_846,
    steps=3 * 363_846 // 32,
    licence="cc-by-4.0 (an earlier card of GLUE)",
    reference="https://aclanthology.org/W18-5446/",
    note="Test labels are not public: the validation set is both dev and test.",
)
