"""Versions of an encoder's results in words: when they are from and what differs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xfer_core.charts import theme, words

NEWEST = "newest"
"""The choice that takes, per target, the newest version."""
MOST = 2
_WORDS = {"lora_rank": "LoRA rank", "lora_alpha": "LoRA alpha", "few_shot": "labelled examples"}


def title(version: Any, newest: Any) -> str:
    """One line: how the settings differ from those of the newest version, and the date."""
    if version is newest:
        return f"only the newest, {words.date(version.newest)}"
    return f"{difference(version.settings, newest.settings)} · {words.date(version.newest)}"


def difference(settings: Mapping[str, Any], newest: Mapping[str, Any]) -> str:
    """The settings that differ from the newest ones, a few of them in words."""
    changed = [
        f"{_named(key)} {value(settings.get(key))}"
        for key in dict.fromkeys([*newest, *settings])
        if settings.get(key) != newest.get(key)
    ]
    if not settings or not newest:
        return "settings unknown"
    if not changed:
        return "same settings, other weights, data or code"
    more = f" and {len(changed) - MOST} more" if len(changed) > MOST else ""
    return f"{words.listed(changed[:MOST])}{more}"


def line(version: Any, newest: Any) -> str:
    """Which results are shown, if not the newest of each target."""
    if version is newest:
        return (
            f"Only results of one version of the settings, the newest: {words.date(version.newest)}"
        )
    return (
        f"Not the newest results: those of {words.date(version.newest)} "
        f"({difference(version.settings, newest.settings)})"
    )


def _named(key: str) -> str:
    part, _, name = key.partition(".")
    if name.startswith("by_task."):
        _, task, name = name.split(".", 2)
        part = theme.task_label(task)
    return f"{part} {setting(name)}"


def setting(name: str) -> str:
    """A setting's name in words: "learning rate"."""
    return _WORDS.get(name, name.replace("_", " "))


def value(found: Any) -> str:
    """A setting's value in words: "on", "0.0005"."""
    if found is None:
        return "as usual"
    if isinstance(found, bool):
        return "on" if found else "off"
    if isinstance(found, (list, tuple)):
        return words.listed(found) or "none"
    return f"{found:g}" if isinstance(found, float) else str(found)
