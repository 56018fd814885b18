"""One attempt's files on the runner's machine: events, log and predictions, then how it ended.

What a node publishes is checked against what arrived. Where a node can say nothing any more, the
runner says it: every attempt has its end in the spool.
"""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any, Self

from ray.exceptions import (
    LocalRayletDiedError,
    NodeDiedError,
    OutOfMemoryError,
    TaskCancelledError,
    WorkerCrashedError,
)

from xfer_core import kept, spool
from xfer_core.domain.event import EventType
from xfer_core.domain.run import TRAINING, StageKind, State
from xfer_core.executors.ray_cluster import Task
from xfer_core.executors.ray_node import Errand
from xfer_core.executors.ray_relay import Relay
from xfer_core.home import Home

ATTEMPTS = 3
"""A stage is begun at most so often while its processes or nodes are lost."""
LOST = (WorkerCrashedError, NodeDiedError, OutOfMemoryError, LocalRayletDiedError)


class Attempt:
    """Writes one attempt of a job; a context manager that closes its files."""

    def __init__(self, home: Home, errand: Errand, task: Task, number: int) -> None:
        """``number`` counts the attempts of this runner, from 1."""
        self.explanation = ""
        self._home, self._errand, self._task = home, errand, task
        self._key = errand.stage["key"]
        self._folder = home.job(self._key)
        self._number = number
        self._relay = Relay(self._folder, self._key, errand.attempt)
        self._began = time.monotonic()

    def __enter__(self) -> Self:
        """The attempt itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the files."""
        self._relay.close()

    @property
    def is_trained(self) -> bool:
        """Whether the node has left a checkpoint in the storage."""
        result = self._task.ended.result if self._task.ended else None
        trains = StageKind(self._errand.stage["kind"]) in TRAINING
        return trains and result is not None and result.get("state") == State.SUCCEEDED

    def pass_on(self) -> None:
        """Append events and log that have come, keep predictions.

        Raises:
            StoreError: lines are damaged or missing.
        """
        while self._task.letters:
            letter = self._task.letters.popleft()
            if letter.log:
                with (self._folder / spool.LOG).open("ab") as log:
                    log.write(letter.log)
            if letter.kept:
                split, language, found = letter.kept
                told = (list(found.ids), list(found.predictions))
                kept.keep(self._home, self._key, split, language, *told)
            self._relay.pass_on(letter.lines)

    def settle(self, is_stopped: bool) -> State:
        """Publish how the attempt ended; LOST if it has to be repeated.

        Args:
            is_stopped: whether somebody asked for its end.
        """
        ended, error = self._task.ended, self._task.error
        result = ended.result if ended else None
        stopped = isinstance(error, (TaskCancelledError, *LOST))
        stopped |= bool(ended and ended.cancelled)
        stopped |= result is not None and result.get("state") == State.CANCELLED
        if stopped and not is_stopped:
            return self._lose(error)
        if stopped and result is None:
            return self._cancel()
        if result is not None:
            return self._publish(result)
        if ended is not None:
            return self.fail(ended.message, ended.traceback)
        return self.fail(f"The stage's task failed on its node: {error}")

    def fail(self, message: str, traceback: str = "") -> State:
        """End the attempt as failed."""
        self._say(message=message, traceback=traceback)
        self._end(State.FAILED)
        self.explanation = message
        return State.FAILED

    def _publish(self, result: dict[str, Any]) -> State:
        """The result as the node wrote it, if its events are here."""
        if (result["rows"], result["sha256"]) != (self._relay.rows, self._relay.sha256):
            return self.fail(
                f"Expected {result['rows']} events of the stage from {self._place()}; "
                f"{self._relay.rows} came, or others. Run the plan again."
            )
        self._relay.sync()
        spool.publish(self._folder / spool.RESULT, result)
        state = State(result["state"])
        if state is not State.SUCCEEDED:
            self.explanation = f"The stage ended without a result on {self._place()}."
        return state

    def _cancel(self) -> State:
        """Cancelled before or while it worked; what never began leaves no trace."""
        if self._relay.rows:
            cancelled = State.CANCELLED
            self._say(message="Cancelled.", traceback="", state=str(cancelled))
            self._end(cancelled)
        self.explanation = "Cancelled."
        return State.CANCELLED

    def _lose(self, error: Exception | None) -> State:
        """Name what was lost; the last attempt is the stage's failure."""
        what = self._loss(error)
        if self._number == ATTEMPTS:
            return self.fail(
                f"{what} in attempt {self._number} of {ATTEMPTS}. Look at that node, then carry on "
                "with the run."
            )
        message = f"{what} in attempt {self._number} of {ATTEMPTS}; the stage begins again."
        self._say(message=message, traceback="", node=str(self._task.node or ""))
        return State.LOST

    def _loss(self, error: Exception | None) -> str:
        if isinstance(error, (NodeDiedError, LocalRayletDiedError)):
            return f"{self._place().capitalize()} was lost"
        pid = f" {self._task.node.pid}" if self._task.node else ""
        how = "was killed for lack of memory" if isinstance(error, OutOfMemoryError) else "ended"
        return f"Process{pid} on {self._place()} {how}"

    def _place(self) -> str:
        return f"node {self._task.node}" if self._task.node else "a node"

    def _end(self, state: State) -> None:
        """Publish a result that the node could not."""
        self._relay.sync()
        stage = self._errand.stage
        spool.publish(
            self._folder / spool.RESULT,
            {
                "job_id": self._key,
                "run_id": self._errand.run_id,
                "attempt": self._errand.attempt,
                "parent_attempt": self._errand.parent_attempt,
                "state": str(state),
                "kind": stage["kind"],
                "rows": self._relay.rows,
                "sha256": self._relay.sha256,
                "wall_seconds": time.monotonic() - self._began,
            },
        )

    def _say(self, **payload: Any) -> None:
        """A failed event; an attempt that never spoke gets its started event first."""
        if not self._relay.rows:
            node = self._task.node
            place = {"pid": node.pid, "host": node.address} if node else {}
            started = {"run_id": self._errand.run_id, "stage": self._errand.stage, **place}
            self._relay.append(EventType.STARTED, **started)
        self._relay.append(EventType.FAILED, **payload)
