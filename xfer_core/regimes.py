"""How the intermediates of a request are trained: the plan's settings and those in their names."""

from __future__ import annotations

from pydantic import ValidationError

from xfer_core.domain import intermediate
from xfer_core.domain.errors import UnknownName, UsageError
from xfer_core.domain.intermediate import Intermediate
from xfer_core.domain.run import NO_INTERMEDIATE
from xfer_core.specification import IntermediateSettings

DEFAULTS = IntermediateSettings()


def resolved(name: str, plan: IntermediateSettings) -> tuple[Intermediate, IntermediateSettings]:
    """An intermediate with all its settings: those in its name, else the plan's.

    The intermediate that is returned names only settings that differ from the plan's and have
    an effect, so that equal requests have equal names.

    Raises:
        UnknownName: a setting that does not exist.
        UsageError: a value that cannot be, or settings of "none".
    """
    asked = intermediate.parse(name)
    if not asked.tasks or asked.tasks == (NO_INTERMEDIATE,):
        if asked.settings:
            raise UsageError(f"Expected {NO_INTERMEDIATE!r} without settings; got {name!r}.")
        return Intermediate(()), plan
    is_mixture = len(asked.tasks) > 1
    usual = _with_effect(plan.model_dump(), is_mixture)
    values = {**plan.model_dump(), **_values(asked.settings)}
    settings = _validated(name, _with_effect(values, is_mixture))
    differing = {
        key: intermediate.as_text(value)
        for key, value in settings.model_dump().items()
        if value != usual[key]
    }
    return Intermediate(asked.tasks, differing), settings


def _with_effect(values: dict[str, object], is_mixture: bool) -> dict[str, object]:
    """The values, but defaults for those that change nothing: they belong in no name or key."""
    idle = [] if is_mixture else ["mixing", "temperature", "size_cap", "weights"]
    if not values["masked_share"]:
        idle.append("masked_text")
    if values["tuning"] == "full":
        idle += ["lora_rank", "lora_alpha"]
    if values["select_on"] == "last":
        idle += ["select_every", "select_examples"]
    return {**values, **{key: getattr(DEFAULTS, key) for key in idle}}


def _values(texts: dict[str, str]) -> dict[str, object]:
    known = IntermediateSettings.model_fields
    for key in texts:
        if key not in known:
            raise UnknownName("setting", key, known)
    return {key: intermediate.as_value(text, getattr(DEFAULTS, key)) for key, text in texts.items()}


def _validated(name: str, values: dict[str, object]) -> IntermediateSettings:
    try:
        return IntermediateSettings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        said = first["msg"].removeprefix("Value error, ")
        raise UsageError(f"Settings of {name!r}: {place}{': ' if place else ''}{said}.") from error
