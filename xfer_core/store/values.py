"""Payload values as the tables take them: what cannot be a number is NULL, never 0 or a crash."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any

_LARGEST = 2**63 - 1


def number(value: Any) -> float | None:
    """A finite float; None for NaN, infinities (also as text) and anything else."""
    try:
        result = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return result if math.isfinite(result) else None


def integer(value: Any, largest: int = 2**31 - 1) -> int | None:
    """A whole number that fits the column; None otherwise."""
    if type(value) is int:  # The usual case, and exact beyond 2**53.
        return value if abs(value) <= largest else None
    result = number(value)
    return int(result) if result is not None and abs(result) <= largest else None


def big_integer(value: Any) -> int | None:
    """A whole number of up to 64 bits; None otherwise."""
    return integer(value, _LARGEST)


def numbers(value: Any) -> list[float | None] | None:
    """A list of finite floats with None in the gaps; None if it is no list."""
    return [number(item) for item in value] if isinstance(value, list) else None


def text(value: Any) -> str | None:
    """The text, with characters that cannot be stored replaced; None stays None."""
    return None if value is None else str(value).encode("utf-8", "replace").decode()


def json_text(value: Any) -> str | None:
    """The value as JSON with sorted keys; None stays None."""
    return None if value is None else json.dumps(value, sort_keys=True)


def texts(value: Any) -> list[str | None]:
    """A list of texts; empty if it is no list."""
    return [text(item) for item in value] if isinstance(value, list) else []


def moment(value: Any) -> datetime | None:
    """A time in UTC; None if it cannot be read."""
    try:
        result = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return result.replace(tzinfo=UTC) if result.tzinfo is None else result.astimezone(UTC)
