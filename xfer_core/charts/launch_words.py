"""What the launch form starts from, and how its texts are read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from xfer_core.charts import words
from xfer_core.domain.errors import UsageError
from xfer_core.specification import TrainingSettings

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


def training(values: dict[str, Any]) -> TrainingSettings:
    """The training settings of a preset, the usual ones where it names none."""
    try:
        return TrainingSettings.model_validate(values)
    except ValidationError:
        return TrainingSettings()


def among(wanted: Sequence[str], known: Sequence[str]) -> list[str]:
    """Those of the wanted names that exist."""
    return [name for name in wanted if name in known]


def place(names: Sequence[str], wanted: str) -> int:
    """Position of a name, the first if it is not there."""
    return list(names).index(wanted) if wanted in names else 0
