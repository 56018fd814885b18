"""Two threads beside a stage on a node: one sends its events and log, one keeps its states safe."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from xfer_core import spool
from xfer_core.domain.errors import CheckpointError
from xfer_core.domain.event import EventType
from xfer_core.executors.ray_mailbox import Ended, Letter
from xfer_core.executors.ray_storage import Storage, newest_first

PUMP_SECONDS = 0.2
KEEP_SECONDS = 1.0
PAUSE_FACTOR = 10
"""After sending a state, rest so many times as long: states take at most a tenth of the line."""


class _Beside(threading.Thread, ABC):
    """A thread that does something again and again until its block ends."""

    def __init__(self, seconds: float) -> None:
        super().__init__(daemon=True)
        self._seconds = seconds
        self._over = threading.Event()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        while not self._over.wait(self._seconds):
            self.turn()

    @abstractmethod
    def turn(self) -> None:
        """What is done again and again."""


class Pump(_Beside):
    """Sends what is new in a job's events and log, all but the line that says "finished".

    That line goes with the last letter: before it the checkpoint must have arrived.
    """

    def __init__(self, folder: Path, send: Callable[[Letter], None], token: str) -> None:
        """``folder`` is the job's; ``send`` returns when a letter is kept."""
        super().__init__(PUMP_SECONDS)
        self._folder, self._send, self._token = folder, send, token
        self._offsets = {spool.EVENTS: 0, spool.LOG: 0}
        self._one_at_a_time = threading.Lock()

    def turn(self) -> None:
        """Send what is new."""
        with self._one_at_a_time:
            lines = self._new(spool.EVENTS, _without_finished)
            log = self._new(spool.LOG, bytes)
            if lines or log:
                self._send(Letter(self._token, lines=lines, log=log))

    def last(self, ended: Ended) -> Letter:
        """The last letter, with all that was not sent yet."""
        with self._one_at_a_time:
            lines, log = self._new(spool.EVENTS, bytes), self._new(spool.LOG, bytes)
            return Letter(self._token, lines=lines, log=log, ended=ended)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Send the rest if the stage broke off."""
        super().__exit__(kind, value, trace)
        if kind is not None:
            self.turn()

    def _new(self, name: str, cut: Callable[[bytes], bytes]) -> bytes:
        path = self._folder / name
        if not path.exists():
            return b""
        with path.open("rb") as file:
            file.seek(self._offsets[name])
            data = file.read()
        if name == spool.EVENTS:
            data = data[: data.rfind(b"\n") + 1]
        data = cut(data)
        self._offsets[name] += len(data)
        return data


class Keeper(_Beside):
    """Sends a training stage's newest state to the storage, so that any node can go on from it."""

    def __init__(self, folder: Path, storage: Storage, place: str) -> None:
        """``folder`` is where the stage keeps its states; ``place`` is where they go."""
        super().__init__(KEEP_SECONDS)
        self._folder, self._storage, self._place = folder, storage, place
        self._sent = ""

    def turn(self) -> None:
        """Send the newest state, unless it was sent; then forget older ones there."""
        states = newest_first([path.name for path in spool.folders(self._folder)])
        if not states or states[0] == self._sent:
            return
        newest = self._folder / states[0]
        since = time.monotonic()
        try:
            self._storage.send(newest, f"{self._place}/{newest.name}")
            for name in self._storage.names(self._place):
                if name != newest.name:
                    self._storage.remove(f"{self._place}/{name}")
            self._sent = newest.name
        except (
            OSError,
            CheckpointError,
        ) as error:
            # The stage itself goes on: a state only saves time.
            print(f"State {newest.name} could not be sent: {error}")
        self._over.wait(PAUSE_FACTOR * (time.monotonic() - since))


def _without_finished(data: bytes) -> bytes:
    """Whole lines without a last one that says "finished"."""
    start = data.rfind(b"\n", 0, max(0, len(data) - 1)) + 1
    event = spool.decode(data[start:]) if data else None
    return data[:start] if event and event.type is EventType.FINISHED else data
