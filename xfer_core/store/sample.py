"""Sample results: the spool of a real run, packed without its checkpoints, shipped with Xfer.

They are unpacked into a store of their own inside the store folder, so that nothing of them ever
mixes with what a user measures, and removing them is removing that folder.
"""

from __future__ import annotations

import os
import shutil
import zipfile
from pathlib import Path, PurePosixPath

from xfer_core import spool
from xfer_core.domain.errors import DataError
from xfer_core.home import Home

_SHIPPED = Path(__file__).resolve().parent.parent.parent / "data" / "sample" / "mini.zip"
ARCHIVE = Path(os.environ.get("XFER_SAMPLE") or _SHIPPED)
"""``XFER_SAMPLE`` names an archive of one's own."""
FOLDER = "sample"
_DATE = (2026, 1, 1, 0, 0, 0)
"""Of every member, so that the same results make the same archive."""
_KEPT = (spool.PLAN, spool.EVENTS, spool.RESULT)


def place(home: Home) -> Home:
    """Where the sample results of a store lie, whether they are there or not."""
    return Home(home.root / FOLDER)


def is_sample(home: Home) -> bool:
    """Whether a store is one of sample results."""
    return home.root.name == FOLDER


def pack(home: Home, archive: Path = ARCHIVE) -> int:
    """Write all runs and jobs of a store into an archive; returns its size in bytes.

    Raises:
        DataError: the store holds no finished job.
    """
    files = [
        path
        for folder in (home.runs, home.jobs)
        for path in sorted(folder.glob("*/*"))
        if path.name in _KEPT
    ]
    if not any(path.name == spool.RESULT for path in files):
        raise DataError(
            f"Expected finished results in {home.root} to make a sample of; there are none. Run "
            "'xfer run --preset mini' first."
        )
    archive.parent.mkdir(parents=True, exist_ok=True)
    aside = archive.with_name(f".tmp-{os.getpid()}-{archive.name}")
    with zipfile.ZipFile(aside, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for path in files:
            member = zipfile.ZipInfo(path.relative_to(home.root).as_posix(), _DATE)
            member.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(member, path.read_bytes())
    os.replace(aside, archive)
    return archive.stat().st_size


def unpack(home: Home, archive: Path | None = None) -> Home:
    """Lay the sample results beside a store; returns their own store. Twice changes nothing.

    Raises:
        DataError: the archive is missing or damaged.
    """
    target, archive = place(home), archive or ARCHIVE
    if target.runs.is_dir():
        return target
    if not archive.is_file():
        raise DataError(
            f"Expected the sample results {archive}; restore the file from the repository."
        )
    home.create()
    aside = home.root / f".tmp-{os.getpid()}-{FOLDER}"
    shutil.rmtree(aside, ignore_errors=True)
    try:
        with zipfile.ZipFile(archive) as packed:
            _refuse_odd_names(packed)
            packed.extractall(aside)
    except zipfile.BadZipFile as error:
        raise DataError(f"The sample results {archive} are damaged; restore the file.") from error
    shutil.rmtree(target.root, ignore_errors=True)
    os.replace(aside, target.root)
    return target.create()


def remove(home: Home) -> None:
    """Take the sample results away again."""
    shutil.rmtree(place(home).root, ignore_errors=True)


def _refuse_odd_names(packed: zipfile.ZipFile) -> None:
    for name in packed.namelist():
        parts = PurePosixPath(name).parts
        known = len(parts) == 3 and parts[0] in ("runs", "jobs") and parts[2] in _KEPT
        if not known or ".." in parts:
            raise DataError(f"Expected runs and jobs in the sample results; found {name!r}.")
