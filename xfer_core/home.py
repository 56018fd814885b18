"""The store folder: where each file of a store lies, and who may read it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from xfer_core.domain.errors import StoreError, UsageError

_ID = re.compile(r"^[a-z0-9][a-z0-9_-]{0,63}$")
DEFAULT = Path(__file__).resolve().parent.parent / "data" / "store"
"""Beside the program, so that every command finds the same store from any folder."""


@dataclass(frozen=True)
class Home:
    """Paths of one store. Every id that reaches a path is checked here."""

    root: Path

    @classmethod
    def default(cls, given: Path | str | None = None) -> Home:
        """The store named on the command line, else by XFER_HOME, else the program's data/store."""
        return cls(Path(given or os.environ.get("XFER_HOME") or DEFAULT).absolute())

    @property
    def database(self) -> Path:
        """The DuckDB file; an index that can be rebuilt from the spool."""
        return self.root / "xfer.duckdb"

    @property
    def runs(self) -> Path:
        """One folder per run: plan.json, events.jsonl, run.lock, log.txt."""
        return self.root / "runs"

    @property
    def jobs(self) -> Path:
        """One folder per job: stage.json, events.jsonl, result.json, job.lock, log.txt."""
        return self.root / "jobs"

    @property
    def checkpoints(self) -> Path:
        """One folder per training stage's key."""
        return self.root / "checkpoints"

    @property
    def locks(self) -> Path:
        """Lock files: the owner of the database, and the slots of this machine."""
        return self.root / "locks"

    def run(self, run_id: str) -> Path:
        """Folder of a run."""
        return self.runs / checked_id(run_id)

    def job(self, job_id: str) -> Path:
        """Folder of a job."""
        return self.jobs / checked_id(job_id)

    def checkpoint(self, key: str) -> Path:
        """Folder of a checkpoint."""
        return self.checkpoints / checked_id(key)

    def create(self) -> Home:
        """Make the folders, readable by their owner alone.

        Raises:
            StoreError: the folder cannot be written.
        """
        try:
            for folder in (self.root, self.runs, self.jobs, self.checkpoints, self.locks):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            probe = self.root / ".writable"
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            raise StoreError(
                f"The store {self.root} cannot be written ({error.strerror}); name another one "
                "with --home or XFER_HOME, or free the disk."
            ) from error
        return self


def checked_id(value: str) -> str:
    """The id itself, if it is safe as a file name.

    Raises:
        UsageError: anything but lower-case letters, digits, "-" and "_" (64 at most).
    """
    if not _ID.match(value):
        raise UsageError(
            f"Expected an id of lower-case letters, digits, '-' and '_'; got {value[:80]!r}."
        )
    return value
