"""Tokenized examples as flat arrays, kept in the store so that no stage tokenizes twice."""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Encoded:
    """Token ids of n items (sentences, pairs or answer options), one behind the other.

    Item i is ``ids[offsets[i]:offsets[i + 1]]``. ``labels`` has one entry per item
    (classification), per group (multiple choice), or per token (tagging, -100 where there is
    nothing to learn). ``groups`` (n_groups + 1) cuts the items into examples: an example is one
    item, but for multiple choice it is a question's options, for spans the windows of a long
    context, for tagging the pieces of a long sentence. Every example has at least one item.
    """

    ids: Ints
    offsets: Ints
    groups: Ints
    labels: Ints

    @property
    def n_examples(self) -> int:
        """Number of examples."""
        return len(self.groups) - 1

    def lengths(self) -> Ints:
        """(n_examples,) tokens of the longest item of each example."""
        items = np.diff(self.offsets)
        if len(items) == 0:
            return items
        return np.maximum.reduceat(items, self.groups[:-1])

    def items(self, examples: Ints) -> Ints:
        """Indices of the items of some examples, in order."""
        spans = [np.arange(self.groups[e], self.groups[e + 1]) for e in examples]
        return np.concatenate(spans) if spans else np.zeros(0, dtype=np.int64)


def flat(items: Iterable[list[int]]) -> tuple[Ints, Ints]:
    """Token ids one behind the other, and the (n + 1) offsets."""
    ids, offsets = array("q"), array("q", [0])
    for item in items:
        ids.extend(item)
        offsets.append(len(ids))
    return np.array(ids, dtype=np.int64), np.array(offsets, dtype=np.int64)


def single(items: Iterable[list[int]], labels: Any) -> Encoded:
    """Examples of one item each."""
    ids, offsets = flat(items)
    groups = np.arange(len(offsets), dtype=np.int64)
    return Encoded(ids, offsets, groups, np.asarray(labels, dtype=np.int64))


def grouped(items: Iterable[list[int]], sizes: list[int], labels: Any) -> Encoded:
    """Examples of as many items as ``sizes`` say."""
    ids, offsets = flat(items)
    groups = np.cumsum([0, *sizes], dtype=np.int64)
    return Encoded(ids, offsets, groups, np.asarray(labels, dtype=np.int64))


def join(parts: list[Encoded]) -> Encoded:
    """Several sets of examples as one, in order."""
    items = np.cumsum([0, *(len(part.offsets) - 1 for part in parts)])
    tokens = np.cumsum([0, *(len(part.ids) for part in parts)])
    first = np.zeros(1, dtype=np.int64)
    return Encoded(
        np.concatenate([part.ids for part in parts]),
        np.concatenate(
            [first, *(part.offsets[1:] + start for part, start in zip(parts, tokens, strict=False))]
        ),
        np.concatenate(
            [first, *(part.groups[1:] + start for part, start in zip(parts, items, strict=False))]
        ),
        np.concatenate([part.labels for part in parts]),
    )


def load(path: Path) -> Encoded | None:
    """Arrays kept before; None if there are none, or they are damaged."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return Encoded(file["ids"], file["offsets"], file["groups"], file["labels"])
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return None


def keep(path: Path, encoded: Encoded) -> None:
    """Write the arrays aside, then rename, so that nobody reads half of them."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = path.with_name(f".tmp-{os.getpid()}-{path.name}")
    with aside.open("wb") as file:
        np.savez(
            file,
            ids=encoded.ids,
            offsets=encoded.offsets,
            groups=encoded.groups,
            labels=encoded.labels,
        )
    os.replace(aside, path)
