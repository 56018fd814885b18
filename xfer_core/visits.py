"""When somebody last looked at a store, kept in its folder: nothing else remembers a visit."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from xfer_core import spool
from xfer_core.home import Home

FILE = "visits.json"
PAUSE = timedelta(minutes=30)
"""After so long without a look the next one is a new visit."""
PACE = timedelta(seconds=60)
"""The file is not written more often than this."""


def last_visit(home: Home, now: datetime) -> datetime | None:
    """When the visit before this one ended (UTC); None at the first. Notes that one looks now."""
    values = _read(home)
    seen, before = _moment(values.get("seen")), _moment(values.get("before"))
    if seen is None or now - seen > PAUSE:
        before = seen
    if seen is None or now - seen > PACE:
        times = {"seen": now.isoformat(), "before": before.isoformat() if before else None}
        _write(home, {**values, **times})
    return before


def is_dismissed(home: Home, name: str) -> bool:
    """Whether something was closed for good, such as the guided first look."""
    return name in _read(home).get("dismissed", [])


def dismiss(home: Home, name: str) -> None:
    """Never show something again in this store."""
    values = _read(home)
    _write(home, {**values, "dismissed": sorted({*values.get("dismissed", []), name})})


def _path(home: Home) -> Path:
    return home.root / FILE


def _read(home: Home) -> dict[str, Any]:
    values = spool.read_json(_path(home))
    return values if isinstance(values, dict) else {}


def _write(home: Home, values: dict[str, Any]) -> None:
    # A store that cannot be written can still be looked at.
    with suppress(OSError):
        spool.publish(_path(home), values)


def _moment(text: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
