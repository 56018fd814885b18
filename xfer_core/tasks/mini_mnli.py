"""mini-mnli: natural language inference over two-sentence premises, in English."""

from __future__ import annotations

from xfer_core.domain.language import codes
from xfer_core.domain.task import Task, TaskKind
from xfer_core.mini import facts, inference
from xfer_core.mini.source import Generated

MINI_MNLI = Task(
    name="mini-mnli",
    title="mini MNLI",
    kind=TaskKind.CLASSIFICATION,
    catalog="mini",
    source=Generated(
        "mini-mnli", inference.two_sentences, inference.render, train_split=facts.INTERMEDIATE
    ),
    languages=codes("en"),
    columns=("premise", "hypothesis"),
    labels=inference.LABELS,
    head="nli",
    metric="accuracy",
    train_examples=2400,
    steps=60,
)
