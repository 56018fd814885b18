"""SST-2: is a sentence of a film review positive or negative, in English (Socher et al., 2013)."""

from __future__ import annotations

from typing import Any

from xfer_core.domain.language import codes
from xfer_core.domain.task import Row, Task, TaskKind
from xfer_core.sources.chain import Chain
from xfer_core.sources.files import Files
from xfer_core.sources.hub import Hub, Split
from xfer_core.sources.label_names import label_name

LABELS = ("negative", "positive")
REVISION = "bcdcba79d07bc864c1c254ccfcedcce55bcc9a8c"
VALIDATION = (Split("nyu-mll/glue", "sst2", "validation", REVISION),)
PARTS = {
    "train": (Split("nyu-mll/glue", "sst2", "train", REVISION),),
    "dev": VALIDATION,
    "test": VALIDATION,
}


def splits(split: str, language: str) -> tuple[Split, ...]:
    """The configuration sst2 of GLUE, in English."""
    return PARTS.get(split, ()) if language == "en" else ()


def row(raw: dict[str, Any], split: str, language: str) -> Row | None:
    """The sentence and its label; None where the label is hidden."""
    label = label_name(raw["label"], LABELS)
    return None if label is None else {"sentence": raw["sentence"], "label": label}


SST2 = Task(
    name="sst2",
    title="SST-2",
    kind=TaskKind.CLASSIFICATION,
    catalog="paper",
    source=Chain("sst2", (Files("sst2", row), Hub(splits, row)), codes("en")),
    languages=codes("en"),
    columns=("sentence",),
    labels=LABELS,
    metric="accuracy",
    more_metrics=("macro_f1",),
    train_examples=67_349,
    steps=3 * 67_349 // 32,
    licence="cc-by-4.0 (an earlier card of GLUE); unknown (card of SST-2)",
    reference="https://aclanthology.org/D13-1170/",
    note="Not one of the study's nine. Test labels are not public: the validation set is both "
    "dev and test.",
)
