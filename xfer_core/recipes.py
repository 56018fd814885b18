"""How each task is trained and measured unless a request says otherwise.

The mini encoders take the defaults of ``specification``. For all others the values are those of
the authors' code (nyu-mll/jiant at daa5a258, guides/projects/xstilts.md and its scripts; not
quotes of the paper): AdamW, 1e-5, warm-up over a tenth of the steps, batches of 32 examples (16
for questions), 256 tokens at most (384 for questions). A batch here is a budget of tokens, so
examples become tokens by the mean length in ``sizes``: as many steps an epoch as theirs.

A task may declare settings of its own (``Task.training``), and what a request sets always wins.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from xfer_core.domain.encoder import Encoder
from xfer_core.domain.errors import UsageError
from xfer_core.domain.task import Task, TaskKind
from xfer_core.fingerprints import digest
from xfer_core.sizes import BY_TASK, size_of
from xfer_core.specification import EvaluationSettings, TrainingSettings

MINI = "mini"
LEARNING_RATE = 1e-5
MOST_TOKENS = 4096
"""A forward pass holds at most so many; a larger batch is summed over several (an assumption:
XLM-R large then trains in 24 GB)."""
LENGTH, LONG = 256, 384


@dataclass(frozen=True)
class Recipe:
    """Examples a batch, passes over the training data, tokens an input has at most."""

    batch: int = 32
    epochs: float = 3
    max_length: int = LENGTH


USUAL = Recipe()
"""The intermediate phase: defaults of the authors' simple interface."""
INTERMEDIATE = {
    **{name: USUAL for name in ("hellaswag", "cosmosqa", "csqa")},
    "squad1": Recipe(max_length=LONG),
    "squad2": Recipe(max_length=LONG),
}
TARGET = {
    "xnli": Recipe(epochs=2),
    "pawsx": Recipe(epochs=5),
    "udpos": Recipe(epochs=10),
    "panx": Recipe(epochs=10),
    "xquad": Recipe(batch=16, epochs=2, max_length=LONG),
    "mlqa": Recipe(batch=16, epochs=2, max_length=LONG),
    "tydiqa": Recipe(batch=16, epochs=2, max_length=LONG),
    # MMLU is not in the study: one pass over its long auxiliary training set is ours.
    **{
        name: Recipe(batch=16, epochs=1, max_length=LONG)
        for name in ("mmlu", "mmmlu", "global-mmlu", "m-mmlu")
    },
}
BY_KIND = {
    TaskKind.SPAN: Recipe(batch=16, epochs=2, max_length=LONG),
    TaskKind.MULTIPLE_CHOICE: Recipe(max_length=LONG),
}
"""For tasks that are not named above, such as a user's own."""
MEASURED = {
    TaskKind.SPAN: {"stride": 128, "longest_answer": 30},
}
"""Evaluation of a kind as XTREME's own scripts do it."""
LEARNED = {
    TaskKind.SPAN: {"stride": 128},
}
"""Training of a kind, in the same way."""
AS_BATCH = ("batch_tokens", "accumulate")

Trained = TypeVar("Trained", bound=TrainingSettings)
Settings = TypeVar("Settings", bound=BaseModel)


def trained(
    settings: Trained, tasks: Sequence[Task], encoder: Encoder, *, is_target: bool
) -> Trained:
    """The settings of a training stage, with the tasks' own values where nothing was asked for.

    Raises:
        UsageError: a task declares a setting that does not exist or a value that cannot be.
    """
    known = [_training(task, encoder, is_target) for task in tasks]
    values = _together([one for one in known if one], tasks)
    asked = {name for name in settings.model_fields_set if getattr(settings, name) is not None}
    if "steps" in asked:
        values.pop("epochs", None)
    if "batch_tokens" in asked:
        values.pop("accumulate", None)
    return _filled(settings, values, asked, tasks)


def evaluated(settings: EvaluationSettings, task: Task, encoder: Encoder) -> EvaluationSettings:
    """The settings of an evaluation, with the task's own values where nothing was asked for.

    Raises:
        UsageError: the task declares a length that cannot be.
    """
    values: dict[str, Any] = {}
    if encoder.catalog != MINI:
        values = {"max_length": _recipe(task, True).max_length, **MEASURED.get(task.kind, {})}
    if "max_length" in task.training:
        values["max_length"] = task.training["max_length"]
    asked = {name for name in settings.model_fields_set if getattr(settings, name) is not None}
    return _filled(settings, values, asked, [task])


def version(encoder: Encoder) -> str:
    """Changes with any value here; "" for encoders that none of them is about."""
    if encoder.catalog == MINI:
        return ""
    table = (USUAL, INTERMEDIATE, TARGET, BY_KIND, MEASURED, LEARNED, BY_TASK)
    return digest([repr(table), LEARNING_RATE, MOST_TOKENS])


def _training(task: Task, encoder: Encoder, is_target: bool) -> dict[str, Any]:
    """What one task asks for, its batch as ``tokens`` of a step unless it says how."""
    declared = dict(task.training)
    if encoder.catalog == MINI:
        return declared
    recipe = _recipe(task, is_target)
    values: dict[str, Any] = {
        "learning_rate": LEARNING_RATE,
        "epochs": recipe.epochs,
        "max_length": recipe.max_length,
        "tokens": recipe.batch * size_of(task).tokens,
        **LEARNED.get(task.kind, {}),
    }
    if "steps" in declared:
        values.pop("epochs")
    if any(name in declared for name in AS_BATCH):
        values.pop("tokens")
    return {**values, **declared}


def _recipe(task: Task, is_target: bool) -> Recipe:
    first, second = (TARGET, INTERMEDIATE) if is_target else (INTERMEDIATE, TARGET)
    return first.get(task.name) or second.get(task.name) or BY_KIND.get(task.kind, USUAL)


def _together(known: Sequence[Mapping[str, Any]], tasks: Sequence[Task]) -> dict[str, Any]:
    """What one training takes of several tasks' values: the slowest rate, the longest inputs.

    The tokens of a step are the mean over all examples, so a step learns from as many as before.
    """
    if not known:
        return {}
    values = dict(known[0])
    if len(known) > 1:
        choice = {"learning_rate": min, "epochs": max, "max_length": max}
        values = {
            name: best(one[name] for one in known)
            for name, best in choice.items()
            if all(name in one for one in known)
        }
        strides = [one["stride"] for one in known if "stride" in one]
        values |= {"stride": min(strides)} if strides else {}
        if all("tokens" in one for one in known):
            values["tokens"] = _mean([one["tokens"] for one in known], tasks)
    tokens = values.pop("tokens", None)
    if tokens is not None:
        passes = math.ceil(tokens / MOST_TOKENS)
        values |= {"batch_tokens": max(32, math.ceil(tokens / passes)), "accumulate": passes}
    return values


def _mean(tokens: Sequence[int], tasks: Sequence[Task]) -> float:
    sizes = [size_of(task).train_examples for task in tasks]
    return sum(n * size for n, size in zip(tokens, sizes, strict=True)) / sum(sizes)


def _filled(
    settings: Settings, values: Mapping[str, Any], asked: set[str], tasks: Sequence[Task]
) -> Settings:
    new = {name: value for name, value in values.items() if name not in asked}
    if not new:
        return settings
    given = settings.model_dump(exclude_unset=True)
    try:
        return type(settings).model_validate({**given, **new})
    except ValidationError as error:
        first = error.errors()[0]
        names = ", ".join(task.name for task in tasks)
        raise UsageError(
            f"Training settings that {names} declares: {'.'.join(map(str, first['loc']))}: "
            f"{first['msg'].removeprefix('Value error, ')}; got {str(first['input'])[:80]!r}."
        ) from error
