"""The forms in which data sets on the hub write the same label or answer."""

from __future__ import annotations

from string import ascii_uppercase
from typing import Any

HIDDEN = ("", "-", "-1")
"""What stands in place of a label that is not told, or on which annotators did not agree."""


def label_name(value: Any, labels: tuple[str, ...]) -> str | None:
    """The label that a name, or a number counted from 0, means; None where it is hidden.

    Raises:
        ValueError: neither.
    """
    text = _text(value)
    if text in HIDDEN:
        return None
    if text in labels:
        return text
    if text.isdecimal() and int(text) < len(labels):
        return labels[int(text)]
    raise ValueError(
        f"expected {' or '.join(labels)}, or 0 to {len(labels) - 1} as the label; got {value!r}"
    )


def option_number(value: Any, n_options: int) -> int | None:
    """The option, counted from 0, that a letter or a number means; None where it is hidden.

    Raises:
        ValueError: neither, or there is no such option.
    """
    text = _text(value).upper()
    if text in HIDDEN:
        return None
    letters = ascii_uppercase[:n_options]
    number = letters.find(text) if len(text) == 1 and text.isalpha() else -1
    if text.isdecimal():
        number = int(text)
    if 0 <= number < n_options:
        return number
    raise ValueError(
        f"expected {letters[0]} to {letters[-1]}, or 0 to {n_options - 1} as the answer; "
        f"got {value!r}"
    )


def _text(value: Any) -> str:
    """As written; a column with gaps comes as 1.0 where another has 1."""
    if value is None or value != value:  # NaN differs from itself
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()
