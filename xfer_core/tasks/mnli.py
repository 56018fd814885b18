"""MNLI: does one sentence follow from another, in ten genres of English (Williams et al., 2018)."""

from __future__ import annotations

from typing import Any

from xfer_core.domain.language import codes
from xfer_core.domain.task import Row, Task, TaskKind
from xfer_core.sources.chain import Chain
from xfer_core.sources.files import Files
from xfer_core.sources.hub import Hub, Split
from xfer_core.sources.label_names import label_name

LABELS = ("entailment", "neutral", "contradiction")
"""In the order of the numbers 0, 1, 2 of every data set of this kind on the hub."""
GLUE = "nyu-mll/glue"
GLUE_REVISION = "bcdcba79d07bc864c1c254ccfcedcce55bcc9a8c"
PARTS = {
    "train": (Split(GLUE, "mnli", "train", GLUE_REVISION),),
    "dev": (Split(GLUE, "mnli", "validation_matched", GLUE_REVISION),),
    "test": (Split(GLUE, "mnli", "validation_mismatched", GLUE_REVISION),),
}


def splits(split: str, language: str) -> tuple[Split, ...]:
    """The configuration mnli of GLUE, in English."""
    return PARTS.get(split, ()) if language == "en" else ()


def row(raw: dict[str, Any], split: str, language: str) -> Row | None:
    """Premise, hypothesis and label; None where the label is hidden or was not agreed on."""
    label = label_name(raw["label"], LABELS)
    if label is None:
        return None
    return {"premise": raw["premise"], "hypothesis": raw["hypothesis"], "label": label}


MNLI = Task(
    name="mnli",
    title="MNLI",
    kind=TaskKind.CLASSIFICATION,
    catalog="paper",
    source=Chain("mnli", (Files("mnli", row), Hub(splits, row)), codes("en")),
    languages=codes("en"),
    columns=("premise", "hypothesis"),
    labels=LABELS,
    head="nli",
    metric="accuracy",
    more_metrics=("macro_f1",),
    train_examples=392_702,
    steps=3 * 392_702 // 32,
    licence="mixed: cc-by-3.0, cc-by-sa-3.0, mit and other",
    reference="https://aclanthology.org/N18-1101/",
    note="Test labels are not public: dev is the matched, test the mismatched validation set.",
    same_data_as=("xnli",),
)
