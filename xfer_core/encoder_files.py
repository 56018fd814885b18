"""Whether an encoder's files are on this machine, and how they are brought here from the hub."""

from __future__ import annotations

import fnmatch
import hashlib
import os
from pathlib import Path

from xfer_core import catalog, model_folder
from xfer_core.domain.encoder import Encoder, Origin
from xfer_core.domain.errors import CheckpointError
from xfer_core.domain.task import Availability, Reach
from xfer_core.file_hashes import sha256

SECONDS = 30.0
"""How long the hub may take to say what a repository holds."""
MOST_BYTES = 200 * 2**30
"""A repository with more than this is refused: no model of this program's is so large."""
_TRUE = {"1", "ON", "YES", "TRUE"}
_PLACES = {Origin.SHIPPED: "shipped", Origin.HUB: "hub", Origin.FOLDER: "folder"}


def availability(encoder: Encoder) -> Availability:
    """Whether the files are here, can be fetched, or are missing and why; no connection."""
    place, folder = _PLACES[encoder.origin], catalog.encoder_folder(encoder)
    try:
        lacks = model_folder.missing(folder)
    except CheckpointError as error:
        return Availability(Reach.MISSING, place, str(error))
    if not lacks:
        return Availability(Reach.HERE, place)
    told = f"Expected {', '.join(lacks)} in {folder}; not there."
    if encoder.origin is Origin.HUB:
        return Availability(Reach.FETCHABLE, place, f"{model_folder.to_fetch(encoder)}.")
    if encoder.origin is Origin.SHIPPED:
        told += f" Make it with 'xfer pretrain {encoder.name} --publish', or restore the folder."
    return Availability(Reach.MISSING, place, told)


def fetch(name: str) -> Path:
    """Bring a model's weights, configuration and vocabulary here; returns their folder.

    Nothing else of the repository is taken, and nothing where the model is no hub model.

    Raises:
        UnknownName: no such encoder.
        CheckpointError: the hub cannot be reached, refuses, or has no safetensors there.
    """
    encoder = _any(name)
    is_here = availability(encoder).reach is Reach.HERE
    fixed = model_folder.commit(encoder) == encoder.revision  # a branch may have moved on
    if encoder.origin is not Origin.HUB or (is_here and (fixed or is_offline())):
        return _here(encoder)
    if is_offline():
        raise CheckpointError(
            f"{encoder.path} is not here and HF_HUB_OFFLINE forbids to fetch it. Fetch it where "
            "the hub can be reached, and copy the cache."
        )
    try:
        _check_offer(encoder)
        _download(encoder)
    except CheckpointError:
        raise
    except Exception as error:  # the library and what it stands on raise dozens of classes
        raise _failed(encoder, error) from error
    return _here(encoder)


def verify(encoder: Encoder) -> None:
    """Compare a hub model's files with the hashes that the hub's cache names them by.

    The hub names large files by their SHA-256 and small ones by their git hash; a cache of plain
    copies has no names, and nothing is compared.

    Raises:
        CheckpointError: a file was changed after it was fetched.
    """
    if encoder.origin is not Origin.HUB:
        return
    folder = catalog.encoder_folder(encoder)
    for path in [*model_folder.model_files(folder), *model_folder.vocabulary_files(folder)]:
        blob = path.resolve()
        if blob.parent.name == "blobs" and not _is_named_right(blob):
            raise CheckpointError(
                f"{path.name} of {encoder.path} was changed after it was fetched. Delete "
                f"{model_folder.cached(encoder)} and fetch it again."
            )


def is_offline() -> bool:
    """Whether the environment forbids connections to the hub."""
    names = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
    return any(os.environ.get(name, "").upper() in _TRUE for name in names)


def _any(name: str) -> Encoder:
    """Also one that is not here yet, whose sizes nobody knows."""
    given = None if name in catalog.encoders() else model_folder.named(name)
    return given or catalog.encoder(name)


def _here(encoder: Encoder) -> Path:
    """The folder, if everything is in it.

    Raises:
        CheckpointError: something is missing or refused.
    """
    folder = catalog.encoder_folder(encoder)
    model_folder.model_files(folder)
    model_folder.vocabulary_files(folder)
    model_folder.described(encoder, folder)  # refuses a hostile configuration before any run
    verify(encoder)
    return folder


def _check_offer(encoder: Encoder) -> None:
    """Ask the hub what the revision holds, before anything large is fetched.

    Raises:
        CheckpointError: no safetensors, or too much.
    """
    from huggingface_hub import HfApi

    told = HfApi().model_info(
        encoder.path, revision=encoder.revision, files_metadata=True, timeout=SECONDS
    )
    sizes = {file.rfilename: file.size or 0 for file in told.siblings or []}
    if not {model_folder.WEIGHTS, model_folder.INDEX} & sizes.keys():
        raise CheckpointError(
            f"Expected {model_folder.WEIGHTS} in {encoder.path} ({encoder.revision}); it has none, "
            "and other weights could run code. Name a revision with it, such as "
            f"{encoder.path}@refs/pr/1, or a folder with a converted copy."
        )
    wanted = sum(size for name, size in sizes.items() if _is_wanted(name))
    if wanted > MOST_BYTES:
        raise CheckpointError(
            f"Expected at most {MOST_BYTES >> 30} GiB in {encoder.path}; it has {wanted >> 30} "
            "GiB. Name a smaller model."
        )


def _is_wanted(name: str) -> bool:
    return any(fnmatch.fnmatch(name, pattern) for pattern in model_folder.FETCHED)


def _download(encoder: Encoder) -> None:
    from huggingface_hub import snapshot_download

    # By its name and not by a commit, so that the cache knows later what the name stood for.
    snapshot_download(
        encoder.path,
        revision=encoder.revision,
        allow_patterns=list(model_folder.FETCHED),
        ignore_patterns=["*/*"],
        etag_timeout=SECONDS,
    )


def _failed(encoder: Encoder, error: Exception) -> CheckpointError:
    told = str(error).strip().splitlines()
    reason = f"{type(error).__name__}: {told[0][:200]}" if told else type(error).__name__
    advice = {
        "RepositoryNotFoundError": "Check the id, or log in with 'hf auth login' if it is private",
        "GatedRepoError": "Accept its terms on its page and log in with 'hf auth login'",
        "RevisionNotFoundError": "Check the revision",
    }.get(type(error).__name__, "Check the connection and try again")
    return CheckpointError(
        f"{encoder.path} ({encoder.revision}) cannot be fetched ({reason}). {advice}, or name a "
        "folder that holds the model."
    )


def _is_named_right(blob: Path) -> bool:
    if len(blob.name) == 64:
        return sha256(blob) == blob.name
    if len(blob.name) == 40:  # git hashes the length before the content
        data = blob.read_bytes()
        head = b"blob %d\0" % len(data)
        return hashlib.sha1(head + data, usedforsecurity=False).hexdigest() == blob.name
    return True
