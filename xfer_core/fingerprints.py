"""Hashes of what decides a stage's outcome: the rows of a task, the files of an encoder."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

from xfer_core import catalog, spool
from xfer_core.domain.encoder import Encoder
from xfer_core.domain.errors import CheckpointError
from xfer_core.domain.task import Task

LENGTH = 24
"""Hex digits of a key: 96 bits, so that two keys never meet by chance."""


def digest(values: object) -> str:
    """Key of plain values; equal values give equal keys in every process and version."""
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]


class Fingerprints:
    """Fingerprints of data, remembered in a file so that a second plan takes no time.

    What is remembered is keyed by the *stamp* of the source (for generated tasks the hash of the
    generator's own code), so that a change of one byte is seen.
    """

    def __init__(self, remembered: Path | None = None) -> None:
        """``remembered`` is the file to keep them in; None keeps them in memory alone."""
        self._path = remembered
        self._known: dict[str, str] = (spool.read_json(remembered) or {}) if remembered else {}
        self._changed = False

    def rows(self, task: Task, split: str, languages: tuple[str, ...]) -> str:
        """Fingerprint of the rows of a split in some languages."""
        return digest([self._one(task, split, language) for language in languages])

    def save(self) -> None:
        """Keep what was computed; a store that cannot be written is only slower."""
        if self._changed and self._path and self._path.parent.is_dir():
            spool.publish(self._path, dict(self._known))
            self._changed = False

    def _one(self, task: Task, split: str, language: str) -> str:
        name = digest([task.name, split, language, task.source.stamp])
        if name not in self._known:
            self._known[name] = digest(task.source.rows(split, language))
            self._changed = True
        return self._known[name]


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
            f"Encoder {encoder.name!r} needs {', '.join(missing)} in {folder}; restore the folder "
            "from the repository, or pretrain it again (see data/README.md)."
        )
    return digest([hashlib.sha256(file.read_bytes()).hexdigest() for file in files])
