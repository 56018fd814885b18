"""What the launch form starts from, and how its texts are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pandas as pd
from pydantic import ValidationError

from xfer_core import recipes
from xfer_core.charts import theme, version_words, words
from xfer_core.domain.encoder import Encoder
from xfer_core.domain.errors import UsageError
from xfer_core.domain.task import Task
from xfer_core.specification import (
    IntermediateSettings,
    Settings,
    TargetRequest,
    TrainingSettings,
    flat,
)

Trained = IntermediateSettings | TargetRequest


@dataclass(frozen=True)
class Usual:
    """What tasks take by themselves, as text: "1e-05", "400 to 900 steps"; "" if unknown."""

    learning_rate: str
    length: str


WITH_BASELINE = "The same without an intermediate task is part of the run: a gain needs it."

PHASES = {
    "intermediate": "How the intermediate tasks are trained",
    "target": "How the target tasks are trained",
}
TRANSLATED = {
    "intermediate": "Others than English are translated training data.",
    "target": "English alone makes the other languages zero-shot.",
}
TUNING = {"full": "All of them", "lora": "LoRA: small additions, merged at the end"}
SELECTION = {
    "last": "The last one",
    "source": "The best in the training languages",
    "all": "The best over all languages",
}
MODELS: dict[str, type[Trained]] = {
    "intermediate": IntermediateSettings,
    "target": TargetRequest,
}
PARTS = {
    "catalog": "Catalogue",
    "encoders": "Encoders",
    "intermediates": "Intermediate tasks",
    "targets": "Targets",
    "languages": "Languages",
    "seeds": "Seeds",
}
USUALLY = "as declared"
OF_THE_TASK = ("learning_rate", "steps", "epochs", "batch_tokens", "max_length")
DEFAULTS = {
    key: value
    for key, value in flat(Settings().model_dump(mode="json")).items()
    if key.rpartition(".")[2] not in OF_THE_TASK
}
"""A setting with its default says nothing; those left out here depend on the task."""
Cell = tuple[str, str, str]
"""Encoder, intermediate and target."""
MIXING = {
    "size": "In proportion to their sizes",
    "uniform": "All alike",
    "temperature": "By smoothed sizes (temperature 2)",
}


def seeds(text: str) -> list[int]:
    """The seeds in a text such as "1, 2, 3".

    Raises:
        UsageError: something that is no whole number.
    """
    parts = [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]
    try:
        return [int(part) for part in parts]
    except ValueError as error:
        raise UsageError(
            f"Expected seeds as whole numbers with commas, such as 1, 2, 3; got "
            f"{words.visible(text)[:80]!r}."
        ) from error


def training(part: str, values: Mapping[str, Any]) -> Trained:
    """The settings of a phase in a request, the usual ones where it names none."""
    model = MODELS[part]
    try:
        return model.model_validate(dict(values))
    except ValidationError:
        return model()


def own_settings(phase: Trained) -> list[str]:
    """What some targets have otherwise than the rest of a request, a line each."""
    by_task = phase.by_task if isinstance(phase, TargetRequest) else {}
    lines = []
    for task, own in by_task.items():
        asked = own.model_dump(mode="json", exclude_unset=True)
        parts = [
            f"{version_words.setting(name)} {version_words.value(asked[name])}" for name in asked
        ]
        lines.append(f"{theme.task_label(task)} has settings of its own: {words.listed(parts)}.")
    return lines


def usual(part: str, first: Trained, tasks: Sequence[Task], encoders: Sequence[Encoder]) -> Usual:
    """What the tasks take with these encoders where a request says nothing (see ``recipes``)."""
    found = []
    for task in tasks:
        for encoder in encoders:
            with suppress(UsageError):  # a task of one's own that declares what cannot be
                asked = first.of(task.name) if isinstance(first, TargetRequest) else first
                found.append(recipes.trained(asked, [task], encoder, is_target=part == "target"))
    rates = sorted({one.learning_rate for one in found})
    return Usual(_span([f"{rate:g}" for rate in rates]), _lengths(found))


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What a request asks for otherwise than one before, a line each.

    Both are requests as ``Spec.plain`` gives them.
    """
    lines = []
    for name, title in PARTS.items():
        old, new = _listed(before.get(name)), _listed(now.get(name))
        if set(old) != set(new):
            lines.append(f"{title}: {_change(name, old, new)}")
    old_settings = _flat(before.get("settings") or {})
    new_settings = _flat(now.get("settings") or {})
    for key in sorted(old_settings.keys() | new_settings.keys()):
        was, becomes = old_settings.get(key, USUALLY), new_settings.get(key, USUALLY)
        if was != becomes:
            lines.append(f"{key}: {was} → {becomes}")
    return lines


def cells_line(stages: Sequence[Mapping[str, Any]], measured: Mapping[Cell, Sequence[int]]) -> str:
    """Which cells of the heatmap a run fills, and to which it adds seeds; "" for none."""
    seeds: dict[Cell, set[int]] = {}
    for stage in stages:
        if stage["kind"] == "evaluate" and not stage["reused"] and stage.get("encoder"):
            cell = (str(stage["encoder"]), str(stage["intermediate"]), str(stage["target"]))
            seeds.setdefault(cell, set()).add(int(stage["seed"]))
    new = [cell for cell in seeds if cell not in measured]
    wider = [cell for cell in seeds if cell in measured and not seeds[cell] <= {*measured[cell]}]
    again = len(seeds) - len(new) - len(wider)
    parts = [
        f"fills {words.plural(len(new), 'empty cell')}" if new else "",
        f"adds seeds to {words.plural(len(wider), 'cell')}" if wider else "",
        f"measures {words.plural(again, 'cell')} again" if again else "",
    ]
    return ", ".join(part for part in parts if part).capitalize()


def queue_line(active: Sequence[Mapping[str, Any]], slots: int) -> str:
    """What is at work before a new run, and what it has to share."""
    room = words.plural(slots, "stage")
    if not active:
        return f"Nothing runs before it · {room} at a time here"
    left = sum(int(run["stages_total"] or 0) - int(run["stages_done"] or 0) for run in active)
    known = [run["eta_seconds"] for run in active]
    sure = all(not pd.isna(seconds) for seconds in known)
    eta = f", about {words.duration(sum(known))}" if known and sure else ""
    return (
        f"{words.plural(len(active), 'run')} with {words.plural(left, 'stage')} left before it"
        f"{eta} · {room} at a time here"
    )


def basis(from_history: bool, gpu_hours: float = 0.0, gpu: str = "") -> str:
    """Where an estimate is from."""
    if gpu_hours:
        return f"Time is arithmetic, not measured: {gpu_hours:.1f} GPU hours on one {gpu}"
    if from_history:
        return "Time as such stages took in this store"
    return "Time is a first guess: such stages have not run here yet"


def _span(texts: Sequence[str]) -> str:
    if not texts:
        return ""
    return texts[0] if len(texts) == 1 else f"{texts[0]} to {texts[-1]}"


def _lengths(found: Sequence[TrainingSettings]) -> str:
    """Steps where they are declared, else passes over the data."""
    steps = sorted({one.steps for one in found if one.steps})
    passes = sorted({one.epochs or 1.0 for one in found if not one.steps})
    parts = [f"{_span([f'{count:,}' for count in steps])} steps"] if steps else []
    if passes:
        noun = "pass" if passes == [1.0] else "passes"
        parts.append(f"{_span([f'{count:g}' for count in passes])} {noun} over the data")
    return " or ".join(parts)


def _listed(value: Any) -> list[str]:
    if value is None:
        return []
    return [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]


def _change(name: str, old: Sequence[str], new: Sequence[str]) -> str:
    """What came and what went; the whole of it where that is shorter."""
    label = theme.task_label if name in ("intermediates", "targets") else words.language
    said = label if name in ("intermediates", "targets", "languages") else str
    gone = [said(one) for one in old if one not in new]
    come = [said(one) for one in new if one not in old]
    if not set(old) & set(new):
        nothing = "all" if name == "languages" else "none"
        return f"{words.listed(gone) or nothing} → {words.listed(come) or nothing}"
    parts = [f"with {words.listed(come)}"] if come else []
    return ", ".join([*parts, *([f"without {words.listed(gone)}"] if gone else [])])


def _flat(settings: Mapping[str, Any]) -> dict[str, str]:
    """Settings by dotted name, without those that say nothing."""
    return {
        key: words.listed(value) if isinstance(value, list | tuple) else str(value)
        for key, value in flat(settings).items()
        if value is not None and value != DEFAULTS.get(key)
    }


def among(wanted: Sequence[str], known: Sequence[str]) -> list[str]:
    """Those of the wanted names that exist."""
    return [name for name in wanted if name in known]


def place(names: Sequence[str], wanted: str) -> int:
    """Position of a name, the first if it is not there."""
    return list(names).index(wanted) if wanted in names else 0
