"""Which texts are timed: a task's own, over all languages, in its own lengths or at two of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from xfer_core.domain.errors import DataError
from xfer_core.domain.task import Row
from xfer_core.stages.arrays import Encoded

QUANTILES = {"p50": 0.5, "p95": 0.95}
CANDIDATES = 1000
"""Texts among which those of a length are looked for."""
PICKED = 8
"""Different texts of a length, taken in turn."""

Encode = Callable[[list[Row]], Encoded]


@dataclass(frozen=True)
class Inputs:
    """The batches of one condition."""

    batch_size: int
    lengths: str
    """ "mix", or the quantile of the task's lengths that all texts are close to."""
    passes: list[list[list[Row]]]
    """Batches of rows, pass by pass."""
    shapes: list[list[Row]]
    """A batch of each different shape."""
    sizes: list[tuple[int, int]]
    """(items, tokens of the longest) of every batch, pass by pass."""

    @property
    def sequence_length(self) -> float:
        """Tokens of the longest item of a batch, the median over batches."""
        return float(np.median([tokens for _, tokens in self.sizes]))


def drawn(
    per_language: Sequence[list[Row]],
    encode: Encode,
    conditions: Sequence[tuple[int, str]],
    passes: int,
    samples: int,
) -> list[Inputs]:
    """The inputs of each condition (batch size, lengths).

    Rows are taken evenly over each language's test set, the languages in turn, and are repeated
    where there are too few. Batches are dealt to the passes by length, so that all passes have
    about the same work.

    Raises:
        DataError: there is no row at all.
    """
    if not any(per_language):
        raise DataError("Expected test examples to time; there are none in these languages.")
    known: dict[str, list[Row]] = {}
    found = []
    for batch_size, lengths in conditions:
        per_pass = -(-samples // passes)
        wanted = per_pass * passes * batch_size
        if lengths == "mix":
            rows = evenly(per_language, wanted)
        else:
            known.setdefault(lengths, _of_length(per_language, encode, QUANTILES[lengths]))
            rows = known[lengths]
        repeated = [rows[number % len(rows)] for number in range(wanted)]
        batches = [repeated[at : at + batch_size] for at in range(0, wanted, batch_size)]
        found.append(_inputs(batch_size, lengths, batches, encode, passes))
    return found


def evenly(per_language: Sequence[list[Row]], wanted: int) -> list[Row]:
    """At most about so many rows, spread evenly over each language, the languages in turn."""
    filled = [rows for rows in per_language if rows]
    each = -(-wanted // len(filled))
    spread = [
        [rows[at] for at in np.linspace(0, len(rows) - 1, min(each, len(rows))).astype(int)]
        for rows in filled
    ]
    mixed = zip_longest(*spread)
    return [row for group in mixed for row in group if row is not None][:wanted]


def _of_length(per_language: Sequence[list[Row]], encode: Encode, quantile: float) -> list[Row]:
    """The rows whose lengths are nearest to a quantile of all lengths."""
    rows = evenly(per_language, CANDIDATES)
    lengths = encode(rows).lengths()
    # An existing length, not one between two.
    wanted = np.quantile(lengths, quantile, method="inverted_cdf")
    nearest = np.argsort(np.abs(lengths - wanted), kind="stable")[:PICKED]
    return [rows[int(at)] for at in nearest]


def _inputs(
    batch_size: int, lengths: str, batches: list[list[Row]], encode: Encode, passes: int
) -> Inputs:
    sizes = [_size(encode(rows)) for rows in batches]
    by_length = np.argsort([tokens for _, tokens in sizes], kind="stable")
    dealt = [_shuffled(by_length[number::passes]) for number in range(passes)]
    first = {size: at for at, size in reversed(list(enumerate(sizes)))}
    return Inputs(
        batch_size,
        lengths,
        [[batches[at] for at in one] for one in dealt],
        [batches[at] for at in sorted(first.values())],
        [sizes[at] for one in dealt for at in one],
    )


def _size(encoded: Encoded) -> tuple[int, int]:
    return len(encoded.offsets) - 1, int(encoded.lengths().max())


def _shuffled(places: NDArray[np.int64]) -> list[int]:
    """Not from short to long, and the same each time."""
    return [int(at) for at in np.random.default_rng(0).permutation(places)]
