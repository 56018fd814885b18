"""Hashes of what decides a stage's outcome: plain values, the files of an encoder."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

from xfer_core import catalog
from xfer_core.domain.encoder import Encoder
from xfer_core.domain.errors import CheckpointError

LENGTH = 24
"""Hex digits of a key: 96 bits, so that two keys never meet by chance."""


def digest(values: object) -> str:
    """Key of plain values; equal values give equal keys in every process and version."""
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]


@cache
def tokenizer_hash(encoder: Encoder) -> str:
    """Hash of an encoder's vocabulary: what decides how a text is cut.

    Raises:
        CheckpointError: there is none.
    """
    path = catalog.tokenizer_folder(encoder) / "tokenizer.json"
    if not path.is_file():
        raise CheckpointError(
            f"Encoder {encoder.name!r} needs the vocabulary {path}; restore the folder from the "
            "repository."
        )
    return digest(hashlib.sha256(path.read_bytes()).hexdigest())


@cache
def pretraining_text() -> str:
    """Hash of the code that writes the pretraining text and makes batches of it."""
    package = Path(__file__).parent
    files = [*(package / "mini").rglob("*.py"), *(package / "stages/pretraining").glob("*.py")]
    return digest([hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(files)])


@cache
def encoder_hash(encoder: Encoder) -> str:
    """Hash over weights, configuration and tokenizer of an encoder.

    Raises:
        CheckpointError: the encoder's files are not there.
    """
    folder = catalog.encoder_folder(encoder)
    files = [folder / name for name in ("config.json", "model.safetensors", "tokenizer.json")]
    missing = [file.name for file in files if not file.is_file()]
    if missing:
        raise CheckpointError(
            f"Encoder {encoder.name!r} needs {', '.join(missing)} in {folder}; make it with "
            f"'xfer pretrain {encoder.name} --publish', or restore the folder from the repository."
        )
    return digest([hashlib.sha256(file.read_bytes()).hexdigest() for file in files])
