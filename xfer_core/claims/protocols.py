"""How a published figure was made and how a cell was measured: what is not the same in both."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from xfer_core import catalog as catalogue
from xfer_core.charts import words
from xfer_core.domain.language import ALL, ZERO_SHOT
from xfer_core.domain.task import TaskKind
from xfer_core.views.selection import Queryable

PAPER = "paper"
POOLED = (TaskKind.RETRIEVAL, TaskKind.MINING)
"""Kinds that compare sentence vectors: layer and pooling decide about their scores."""
SETTINGS = """
    SELECT settings FROM stages
    WHERE kind = 'evaluate' AND catalog = ? AND encoder = ? AND intermediate = ? AND target = ?
        AND variant = ? AND settings IS NOT NULL
    LIMIT 1
"""


@dataclass(frozen=True)
class Protocol:
    """How a cell of this store was measured; "" and None where the store does not tell."""

    catalog: str
    encoder: str
    target: str
    metric: str
    language: str
    pooling: str = ""
    layer: int | None = None
    max_length: int | None = None
    data: str = ""
    """Where the task's test rows are from."""


def protocol(store: Queryable, cell: Mapping[str, Any]) -> Protocol:
    """The protocol of a row of the view ``gains``."""
    place = [cell[name] for name in ("catalog", "encoder", "intermediate", "target", "variant")]
    found = store.query(SETTINGS, place)
    settings = json.loads(str(found["settings"].iloc[0])) if len(found) else {}
    how = settings.get("evaluation") or {}
    return Protocol(
        catalog=str(cell["catalog"]),
        encoder=str(cell["encoder"]),
        target=str(cell["target"]),
        metric=str(cell["metric"]),
        language=str(cell["language"]),
        pooling=str(how.get("retrieval_pooling") or ""),
        layer=how.get("retrieval_layer"),
        max_length=how.get("max_length"),
        data=_data(str(cell["target"])),
    )


def differences(figure: Mapping[str, Any], here: Protocol) -> list[str]:
    """What is known to differ between a published figure and a cell, in a few words each.

    What the source does not tell (``figures`` has it empty) is no difference, but for layer and
    pooling of retrieval it is said: they move those scores by more than most gains.

    Args:
        figure: a row of ``published.figures``.
        here: of the cell.
    """
    found = []
    if here.catalog != PAPER:
        found.append(f"{here.catalog} stands for XTREME: other text and tasks")
    if figure["encoder"] != here.encoder:
        found.append(f"another model ({here.encoder})")
    if figure["split"] != "test":
        found.append(f"published on {figure['split']}, measured on test")
    if figure["metric"] != here.metric:
        said = words.metric(str(figure["metric"])), words.metric(here.metric)
        found.append(f"{said[0]}, here {said[1]}")
    if figure["language"] == ALL and here.language == ZERO_SHOT:
        found.append("mean with English, here without")
    return [*found, *_computed(figure, here), *_copies(figure, here)]


def _computed(figure: Mapping[str, Any], here: Protocol) -> list[str]:
    """Differences in layer, pooling and length."""
    if here.target not in catalogue.tasks():
        return []
    pooled = catalogue.task(here.target).kind in POOLED
    found = []
    if pooled and here.layer is not None:
        if pd.isna(figure["layer"]):
            found.append(f"layer not told, here {here.layer}")
        elif int(figure["layer"]) != here.layer:
            found.append(f"layer {int(figure['layer'])}, here {here.layer}")
    if pooled and here.pooling:
        if not figure["pooling"]:
            found.append(f"pooling not told, here {here.pooling}")
        elif figure["pooling"] != here.pooling:
            found.append(f"{figure['pooling']} pooling, here {here.pooling}")
    told = not pd.isna(figure["max_length"]) and here.max_length is not None
    if told and int(figure["max_length"]) != here.max_length:
        found.append(f"{int(figure['max_length'])} tokens at most, here {here.max_length}")
    return found


def _copies(figure: Mapping[str, Any], here: Protocol) -> list[str]:
    """Other copies of the data, where both are known and it is not another task altogether."""
    if here.catalog != PAPER or not figure["data"] or not here.data or "XTREME" in here.data:
        return []
    place = "the Hugging Face hub" if here.data == "hub" else here.data
    return [f"data: {figure['data']}, here from {place}"]


def _data(target: str) -> str:
    """Where the test rows of a task are; "" if it is not declared or they are nowhere."""
    if target not in catalogue.tasks():
        return ""
    task = catalogue.task(target)
    return task.source.availability("test", task.languages[0]).place or ""
