"""Checkpoints: a folder per training stage, with a manifest of hashes that is written last."""

from __future__ import annotations

import hashlib
import inspect
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
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)
from transformers.models.auto.modeling_auto import MODEL_MAPPING

from xfer_core import catalog, encoder_files, jobs, model_folder, spool
from xfer_core.domain.errors import CheckpointError
from xfer_core.home import Home
from xfer_core.stages import model_view

HEAD = "head.safetensors"
_FIXED: dict[str, Any] = {
    "local_files_only": True,
    "trust_remote_code": False,
    "use_safetensors": True,
    "output_loading_info": True,
    "ignore_mismatched_sizes": True,
}
"""How every model is loaded: nothing is fetched, run or unpickled.

Weights of another shape are told of instead of raised, and refused with the missing ones."""
_UNUSED = ("pooler.",)
"""Parts that a checkpoint may lack because nothing here reads them."""


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
        chosen = catalog.encoder(encoder)
        encoder_files.verify(chosen)
        return catalog.encoder_folder(chosen)
    folder = home.checkpoint(parent)
    verify(folder)
    return folder


def load_encoder(folder: Path) -> PreTrainedModel:
    """The encoder of a folder in fp32, without pooler and head.

    Raises:
        CheckpointError: files or fields that are missing, broken or refused.
    """
    with model_view.of_model(folder) as view:
        config = AutoConfig.from_pretrained(view, local_files_only=True, trust_remote_code=False)
        if getattr(config, "type_vocab_size", 0) > 1 and _lacks(config, "sep_token_id"):
            config.sep_token_id = _separator(folder)
        loaded = AutoModel.from_pretrained(
            view, config=config, dtype=torch.float32, **_without_pooler(config), **_FIXED
        )
    return _whole(loaded, folder)


def load_causal(folder: Path, dtype: str = "float32") -> PreTrainedModel:
    """The causal language model of a folder, in a type of numbers such as "bfloat16".

    "auto" takes the type that its weights were published in.

    Raises:
        CheckpointError: files or fields that are missing, broken or refused, or no such model.
    """
    wanted = dtype if dtype == "auto" else getattr(torch, dtype)
    return _headed(AutoModelForCausalLM, folder, wanted)


def load_masked(folder: Path) -> PreTrainedModel:
    """The masked language model of a folder in fp32; its head may be new, see ``load_head``.

    Raises:
        CheckpointError: files or fields that are missing, broken or refused, or no such model.
    """
    return _headed(AutoModelForMaskedLM, folder, torch.float32, may_lack=("lm_head.", "cls."))


def load_tokenizer(encoder: str) -> PreTrainedTokenizerBase:
    """The tokenizer of an encoder; training never changes it.

    Raises:
        CheckpointError: files or fields that are missing, broken or refused.
    """
    return tokenizer_of(catalog.tokenizer_folder(catalog.encoder(encoder)))


def tokenizer_of(folder: Path) -> PreTrainedTokenizerBase:
    """The tokenizer of a folder.

    Raises:
        CheckpointError: files or fields that are missing, broken or refused.
    """
    with model_view.of_vocabulary(folder) as view:
        try:
            return AutoTokenizer.from_pretrained(
                view, local_files_only=True, trust_remote_code=False
            )
        except Exception as error:  # broken files raise dozens of classes in the library
            raise CheckpointError(_unreadable(folder, error)) from error


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
    """Size and SHA-256 of a file, which is never in memory as a whole."""
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    return {"bytes": path.stat().st_size, "sha256": found}


def _headed(
    kind: Any, folder: Path, dtype: torch.dtype | str, may_lack: tuple[str, ...] = ()
) -> PreTrainedModel:
    with model_view.of_model(folder) as view:
        try:
            loaded = kind.from_pretrained(view, dtype=dtype, **_FIXED)
        except ValueError as error:  # an architecture without such a head
            raise CheckpointError(
                f"Expected a model for {kind.__name__} in {folder}; it is another kind "
                f"({str(error).splitlines()[0][:120]}). Name another encoder."
            ) from error
    return _whole(loaded, folder, may_lack)


def _whole(loaded: Any, folder: Path, may_lack: tuple[str, ...] = ()) -> PreTrainedModel:
    """The model, if its file had a number for every weight: others would be random.

    Raises:
        CheckpointError: weights are missing, or have another shape than the configuration says.
    """
    model: PreTrainedModel
    model, told = loaded
    lacking = [name for name in told["missing_keys"] if not name.startswith((*_UNUSED, *may_lack))]
    lacking += [str(one[0]) for one in told.get("mismatched_keys", ())]
    if lacking:
        raise CheckpointError(
            f"Expected weights for every part of {type(model).__name__} in {folder}; "
            f"{len(lacking)} are missing or of another shape, such as {sorted(lacking)[0]}. "
            "Use a whole copy of the model."
        )
    return model


def _without_pooler(config: Any) -> dict[str, bool]:
    """The argument that leaves the pooler out, for the architectures that have it."""
    made = MODEL_MAPPING.get(type(config), None)
    first = made[0] if isinstance(made, tuple) else made
    has = first is not None and "add_pooling_layer" in inspect.signature(first).parameters
    return {"add_pooling_layer": False} if has else {}


def _lacks(config: Any, name: str) -> bool:
    return getattr(config, name, None) is None


def _separator(folder: Path) -> int | None:
    """Id of the token behind each sentence of a pair; it goes on with every checkpoint."""
    if not model_folder.vocabulary(folder):
        return None
    found = tokenizer_of(folder).sep_token_id
    return None if found is None else int(found)


def _unreadable(folder: Path, error: Exception) -> str:
    has = [path.name for path in model_folder.vocabulary(folder)]
    if "tokenizer.json" not in has and any(name.endswith(".model") for name in has):
        return (
            f"Expected tokenizer.json in {folder}; there is only {', '.join(has)}, which the "
            "package sentencepiece reads. Install it ('pip install sentencepiece')."
        )
    first = (str(error).strip().splitlines() or [""])[0][:160]
    return (
        f"Expected a vocabulary that can be read in {folder}; {type(error).__name__}: {first}. "
        "Fetch or copy the model again."
    )


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
