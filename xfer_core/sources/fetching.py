"""Brings one configuration of a data set from the hub; the only place that opens a connection."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from xfer_core.domain.errors import DataError
from xfer_core.sources import receipts
from xfer_core.sources.receipts import Split

SECONDS = 30.0
"""How long the hub may take to say which commit a revision is."""
CARD = "README.md"
_TRUE = {"1", "ON", "YES", "TRUE"}


class HubUnreachable(DataError):
    """No connection, or none is allowed: nothing else can be fetched either."""


def is_offline() -> bool:
    """Whether the environment forbids connections to the hub."""
    names = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE")
    return any(os.environ.get(name, "").upper() in _TRUE for name in names)


def fetch(split: Split) -> None:
    """Fetch the configuration that a split belongs to, and write receipts of all its splits.

    Raises:
        HubUnreachable: there is no connection, or none is allowed.
        DataError: the hub refuses, or does not have it.
    """
    commit, paths = _asked(split)
    try:
        folder, names = _load(split, commit, paths)
    except Exception as error:  # the library and what it stands on raise dozens of classes
        raise _failed(split, error) from error
    for name in names:
        sibling = Split(split.repo, split.config, name, split.revision)
        receipts.keep(sibling, commit, folder)
    if split.split not in names:
        raise DataError(
            f"Expected a split {split.split!r} in {split.repo} ({split.config}); it has "
            f"{', '.join(names)}. Name one of these, or another revision."
        )


def _asked(split: Split) -> tuple[str, list[str]]:
    """The commit that a revision is now, and the paths of its files.

    The hub is asked even where the revision is a commit: when it cannot be reached the library
    would take whatever revision it finds in its cache, and say nothing.
    """
    if is_offline():
        raise HubUnreachable(
            f"{split} is not here and HF_HUB_OFFLINE forbids to fetch it. Fetch it where the hub "
            "can be reached, and copy the cache."
        )
    from huggingface_hub import HfApi

    try:
        told = HfApi().dataset_info(split.repo, revision=split.revision, timeout=SECONDS)
    except Exception as error:
        raise _failed(split, error) from error
    return str(told.sha), [one.rfilename for one in told.siblings or ()]


def _load(split: Split, commit: str, paths: list[str]) -> tuple[Path, tuple[str, ...]]:
    """The folder of the prepared configuration and the names of its splits."""
    from datasets import (  # type: ignore[import-untyped]
        DownloadMode,
        disable_progress_bars,
        load_dataset,
    )
    from huggingface_hub.utils.tqdm import disable_progress_bars as disable_download_bars

    if not sys.stderr.isatty():
        disable_progress_bars()
        disable_download_bars()
    found = receipts.found(split)
    damaged = found is not None and bool(found.damage)
    sets = load_dataset(
        split.repo,
        **_configuration(split, paths),
        revision=commit,
        download_mode=DownloadMode.FORCE_REDOWNLOAD if damaged else None,
    )
    folder = Path(next(iter(sets.values())).cache_files[0]["filename"]).parent
    if folder.name != commit:
        raise DataError(f"the library gave revision {folder.name} from its cache")
    return folder, tuple(map(str, sets))


def _configuration(split: Split, paths: list[str]) -> dict[str, Any]:
    """What to load: a configuration by its name, or the files of a Parquet copy.

    The Parquet copies of script repositories have no card that names configurations and splits;
    they have a folder each.
    """
    parts = [path.split("/") for path in paths if path.endswith(".parquet")]
    copies = sorted({part[1] for part in parts if len(part) == 3 and part[0] == split.config})
    if copies and CARD not in paths:
        return {"data_files": {name: f"{split.config}/{name}/*.parquet" for name in copies}}
    return {"name": split.config}


def _failed(split: Split, error: Exception) -> DataError:
    from huggingface_hub import constants

    reason, kind = _reason(error)
    return kind(
        f"Expected to fetch {split} at revision {split.revision[:20]} from {constants.ENDPOINT}; "
        f"{reason}"
    )


def _reason(error: Exception) -> tuple[str, type[DataError]]:
    """What went wrong and what to do, by the class of the deepest known cause."""
    chain: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and one not in chain:
        chain.append(one)
        one = one.__cause__ or one.__context__
    names = {base.__name__ for found in chain for base in type(found).__mro__}
    for name, told in _REASONS.items():
        if name in names:
            return told, HubUnreachable if name in _UNREACHABLE else DataError
    told = next((found for one in chain if (found := _first_line(one))), type(error).__name__)
    return f"{told}. Try again, or put the files below XFER_DATA_DIR yourself.", DataError


def _first_line(error: BaseException) -> str:
    """What an error says, if it says more than that something failed."""
    text = str(error).strip().splitlines()
    says_little = type(error).__name__ == "DatasetGenerationError"
    return "" if says_little or not text else text[0].rstrip(".")


_REASONS = {
    "GatedRepoError": "its owner asks for an agreement first. Accept it on the hub's page and log "
    "in with 'hf auth login'.",
    "RevisionNotFoundError": "it has no such revision. Name another one.",
    "RepositoryNotFoundError": "there is no such repository, or it is private. Check the name, or "
    "log in with 'hf auth login'.",
    "ConnectError": "it cannot be reached. Check the network or HF_ENDPOINT, or work from files "
    "in XFER_DATA_DIR.",
    "TimeoutException": "it does not answer. Check the network or HF_ENDPOINT, and try again.",
    "RemoteProtocolError": "the download broke off. Try again: what has come is kept.",
    "ReadError": "the download broke off. Try again: what has come is kept.",
    "CastError": "its splits have different columns. Name another revision, or put the files "
    "below XFER_DATA_DIR yourself.",
    "LocalEntryNotFoundError": "it answers with errors only. Try again later.",
}
"""Name of an error's class, or of one it is caused by -> what to tell; the first that fits."""
_UNREACHABLE = ("ConnectError", "TimeoutException")
