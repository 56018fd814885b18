"""One owner per store: a lock that a kill releases, and that can say who holds it."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from typing import Any

from xfer_core import spool
from xfer_core.domain.errors import StoreError, StoreOwned
from xfer_core.home import Home

LOCK = "owner.lock"


class Ownership:
    """The right to open the database, held until ``release`` or the end of the process.

    Raises:
        StoreOwned: another process (or another part of this one) holds it.
        StoreError: the file system of the store cannot lock files.
    """

    def __init__(self, home: Home) -> None:
        """Take the lock and write who holds it."""
        path = home.locks / LOCK
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _holder(self._file)
            os.close(self._file)
            raise StoreOwned(_sentence(home, holder)) from None
        except OSError as error:
            os.close(self._file)
            raise StoreError(
                f"The store {home.root} lies on a file system without file locks "
                f"({error.strerror}); name one on a local disk with --home or XFER_HOME."
            ) from error
        self._sign()

    def release(self) -> None:
        """Let another process open the store. Releasing twice is harmless."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _sign(self) -> None:
        holder = {"pid": os.getpid(), "host": socket.gethostname(), "started_at": spool.now()}
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, json.dumps(holder).encode(), 0)


def _holder(file: int) -> dict[str, Any]:
    """Who signed the lock; a few looks, since the holder signs just after it has locked."""
    for _ in range(20):
        try:
            values = json.loads(os.pread(file, 4096, 0))
        except ValueError:
            time.sleep(0.01)
            continue
        return values if isinstance(values, dict) else {}
    return {}


def _sentence(home: Home, holder: dict[str, Any]) -> str:
    who = f"process {holder.get('pid', 'unknown')} on host {holder.get('host', 'unknown')}"
    return (
        f"The store {home.root} is already open in {who} since "
        f"{holder.get('started_at', 'an unknown time')}; close that dashboard or command, or "
        "name another store with --home or XFER_HOME."
    )
