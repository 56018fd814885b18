"""The tokenized pretraining text, kept in the store: it takes minutes to make, seconds to read."""

from __future__ import annotations

import os
from array import array
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from transformers import PreTrainedTokenizerBase

from xfer_core import catalog
from xfer_core.fingerprints import digest, pretraining_text, tokenizer_hash
from xfer_core.home import Home
from xfer_core.stages.pretraining import items
from xfer_core.stages.pretraining.text import parallel_lines


def lines(
    home: Home, encoder: str, tokenizer: PreTrainedTokenizerBase, n: int, seed: int
) -> list[items.Tokens]:
    """``n`` utterances in every language as token ids; the same call reads what one before kept."""
    known = [pretraining_text(), tokenizer_hash(catalog.encoder(encoder)), n, seed]
    path = home.root / "arrays" / f"pretraining-{digest(known)}.npz"
    found = _load(path)
    if found is None:
        found = items.tokenized(parallel_lines(n, seed), tokenizer)
        _keep(path, found)
    return found


def _keep(path: Path, found: list[items.Tokens]) -> None:
    """Write aside, then rename, so that nobody reads half of it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    sentences = [one for line in found for one in (*line.texts, *(line.altered or ()))]
    lengths = np.fromiter(map(len, sentences), dtype=np.int32, count=len(sentences))
    ids = np.frombuffer(b"".join(array("i", one).tobytes() for one in sentences), dtype=np.int32)
    texts = np.array([len(line.texts) for line in found], dtype=np.int32)
    altered = np.array([line.altered is not None for line in found])
    aside = path.with_name(f".tmp-{os.getpid()}-{path.name}")
    with aside.open("wb") as file:
        np.savez(file, ids=ids, lengths=lengths, texts=texts, altered=altered)
    os.replace(aside, path)


def _load(path: Path) -> list[items.Tokens] | None:
    """What was kept; None if there is nothing, or it is damaged."""
    try:
        with np.load(path, allow_pickle=False) as file:
            ids, lengths = file["ids"], file["lengths"]
            texts, altered = file["texts"], file["altered"]
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return None
    stops = np.cumsum(lengths)
    sentences = iter(
        array("i", ids[a:b].tobytes()) for a, b in zip(stops - lengths, stops, strict=True)
    )
    found = []
    for n, has_altered in zip(texts.tolist(), altered.tolist(), strict=True):
        told: list[items.Sentence] = [next(sentences) for _ in range(n)]
        found.append(
            items.Tokens(told, [next(sentences) for _ in range(n)] if has_altered else None)
        )
    return found
