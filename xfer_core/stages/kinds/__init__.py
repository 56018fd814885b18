"""Kinds of tasks: how examples are encoded, what the head is, how it learns and predicts."""

from __future__ import annotations

from xfer_core.domain.task import TaskKind
from xfer_core.stages.kinds.base import Kind
from xfer_core.stages.kinds.classification import Classification
from xfer_core.stages.kinds.mining import Mining
from xfer_core.stages.kinds.multiple_choice import MultipleChoice
from xfer_core.stages.kinds.retrieval import Retrieval
from xfer_core.stages.kinds.span import Span
from xfer_core.stages.kinds.tagging import Tagging

KINDS: dict[TaskKind, Kind] = {
    TaskKind.CLASSIFICATION: Classification(),
    TaskKind.TAGGING: Tagging(),
    TaskKind.MULTIPLE_CHOICE: MultipleChoice(),
    TaskKind.SPAN: Span(),
    TaskKind.RETRIEVAL: Retrieval(),
    TaskKind.MINING: Mining(),
}
