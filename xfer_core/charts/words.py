"""Numbers, times and states in words, and text made safe for Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from xfer_core.charts import theme
from xfer_core.domain.language import ALL, LANGUAGES, REFERENCE_LANGUAGE, ZERO_SHOT
from xfer_core.domain.run import TERMINAL, State

SILENT_SECONDS = 15
"""After so long without an event a running stage is reported as out of contact."""

_STATES = {
    State.QUEUED: "queued",
    State.STARTING: "starting",
    State.RUNNING: "running",
    State.SUCCEEDED: "finished",
    State.FAILED: "failed",
    State.CANCELLED: "cancelled",
    State.LOST: "lost (its process is gone)",
    State.INTERRUPTED: "interrupted (can be resumed)",
    "waiting": "waiting for another run",
    "skipped": "skipped (an earlier stage failed)",
    "reused": "reused",
}
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|>~$:<&=^@/])")
_UNSEEN = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)


def escaped(text: Any) -> str:
    """The text with every Markdown sign made harmless, on one line."""
    flat = " ".join(visible(str(text)).split())
    return _MARKDOWN.sub(r"\\\1", flat)


def visible(text: str) -> str:
    """The text with control signs and changes of writing direction replaced by a box."""
    return _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", text)


def state(name: str) -> str:
    """A state as a person says it."""
    return next((words for known, words in _STATES.items() if str(known) == name), name)


def is_active(name: str) -> bool:
    """Whether a run in this state may still move."""
    return name not in [str(known) for known in TERMINAL]


def duration(seconds: float | None) -> str:
    """A time span such as "8 s", "2 min 5 s" or "1 h 12 min"; a dash for nothing."""
    if seconds is None or pd.isna(seconds):
        return "–"
    whole = max(round(float(seconds)), 0)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole < 600 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def age_seconds(moment: Any) -> float | None:
    """Seconds since a moment; None if there is none."""
    when = _moment(moment)
    return None if when is None else (datetime.now(UTC) - when).total_seconds()


def ago(moment: Any) -> str:
    """How long ago it was, as in "2 min ago"; "never" if there is no such moment."""
    age = age_seconds(moment)
    if age is None:
        return "never"
    if age < 5:
        return "just now"
    if age >= 86_400:
        return date(moment)
    return f"{duration(age).split(' ')[0]} {duration(age).split(' ')[1]} ago"


def date(moment: Any) -> str:
    """The moment as "2026-11-22 14:02 UTC"; a dash if there is none."""
    when = _moment(moment)
    return "–" if when is None else when.strftime("%Y-%m-%d %H:%M UTC")


def silent_seconds(last_event_at: Any) -> int | None:
    """Seconds without contact, once they are worth a warning."""
    age = age_seconds(last_event_at)
    return round(age) if age is not None and age > SILENT_SECONDS else None


def run_ended(record: Mapping[str, Any]) -> str:
    """How a run of the view ``runs`` ended, in a line: "Run ... finished, 98 of 98 stages."."""
    total, done = int(record["stages_total"] or 0), int(record["stages_done"] or 0)
    return (
        f"Run {record['run_id']} {state(str(record['state']))}, {done} of {plural(total, 'stage')}."
    )


def between(start: Any, end: Any) -> float | None:
    """Seconds from one moment to another, or to now if it has not come."""
    first, last = _moment(start), _moment(end)
    return None if first is None else ((last or datetime.now(UTC)) - first).total_seconds()


def language(code: str, n_languages: int | None = None) -> str:
    """A language or a mean over languages: "Swahili", "zero-shot mean"."""
    if code == ZERO_SHOT:
        over = f" over {n_languages} languages" if n_languages else ""
        return f"zero-shot mean{over}"
    if code == ALL:
        return f"mean over {n_languages or 'all'} languages, English too"
    known = LANGUAGES.get(code)
    name = known.name if known else code
    return f"{name} (reference)" if code == REFERENCE_LANGUAGE else name


def plural(count: int, noun: str) -> str:
    """A count with its noun: "1 seed", "2 seeds"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def notes(table: pd.DataFrame) -> list[str]:
    """What a reader of these results must know, a line for each target that has such a note.

    Args:
        table: results with a column ``note``, and ``target`` where they are of several; tables
            from before there were notes have none.
    """
    if "note" not in table:
        return []
    told = table[table["note"].fillna("").astype(str).str.strip() != ""]
    targets = told["target"] if "target" in told else [None] * len(told)
    pairs = dict.fromkeys(zip(targets, told["note"], strict=True))
    return [
        visible(str(note) if target is None else f"{theme.task_label(str(target))}: {note}")
        for target, note in pairs
    ]


def listed(items: Iterable[Any]) -> str:
    """Items with commas."""
    return ", ".join(str(item) for item in items)


def size(number_of_bytes: float | None) -> str:
    """A size such as "12 MB" or "1.3 GB"; a dash for nothing."""
    if number_of_bytes is None or pd.isna(number_of_bytes):
        return "–"
    if number_of_bytes < 1e9:
        return f"{max(number_of_bytes / 1e6, 0):.0f} MB"
    return f"{number_of_bytes / 1e9:.1f} GB"


def loss(value: Any) -> str:
    """A training loss with two decimals, or why there is none."""
    if value is None or pd.isna(value):
        return ""
    return f"loss {float(value):.2f}".replace("-", theme.MINUS)


def _moment(value: Any) -> datetime | None:
    if value is None or pd.isna(value):
        return None
    when = pd.Timestamp(value)
    return (when.tz_localize(UTC) if when.tzinfo is None else when.tz_convert(UTC)).to_pydatetime()


def metric(name: str) -> str:
    """A metric as people write it: "span_f1" is F1, "accuracy@2" accuracy at layer 2."""
    plain, _, layer = name.partition("@")
    said = "F1" if plain.endswith("f1") else plain.replace("_", " ")
    return f"{said} at layer {layer}" if layer else said
