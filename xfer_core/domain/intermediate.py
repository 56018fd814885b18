"""Names of what is trained before the target: nothing, a task, or a mixture, and how.

``none``, ``mini-mnli``, ``multi:mini-mnli+mini-qqp``. Settings that differ from the defaults stand
behind, each after a tilde: ``mini-mnli~masked_share=0.2~languages=de+fr``. So one plan, one heatmap
and one baseline can hold several ways to train the same intermediate task.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from xfer_core.domain.errors import UsageError
from xfer_core.domain.run import NO_INTERMEDIATE

MULTI = "multi:"
AND = "+"
SETTING = "~"


@dataclass(frozen=True)
class Intermediate:
    """A name taken apart: its tasks (none for the baseline) and its settings as text."""

    tasks: tuple[str, ...]
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The one name of this intermediate: tasks of a mixture in alphabetical order."""
        return "".join([base(self.tasks), *(f"{SETTING}{k}={v}" for k, v in self.settings.items())])


def parse(name: str) -> Intermediate:
    """Take a name apart.

    Raises:
        UsageError: a mixture of fewer than two tasks, or a setting that is not key=value.
    """
    tasks, *settings = name.split(SETTING)
    if tasks == NO_INTERMEDIATE and not settings:
        return Intermediate(())
    return Intermediate(_tasks(tasks), dict(_setting(name, text) for text in settings))


def base(tasks: Iterable[str]) -> str:
    """Name of some tasks without settings."""
    several = sorted(set(tasks))
    if len(several) > 1:
        return MULTI + AND.join(several)
    return several[0] if several else NO_INTERMEDIATE


def listed(text: str) -> tuple[str, ...]:
    """The names in "a+b"; a name may itself end in "+", as "mini-anli+" does: "a++b"."""
    names: list[str] = []
    for part in text.split(AND):
        if part:
            names.append(part)
        elif names:
            names[-1] += AND
    return tuple(names)


def as_text(value: Any) -> str:
    """A setting's value as it stands in a name."""
    if isinstance(value, Mapping):
        return AND.join(f"{key}:{one:g}" for key, one in sorted(value.items()))
    if isinstance(value, (list, tuple)):
        return AND.join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def as_value(text: str, example: Any) -> Any:
    """What ``as_text`` made text of; ``example`` tells lists and mappings from single values."""
    if isinstance(example, Mapping):
        return dict(part.rpartition(":")[::2] for part in listed(text))
    if isinstance(example, (list, tuple)):
        return list(listed(text))
    return None if text == "None" else text


def _tasks(text: str) -> tuple[str, ...]:
    if not text.startswith(MULTI):
        return (text,)
    names = tuple(sorted(set(listed(text.removeprefix(MULTI)))))
    if len(names) < 2:
        raise UsageError(
            f"Expected two tasks or more in a mixture, such as multi:mini-mnli+mini-qqp; got "
            f"{text!r}."
        )
    return names


def _setting(name: str, text: str) -> tuple[str, str]:
    key, separator, value = text.partition("=")
    if not separator or not key:
        raise UsageError(
            f"Expected settings as in mini-mnli~steps=500 behind an intermediate task; got "
            f"{text!r} in {name!r}."
        )
    return key, value
