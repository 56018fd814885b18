"""mini-xnli: does a sentence about an event follow from, contradict or go beyond another?"""

from __future__ import annotations

from xfer_core.domain.language import MINI_LANGUAGES
from xfer_core.domain.task import Task, TaskKind
from xfer_core.mini import inference
from xfer_core.mini.source import Generated

MINI_XNLI = Task(
    name="mini-xnli",
    title="mini XNLI",
    kind=TaskKind.CLASSIFICATION,
    catalog="mini",
    source=Generated("mini-xnli", inference.one_sentence, inference.render),
    languages=MINI_LANGUAGES,
    columns=("premise", "hypothesis"),
    labels=inference.LABELS,
    metric="accuracy",
    train_examples=2400,
    steps=120,
)
