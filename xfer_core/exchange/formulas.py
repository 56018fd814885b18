"""Texts that a spreadsheet must not take for formulas."""

from __future__ import annotations

import unicodedata
from typing import Any

SIGNS = "=+-@\t\r\n\0"
"""A cell that begins with one of these, or with its full-width form, may be run as a formula."""


def safe(value: Any) -> Any:
    """The value of a CSV cell: a text that looks like a formula gets a ' in front; numbers stay."""
    return f"'{value}" if isinstance(value, str) and _is_formula(value) else value


def unescaped(text: str) -> str:
    """What ``safe`` was given."""
    return text[1:] if text.startswith("'") and _is_formula(text[1:]) else text


def _is_formula(text: str) -> bool:
    return unicodedata.normalize("NFKC", text[:1]).startswith(tuple(SIGNS))
