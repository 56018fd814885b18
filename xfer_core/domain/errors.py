"""Errors that a person reads: what was expected, what came, what to do. One class per remedy."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class XferError(Exception):
    """Anything Xfer refuses or fails to do, in one sentence; ``exit_code`` is the shell's."""

    exit_code = 1


class UsageError(XferError):
    """The request itself is wrong: nothing was written."""

    exit_code = 2


class UnknownName(UsageError):
    """A task, language, encoder, metric, preset or setting that nobody declared."""

    def __init__(self, what: str, name: str, known: Iterable[str]) -> None:
        """``what`` is the noun ("task"); ``known`` are the accepted names."""
        choices = sorted(known)
        close = get_close_matches(name, choices, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(close)}?" if close else f"known: {', '.join(choices)}."
        super().__init__(f"Unknown {what} {name!r}; {hint}")


class DataError(XferError):
    """A data set does not hold what its task declares."""


class ShapeError(XferError):
    """Two arrays that must agree do not."""


class CheckpointError(XferError):
    """A checkpoint is missing, incomplete or was changed after it was written."""


class StoreError(XferError):
    """The store cannot be read or written."""


class StoreOwned(StoreError):
    """Another process owns the database of this store."""


class StoreTooNew(StoreError):
    """The store was written by a newer version of Xfer."""


class StageFailed(XferError):
    """A stage ended without a result; its job's last event says why."""
