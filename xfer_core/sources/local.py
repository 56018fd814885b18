"""Local files: the folders that variables of the environment name, and what files are known by."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from xfer_core.domain.errors import DataError

BLOCK = 2**20


def folder_of(variable: str) -> Path | None:
    """The folder that a variable of the environment names; None if it is not set."""
    told = os.environ.get(variable, "").strip()
    return Path(told).expanduser().absolute() if told else None


def inside(folder: Path, *parts: str) -> Path:
    """A path below a folder.

    Raises:
        DataError: a part that is no plain name of a file or folder.
    """
    for part in parts:
        if not part or part.startswith(".") or any(sign in part for sign in "/\\\0"):
            raise DataError(
                f"Expected the plain name of a file or folder below {folder.name}; got "
                f"{part[:80]!r}."
            )
    return folder.joinpath(*parts)


def sizes_and_times(files: Iterable[Path], folder: Path) -> str:
    """Cheap identity of files: names below the folder, sizes, and times of the last change."""
    found = []
    for file in files:
        try:
            told = file.stat()
            found.append(f"{_name(file, folder)}:{told.st_size}:{told.st_mtime_ns}")
        except OSError:
            found.append(f"{_name(file, folder)}:missing")
    return "|".join(found)


def contents(files: Iterable[Path], folder: Path) -> str:
    """Hash over the bytes of files: the same on every machine, whatever their times.

    Raises:
        DataError: a file cannot be read.
    """
    parts = []
    for file in files:
        try:
            told = file.stat()
            parts.append(f"{_name(file, folder)}:{_sha256(file, told.st_size, told.st_mtime_ns)}")
        except OSError as error:
            raise DataError(
                f"Expected a readable file; {file} cannot be read ({error.strerror}). Check its "
                "permissions, or put it there again."
            ) from error
    return hashlib.sha256("|".join(parts).encode()).hexdigest()


def read_text(file: Path) -> str:
    """The text of a UTF-8 file, without a byte order mark.

    Raises:
        DataError: it cannot be read, or is not UTF-8.
    """
    try:
        return file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise DataError(
            f"Expected a readable file; {file} cannot be read ({error.strerror}). Put it there, "
            "or check its permissions."
        ) from error
    except UnicodeDecodeError as error:
        raise DataError(
            f"Expected UTF-8 text in {file}; byte {error.start} is not. Save it as UTF-8."
        ) from error


def text_lines(file: Path) -> list[str]:
    """The lines of a text file.

    Only line feeds end a line: sentences may hold other signs that Python takes for line ends.

    Raises:
        DataError: as ``read_text``.
    """
    found = [line.removesuffix("\r") for line in read_text(file).split("\n")]
    return found[:-1] if found and not found[-1] else found


@lru_cache(maxsize=4096)
def _sha256(file: Path, size: int, changed: int) -> str:
    """Read once per process; size and time stand for the content."""
    hashed = hashlib.sha256()
    with file.open("rb") as opened:
        while block := opened.read(BLOCK):
            hashed.update(block)
    return hashed.hexdigest()


def _name(file: Path, folder: Path) -> str:
    return file.relative_to(folder).as_posix() if file.is_relative_to(folder) else file.name
