"""Answers of the database kept while they are true: many views ask the same few questions."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping

import pandas as pd

from xfer_core.store.frames import Parameters

MOST = 256
"""Answers kept at most; the ones that were not asked for longest go first."""
MOST_VALUES = 20_000
"""Rows times columns of a kept answer, so that all of them together stay small."""


class Answers:
    """The answers about one version of a store; safe to share between threads."""

    def __init__(self) -> None:
        """Nothing is kept yet."""
        self._lock = threading.Lock()
        self._version = -1
        self._kept: OrderedDict[Hashable, pd.DataFrame] = OrderedDict()

    def get(
        self,
        version: int,
        sql: str,
        parameters: Parameters,
        ask: Callable[[str, Parameters], pd.DataFrame],
    ) -> pd.DataFrame:
        """The kept answer, or that of ``ask``, which is kept then.

        Args:
            version: of the store now; answers about an earlier one are forgotten.
            sql: the question.
            parameters: its values.
            ask: who knows, if none is kept.

        Returns:
            A table of the caller's own: what is changed in it changes no other answer.
        """
        key = (sql, _hashable(parameters))
        with self._lock:
            if version > self._version:
                self._version = version
                self._kept.clear()
            kept = self._kept.get(key) if version == self._version else None
            if kept is not None:
                self._kept.move_to_end(key)
                return kept.copy(deep=False)  # pandas copies a column when it is written to
        table = ask(sql, parameters)
        if table.size <= MOST_VALUES:
            self._keep(version, key, table)
        return table.copy(deep=False)

    def _keep(self, version: int, key: Hashable, table: pd.DataFrame) -> None:
        with self._lock:
            if version == self._version:  # else the store has moved on while this was answered
                self._kept[key] = table
                while len(self._kept) > MOST:
                    self._kept.popitem(last=False)


def _hashable(value: object) -> Hashable:
    """Parameters as a key: lists become tuples; the type counts, since 1 and True differ in SQL."""
    if isinstance(value, Mapping):
        return tuple((name, _hashable(each)) for name, each in sorted(value.items()))
    if isinstance(value, list | tuple):
        return tuple(_hashable(each) for each in value)
    return (type(value), value)
