"""Folders of prepared encoders: plain files with a manifest of hashes, which is written last."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from xfer_core import file_hashes, spool
from xfer_core.domain.errors import CheckpointError
from xfer_core.jobs import MANIFEST
from xfer_core.stages.model import Model

SUFFIXES = (".safetensors", ".onnx", ".data", ".xml", ".bin")
"""Of files that hold numbers and graphs; ``.bin`` is only ever the weights beside a ``.xml``."""
AGAIN = "Delete that folder and prepare it again."


@contextmanager
def writing(folder: Path, back_end: str, precision: str, model: Model) -> Iterator[Path]:
    """An empty folder to write into; at the end it gets its manifest and moves into place."""
    aside = folder.with_name(f".tmp-{os.getpid()}-{folder.name}")
    shutil.rmtree(aside, ignore_errors=True)  # of a killed process that had the same id
    aside.mkdir(mode=0o700, parents=True)
    try:
        yield aside
        _sync(aside)
        spool.publish(
            aside / MANIFEST,
            {
                "back_end": back_end,
                "precision": precision,
                "weights": fingerprint(model),
                "files": {path.name: _described(path) for path in sorted(aside.iterdir())},
            },
        )
        if folder.exists():
            shutil.rmtree(folder)
        os.replace(aside, folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def verify(folder: Path, back_end: str, precision: str, model: Model) -> None:
    """Check that a folder is whole and was prepared for this back end from this model.

    Raises:
        CheckpointError: it is not.
    """
    manifest = _manifest(folder)
    files = manifest["files"]
    here = {path.name for path in folder.iterdir()} - {MANIFEST}
    strange = sorted(here ^ files.keys())
    strange += [name for name in sorted(files) if not _is_plain(folder / name, name)]
    if strange:
        raise CheckpointError(
            f"Expected the files that the manifest of the prepared model {folder.name} names, and "
            f"no others; {strange[0]!r} is missing, unknown or no plain file. {AGAIN}"
        )
    for name, entry in files.items():
        if _described(folder / name) != entry:
            raise CheckpointError(
                f"Expected the prepared model {folder.name} as it was written; {name} was changed. "
                f"{AGAIN}"
            )
    made = (manifest.get("back_end"), manifest.get("precision"))
    if made != (back_end, precision):
        raise CheckpointError(
            f"Expected a model prepared for {back_end} in {precision} in {folder.name}; it was "
            f"prepared for {made[0]} in {made[1]}. {AGAIN}"
        )
    if manifest.get("weights") != fingerprint(model):
        raise CheckpointError(
            f"Expected {folder.name} to be prepared from this model's weights; it was prepared "
            f"from others. {AGAIN}"
        )


def size(folder: Path) -> int:
    """Bytes of the prepared encoder on disk: its graph and weights.

    Raises:
        CheckpointError: there is no such folder.
    """
    return sum(int(entry["bytes"]) for entry in _manifest(folder)["files"].values())


def fingerprint(model: Model) -> str:
    """SHA-256 over the encoder's architecture and weights, the same on every machine."""
    digest = hashlib.sha256(str(model.encoder.config.model_type).encode())
    for name, weights in model.encoder.state_dict().items():
        digest.update(f"{name} {weights.dtype} {tuple(weights.shape)}".encode())
        plain = weights.detach().cpu().contiguous().reshape(-1)
        digest.update(plain.view(torch.uint8).numpy())
    return digest.hexdigest()


def _manifest(folder: Path) -> dict[str, Any]:
    found = spool.read_json(folder / MANIFEST)
    files = found.get("files") if isinstance(found, dict) else None
    if not isinstance(found, dict) or not isinstance(files, dict) or not files:
        raise CheckpointError(
            f"Expected a prepared model in {folder.name}; it has no manifest that names its files. "
            f"{AGAIN}"
        )
    return found


def _is_plain(path: Path, name: str) -> bool:
    """Whether it is a file of its own in the folder, of a kind that is only read."""
    inside = name == Path(name).name and path.suffix in SUFFIXES
    return inside and path.is_file() and not path.is_symlink()


def _described(path: Path) -> dict[str, Any]:
    return {"bytes": path.stat().st_size, "sha256": file_hashes.sha256(path)}


def _sync(folder: Path) -> None:
    for path in folder.iterdir():
        handle = os.open(path, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)
