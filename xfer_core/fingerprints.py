"""Hashes of what decides a stage's outcome: plain values, the files of an encoder."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

from xfer_core import catalog, model_config, model_folder
from xfer_core.domain.encoder import Encoder, Origin
from xfer_core.domain.errors import CheckpointError
from xfer_core.file_hashes import sha256

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
    if encoder.origin is Origin.HUB:
        return digest(["vocabulary", *_commit(encoder)])
    folder = catalog.tokenizer_folder(encoder)
    if encoder.origin is Origin.FOLDER:
        files = model_folder.vocabulary_files(folder)
        return digest([[file.name, sha256(file)] for file in files])
    path = folder / "tokenizer.json"
    if not path.is_file():
        raise CheckpointError(
            f"Encoder {encoder.name!r} needs the vocabulary {path}; restore the folder from the "
            "repository."
        )
    return digest(sha256(path))


@cache
def pretraining_text() -> str:
    """Hash of the code that writes the pretraining text and makes batches of it."""
    package = Path(__file__).parent
    files = [*(package / "mini").rglob("*.py"), *(package / "stages/pretraining").glob("*.py")]
    return digest([hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(files)])


@cache
def encoder_hash(encoder: Encoder) -> str:
    """Hash over weights, configuration and tokenizer of an encoder.

    A commit of the hub is a hash of them already, so such an encoder can be planned with before
    it is here.

    Raises:
        CheckpointError: the encoder's files are not there.
    """
    if encoder.origin is Origin.HUB:
        return digest(["model", *_commit(encoder)])
    folder = catalog.encoder_folder(encoder)
    if encoder.origin is Origin.FOLDER:
        files = [*model_folder.model_files(folder), *model_folder.vocabulary_files(folder)]
        return digest([[file.name, sha256(file)] for file in files])
    files = [folder / n for n in (model_config.CONFIG, model_folder.WEIGHTS, "tokenizer.json")]
    missing = [file.name for file in files if not file.is_file()]
    if missing:
        raise CheckpointError(
            f"Encoder {encoder.name!r} needs {', '.join(missing)} in {folder}; make it with "
            f"'xfer pretrain {encoder.name} --publish', or restore the folder from the repository."
        )
    return digest([sha256(file) for file in files])


def _commit(encoder: Encoder) -> tuple[str, str]:
    """Repository and commit of an encoder on the hub."""
    found = model_folder.commit(encoder)
    if not found:
        raise CheckpointError(
            f"Encoder {encoder.name!r} is the newest of {encoder.path} ({encoder.revision}), and "
            f"which one that is is not known here; {model_folder.to_fetch(encoder)}."
        )
    return encoder.path, found
