"""Where a model's files lie, and which of them are read: safetensors, JSON and vocabularies only.

A model is named by its declaration, by the id of a repository on the Hugging Face hub (with an
optional ``@revision``) or by a folder. Nothing here opens a connection or a weights file.
"""

from __future__ import annotations

import json
import os
import re
import struct
from dataclasses import replace
from math import prod
from pathlib import Path
from typing import Any

from huggingface_hub import constants

from xfer_core import model_config
from xfer_core.domain.encoder import Encoder, Family, Origin
from xfer_core.domain.errors import CheckpointError, UsageError
from xfer_core.model_config import CONFIG

WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"
SHARDS = "model-*-of-*.safetensors"
VOCABULARIES = (
    "tokenizer.json",
    "vocab.txt",
    "vocab.json",
    "spm.model",
    "sentencepiece.bpe.model",
    "spiece.model",
    "tokenizer.model",
)
"""Files that hold a vocabulary; a model needs one of them."""
BESIDE = (
    model_config.TOKENIZER_CONFIG,
    "special_tokens_map.json",
    "added_tokens.json",
    "merges.txt",
)
FETCHED = (CONFIG, WEIGHTS, SHARDS, INDEX, *VOCABULARIES, *BESIDE)
"""What is taken from a repository; nothing else of it ever reaches this machine."""
PICKLES = ("*.bin", "*.pt", "*.pth", "*.pkl", "*.ckpt", "*.h5", "*.msgpack")
"""Names that a repository without safetensors usually has; they are counted, never opened."""
MOST_BYTES_OF_A_VOCABULARY = 2**29
MOST_BYTES_OF_A_HEADER = 10**8
PAPER = "paper"
"""Catalogue of models that are named by id or folder."""

_BROKEN = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    RecursionError,
    struct.error,
)
"""What a file that is not what its name says can raise while it is read."""
_COMMIT = re.compile(r"[0-9a-f]{40}")
_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
_REVISION = re.compile(r"[A-Za-z0-9][\w./-]{0,127}")
_SHARD = re.compile(r"[\w.-]+\.safetensors")


def named(name: str) -> Encoder | None:
    """The model that a hub id or a path names, not yet described; None for a plain name.

    Raises:
        UsageError: neither an id nor a path.
    """
    if name.startswith(("./", "../", "/", "~")) or name in (".", ".."):
        return _of_folder(name)
    if "/" not in name:
        return None
    repository, _, revision = name.partition("@")
    fine = _ID.fullmatch(repository) and (not revision or _REVISION.fullmatch(revision))
    if not fine or ".." in name or (name.endswith("@")):
        raise UsageError(
            "Expected a hub id such as org/model or org/model@revision, or a folder that starts "
            f"with ./ or /; got {name[:120]!r}."
        )
    return _bare(name, repository, revision or "main", Origin.HUB)


def described(encoder: Encoder, folder: Path) -> Encoder:
    """The model with the sizes that its own files say.

    The layer for retrieval is two thirds up, as nobody has chosen one on dev.

    Raises:
        CheckpointError: no configuration, or one that is refused.
    """
    config = model_config.read(folder)
    layers = model_config.quantity(config, "layers")
    width = model_config.quantity(config, "hidden_size")
    if not layers or not width:
        raise CheckpointError(
            f"Expected the number of layers and the width in {folder / CONFIG}; they "
            "are not there. Name a text encoder or a causal language model."
        )
    if config.get("is_encoder_decoder"):
        raise CheckpointError(
            f"Expected an encoder or a causal language model in {folder}; it is an encoder with a "
            "decoder. Name another model."
        )
    return replace(
        encoder,
        layers=layers,
        hidden_size=width,
        heads=model_config.quantity(config, "heads"),
        retrieval_layer=round(layers * 2 / 3),
        parameters=parameters(folder),
        family=_family(config),
    )


def place(encoder: Encoder) -> Path:
    """Folder of a model that is not shipped; it need not be there."""
    if encoder.origin is Origin.FOLDER:
        return Path(encoder.path).expanduser()
    return cached(encoder) / "snapshots" / (commit(encoder) or encoder.revision.replace("/", "-"))


def cached(encoder: Encoder) -> Path:
    """What the hub's cache keeps of a repository: refs, snapshots and the files' contents."""
    return Path(constants.HF_HUB_CACHE) / f"models--{encoder.path.replace('/', '--')}"


def commit(encoder: Encoder) -> str:
    """The commit that a hub model's revision stands for; "" if that is not known here."""
    if _COMMIT.fullmatch(encoder.revision):
        return encoder.revision
    try:
        found = (cached(encoder) / "refs" / encoder.revision).read_text(encoding="utf-8").strip()
    except OSError:
        return ""
    return found if _COMMIT.fullmatch(found) else ""


def to_fetch(encoder: Encoder) -> str:
    """What a person does to bring a hub model here, without a full stop."""
    return f"Fetch it with 'xfer prefetch --encoder {encoder.name}'"


def missing(folder: Path) -> list[str]:
    """What a model in a folder still lacks, as names that a person can look for."""
    lacks = _lacking_weights(folder)
    if not vocabulary(folder):
        lacks.append(VOCABULARIES[0])
    return lacks


def weights(folder: Path) -> list[Path]:
    """The safetensors files of a model, one or the shards that its index names.

    Raises:
        CheckpointError: an index that is broken or names anything but files beside it.
    """
    if (folder / WEIGHTS).exists() or not (folder / INDEX).is_file():
        return [folder / WEIGHTS] if (folder / WEIGHTS).exists() else []
    try:
        names = sorted(set(json.loads((folder / INDEX).read_bytes())["weight_map"].values()))
        safe = names and all(_SHARD.fullmatch(name) for name in names)
    except _BROKEN as error:
        raise CheckpointError(
            f"Expected the names of weights files in {folder / INDEX}; it is broken. Fetch or "
            "copy the model again."
        ) from error
    if not safe:
        raise CheckpointError(
            f"Expected files beside it in {folder / INDEX}; it names other places. Use another "
            "copy of the model."
        )
    return [folder / name for name in names]


def vocabulary(folder: Path) -> list[Path]:
    """The files that hold a vocabulary, those that are there."""
    return [folder / name for name in VOCABULARIES if (folder / name).is_file()]


def model_files(folder: Path) -> list[Path]:
    """Configuration and weights, every one checked to be the model's own.

    Raises:
        CheckpointError: something is missing, or lies outside the model's folder.
    """
    lacks = _lacking_weights(folder)
    if lacks:
        raise CheckpointError(_lacking(folder, lacks))
    found = weights(folder)
    index = [] if found == [folder / WEIGHTS] else [folder / INDEX]
    return _own(folder, [folder / CONFIG, *index, *found])


def vocabulary_files(folder: Path) -> list[Path]:
    """The files that decide how a text is cut, checked as ``model_files`` are, and for size.

    Raises:
        CheckpointError: there is none, one is too large, or lies outside the model's folder.
    """
    if not vocabulary(folder):
        raise CheckpointError(_lacking(folder, [VOCABULARIES[0]]))
    beside = [folder / name for name in BESIDE if (folder / name).is_file()]
    files = _own(folder, [*vocabulary(folder), *beside])
    for path in files:
        if path.stat().st_size > MOST_BYTES_OF_A_VOCABULARY:
            raise CheckpointError(
                f"Expected at most {MOST_BYTES_OF_A_VOCABULARY // 2**20} MiB in {path}; it has "
                f"{path.stat().st_size // 2**20} MiB. Use another copy of the model."
            )
    return files


def parameters(folder: Path) -> int:
    """Numbers in all weights files together, read off their headers; 0 if there are none."""
    return sum(
        prod(entry["shape"])
        for path in weights(folder)
        if path.is_file()
        for name, entry in header(path).items()
        if name != "__metadata__"
    )


def header(path: Path) -> dict[str, Any]:
    """Names, types and shapes of the tensors in a safetensors file.

    Raises:
        CheckpointError: it is not one, or not whole.
    """
    size = path.stat().st_size
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            if length > min(size - 8, MOST_BYTES_OF_A_HEADER):
                raise ValueError("a header longer than the file")
            found: dict[str, Any] = json.loads(file.read(length))
        tensors = [entry for name, entry in found.items() if name != "__metadata__"]
        if any(min(entry["shape"], default=0) < 0 for entry in tensors):
            raise ValueError("a shape that is none")
        ends = [entry["data_offsets"][1] for entry in tensors]
        if max(ends, default=0) != size - 8 - length:
            raise ValueError("another length than its header says")
    except _BROKEN as error:
        raise CheckpointError(
            f"Expected whole safetensors in {path}; it is broken or half downloaded. Fetch or "
            "copy the model again."
        ) from error
    return found


def _of_folder(name: str) -> Encoder:
    """The path is kept absolute, or from the user's home, so that it holds in every process."""
    path = Path(os.path.abspath(Path(name).expanduser()))
    home = Path.home()
    short = f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)
    return replace(_bare(short, short, "local", Origin.FOLDER), title=path.name)


def _bare(name: str, path: str, revision: str, origin: Origin) -> Encoder:
    return Encoder(
        name=name,
        title=name,
        catalog=PAPER,
        path=path,
        revision=revision,
        parameters=0,
        layers=0,
        hidden_size=0,
        licence="see its model card" if origin is Origin.HUB else "unknown",
        origin=origin,
    )


def _family(config: dict[str, Any]) -> Family:
    names = config.get("architectures") or []
    causal = [n for n in names if str(n).endswith(("ForCausalLM", "LMHeadModel"))]
    return Family.CAUSAL if causal else Family.ENCODER


def _own(folder: Path, files: list[Path]) -> list[Path]:
    """The files, if each is one and lies where the model's files may lie."""
    root = _root(folder)
    for path in files:
        if not path.resolve().is_relative_to(root) or not path.is_file():
            raise CheckpointError(
                f"Expected the files of a model inside {folder}; {path.name} is a link to another "
                "place. Copy the file there."
            )
    return files


def _root(folder: Path) -> Path:
    """Where a model's files may lie: its folder; in the hub's cache the repository's part of it."""
    real = folder.resolve()
    return real.parent.parent if real.parent.name == "snapshots" else real


def _lacking_weights(folder: Path) -> list[str]:
    lacks = [] if (folder / CONFIG).is_file() else [CONFIG]
    found = weights(folder)
    return lacks + ([path.name for path in found if not path.is_file()] if found else [WEIGHTS])


def _lacking(folder: Path, lacks: list[str]) -> str:
    pickled = sorted(path.name for pattern in PICKLES for path in folder.glob(pattern))
    if WEIGHTS in lacks and pickled:
        return (
            f"Expected {WEIGHTS} in {folder}; there is only {', '.join(pickled[:3])}, which could "
            "run code and is never opened. Take a revision or a copy with safetensors."
        )
    return (
        f"Expected {', '.join(lacks)} in {folder}; not there. Fetch the model ('xfer prefetch'), "
        "or name a folder that holds it."
    )
