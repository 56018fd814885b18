"""Checkpoints: a folder per training stage, with a manifest of hashes that is written last."""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import (
    AutoConfig,
    AutoModel,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from xfer_core import catalog, jobs, spool
from xfer_core.domain.errors import CheckpointError
from xfer_core.home import Home

HEAD = "head.safetensors"
_REFUSED = ("auto_map", "kernels", "custom_pipelines")
"""Configuration fields that could make a library run code; none of ours has them."""


@dataclass(frozen=True)
class Saved:
    """What a checkpoint event says."""

    path: str
    bytes: int
    sha256: str


def encoder_folder(home: Home, encoder: str, parent: str | None) -> Path:
    """Folder of the weights a stage starts from, checked against its manifest.

    Raises:
        CheckpointError: the parent's checkpoint is missing or was changed.
    """
    if parent is None:
        return catalog.encoder_folder(catalog.encoder(encoder))
    folder = home.checkpoint(parent)
    verify(folder)
    return folder


def load_encoder(folder: Path) -> PreTrainedModel:
    """The encoder of a folder in fp32, without pooler and head."""
    config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    found = [name for name in vars(config) if name in _REFUSED or name.endswith("_internal")]
    hostile = [name for name in found if getattr(config, name)]
    if "auto_map" in hostile:
        raise CheckpointError(
            f"Expected a plain configuration in {folder.name}; it names code to run "
            f"({', '.join(hostile)}). Use an encoder without custom code."
        )
    return AutoModel.from_pretrained(
        folder,
        config=config,
        add_pooling_layer=False,
        dtype=torch.float32,
        local_files_only=True,
        trust_remote_code=False,
        use_safetensors=True,
    )


def load_tokenizer(encoder: str) -> PreTrainedTokenizerBase:
    """The tokenizer of an encoder; training never changes it."""
    folder = catalog.tokenizer_folder(catalog.encoder(encoder))
    return AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)


def save(home: Home, key: str, model: PreTrainedModel, head: nn.Module) -> Saved:
    """Write a checkpoint aside, sync it, write its manifest, then move it into place."""
    folder = home.checkpoint(key)
    aside = folder.with_name(f".tmp-{os.getpid()}-{key}")
    shutil.rmtree(aside, ignore_errors=True)  # of a killed process that had the same id
    aside.mkdir(mode=0o700, parents=True)
    model.save_pretrained(aside)
    save_file(head.state_dict(), aside / HEAD)
    files = {path.name: described(path) for path in sorted(aside.iterdir())}
    spool.publish(aside / jobs.MANIFEST, {"files": files})
    _replace(aside, folder)
    sizes = [int(entry["bytes"]) for entry in files.values()]
    weights = hashlib.sha256("".join(str(e["sha256"]) for e in files.values()).encode())
    return Saved(key, sum(sizes), weights.hexdigest())


def load_head(folder: Path, head: nn.Module) -> nn.Module:
    """The head with its trained weights."""
    head.load_state_dict(load_file(folder / HEAD))
    return head


def verify(folder: Path) -> None:
    """Check every file against the manifest: safetensors has no checksum of its own.

    Raises:
        CheckpointError: missing, incomplete, or different bytes.
    """
    manifest = spool.read_json(folder / jobs.MANIFEST)
    if not manifest:
        raise CheckpointError(
            f"Expected a whole checkpoint {folder.name}; it has no manifest. Run the plan again: "
            "the stage is trained anew."
        )
    for name, entry in manifest["files"].items():
        path = folder / name
        if not path.is_file() or described(path) != entry:
            raise CheckpointError(
                f"Checkpoint {folder.name} was changed after it was written ({name}); delete that "
                "folder and run the plan again."
            )


def described(path: Path) -> dict[str, Any]:
    """Size and SHA-256 of a file."""
    data = path.read_bytes()
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def _replace(aside: Path, folder: Path) -> None:
    for path in aside.iterdir():
        handle = os.open(path, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)
    if folder.exists():
        old = folder.with_name(f".tmp-old-{os.getpid()}-{folder.name}")
        os.replace(folder, old)
        os.replace(aside, folder)
        shutil.rmtree(old)
    else:
        os.replace(aside, folder)
