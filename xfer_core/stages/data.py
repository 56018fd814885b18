"""The rows of a stage and their tokenized arrays, made once per store, then read from disk."""

from __future__ import annotations

from functools import lru_cache

from transformers import PreTrainedTokenizerBase

from xfer_core import catalog
from xfer_core.domain.errors import DataError
from xfer_core.domain.task import Row, Task
from xfer_core.fingerprints import digest, tokenizer_hash
from xfer_core.home import Home
from xfer_core.rows import Rows, stamp
from xfer_core.stages import arrays, checkpoints
from xfer_core.stages.kinds import KINDS
from xfer_core.stages.kinds.base import PLAIN, Reading

ENCODING_VERSION = 3
"""Raised by hand when a kind encodes differently."""


def rows(home: Home, task: Task, split: str, language: str) -> list[Row]:
    """Rows of a split in one language."""
    return Rows(home.root / "rows").of(task, split, language)


def encoded(
    home: Home,
    task: Task,
    split: str,
    language: str,
    encoder: str,
    max_length: int,
    reading: Reading = PLAIN,
) -> arrays.Encoded:
    """Tokenized rows of a split in one language.

    Raises:
        DataError: the training split is empty.
    """
    name = _name(task, split, language, encoder, max_length, reading)
    kept = home.root / "arrays" / f"{name}.npz"
    found = arrays.load(kept)
    if found is None:
        examples = rows(home, task, split, language)
        if not examples:
            raise DataError(
                f"Expected examples in {task.name} {split} for {language!r}; there are none."
            )
        tokenizer = _tokenizer(encoder, tokenizer_hash(catalog.encoder(encoder)))
        found = KINDS[task.kind].encode(examples, task, tokenizer, max_length, reading)
        arrays.keep(kept, found)
    return found


@lru_cache(maxsize=1)
def _tokenizer(encoder: str, vocabulary: str) -> PreTrainedTokenizerBase:
    """Loaded once for all languages of a stage: it takes longer than cutting a small test set."""
    return checkpoints.load_tokenizer(encoder)


def first(encoded: arrays.Encoded, n: int | None) -> arrays.Encoded:
    """The first n examples; all of them for None."""
    if n is None or n >= encoded.n_examples:
        return encoded
    items = int(encoded.groups[n])
    tokens = int(encoded.offsets[items])
    per_token = len(encoded.labels) == len(encoded.ids)
    return arrays.Encoded(
        encoded.ids[:tokens],
        encoded.offsets[: items + 1],
        encoded.groups[: n + 1],
        encoded.labels[: tokens if per_token else n],
    )


def last(encoded: arrays.Encoded, n: int) -> arrays.Encoded:
    """The last n examples, or all of them if there are fewer."""
    if n >= encoded.n_examples:
        return encoded
    start = encoded.n_examples - n
    item = int(encoded.groups[start])
    token = int(encoded.offsets[item])
    per_token = len(encoded.labels) == len(encoded.ids)
    return arrays.Encoded(
        encoded.ids[token:],
        encoded.offsets[item:] - token,
        encoded.groups[start:] - item,
        encoded.labels[token if per_token else start :],
    )


def _name(
    task: Task, split: str, language: str, encoder: str, max_length: int, reading: Reading
) -> str:
    return digest(
        [
            ENCODING_VERSION,
            task.name,
            stamp(task, split, language),
            split,
            language,
            tokenizer_hash(catalog.encoder(encoder)),
            max_length,
            reading.cuts,
        ]
    )
