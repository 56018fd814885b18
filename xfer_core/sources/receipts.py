"""What was fetched from the hub, so that it is known without a connection what is here.

The ``datasets`` library keeps each configuration as Arrow files below its cache. A receipt names
these files and their sizes: a copy that broke off on the way to an offline site is seen. Receipts
lie in the same cache and hold no absolute path, so that both can be copied together. The rows are
read from the files themselves: offline, the library would take the latest revision that it finds,
whichever was asked for.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from xfer_core.domain.errors import UsageError

FOLDER = "xfer"
_COMMIT = re.compile(r"[0-9a-f]{40}")
_NAME = re.compile(r"\w[^/\\\0]{0,127}")
_REPO = re.compile(r"(\w[\w.-]{0,95}/)?\w[\w.-]{0,95}")
_INFO = "dataset_info.json"


@dataclass(frozen=True)
class Split:
    """One split of one configuration; ``revision`` is a commit, a tag or a branch.

    Script repositories have their Parquet copy at the revision "refs/convert/parquet".

    Raises:
        UsageError: a name that could lead out of the cache, on construction.
    """

    repo: str
    config: str
    split: str
    revision: str

    def __post_init__(self) -> None:
        """Refuse names that are paths: they become folders of the cache."""
        for name, shape in ((self.repo, _REPO), (self.config, _NAME), (self.split, _NAME)):
            if not shape.fullmatch(name):
                raise UsageError(
                    "Expected owner/name as a repository and plain names of its configuration and "
                    f"split; got {name[:80]!r}."
                )

    def __str__(self) -> str:
        """As messages name it."""
        return f"{self.repo} ({self.config}, {self.split})"

    @property
    def is_pinned(self) -> bool:
        """Whether the revision is a commit, whose content can never change."""
        return bool(_COMMIT.fullmatch(self.revision))


@dataclass(frozen=True)
class Receipt:
    """Where the rows of a split lie: Arrow files in their order, and the commit they are of."""

    commit: str
    files: tuple[Path, ...]
    damage: str = ""
    """What is wrong with a file; "": all are whole."""


def cache() -> Path:
    """The cache of the ``datasets`` library, by the variables that it goes by."""
    told = os.environ.get("HF_DATASETS_CACHE")
    if told:
        return Path(told).expanduser()
    general = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    home = os.environ.get("HF_HOME") or os.path.join(general, "huggingface")
    return Path(home).expanduser() / "datasets"


def found(split: Split) -> Receipt | None:
    """What is here of a split, from its receipt or else from what another program has fetched."""
    kept = _read(_path(split))
    if kept is None:
        return _prepared(split)
    entries = kept["files"]
    files = tuple(cache() / name for name in entries)
    sizes = zip(files, entries.values(), strict=True)
    damage = next((told for file, size in sizes if (told := _damage(file, int(size)))), "")
    return Receipt(str(kept.get("commit", "")), files, damage)


def keep(split: Split, commit: str, folder: Path) -> None:
    """Write down that a split has been fetched into a folder of the cache."""
    files = _arrow_files(folder, split.split)
    entries = {file.relative_to(cache()).as_posix(): file.stat().st_size for file in files}
    _write(_path(split), {"commit": commit, "files": entries})


def prepared_folder(split: Split, commit: str) -> Path | None:
    """The folder in which the library keeps a configuration at a commit, if it is there.

    The library writes aside and renames, so the folder is never there by half.
    """
    owner, _, name = split.repo.rpartition("/")
    parent = cache() / (f"{owner}___{_snake(name)}" if owner else _snake(name)) / split.config
    if not parent.is_dir():
        return None
    return next((f for f in sorted(parent.glob(f"*/{commit}")) if (f / _INFO).is_file()), None)


def splits_in(folder: Path) -> tuple[str, ...]:
    """Names of the splits that a prepared folder holds."""
    try:
        told = json.loads((folder / _INFO).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ()
    return tuple(told.get("splits") or ())


def _prepared(split: Split) -> Receipt | None:
    folder = prepared_folder(split, split.revision) if split.is_pinned else None
    files = _arrow_files(folder, split.split) if folder else ()
    if not files or folder is None or split.split not in splits_in(folder):
        return None
    return Receipt(split.revision, files)


def _arrow_files(folder: Path, split: str) -> tuple[Path, ...]:
    whole = sorted(folder.glob(f"*-{_glob_safe(split)}.arrow"))
    parts = sorted(folder.glob(f"*-{_glob_safe(split)}-?????-of-?????.arrow"))
    return tuple(whole or parts)


def _damage(file: Path, size: int) -> str:
    try:
        came = file.stat().st_size
    except OSError:
        return f"{file} is gone"
    return "" if came == size else f"{file} has {came} of {size} bytes"


def _read(path: Path) -> dict[str, Any] | None:
    """None if there is no receipt, or a damaged one."""
    try:
        values = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return values if isinstance(values, dict) and isinstance(values.get("files"), dict) else None


def _write(path: Path, values: dict[str, Any]) -> None:
    """Written aside, then renamed: a reader sees the old one or the new one, never a half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    aside.write_text(json.dumps(values, indent=1), encoding="utf-8")
    os.replace(aside, path)


def _path(split: Split) -> Path:
    name = ".".join(quote(part, safe="") for part in (split.config, split.split, split.revision))
    return cache() / FOLDER / quote(split.repo, safe="") / f"{name}.json"


def _snake(name: str) -> str:
    """As the library names its folders: CamelCase becomes camel_case."""
    name = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)
    return re.sub(r"([a-z\d])([A-Z])", r"\1_\2", name).lower()


def _glob_safe(text: str) -> str:
    return re.sub(r"([*?[])", r"[\1]", text)
