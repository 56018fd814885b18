"""One stage on a cluster, from waiting for its lock to its published result.

The runner holds the job's lock, numbers the attempts and writes the files; a node does the work
and tells what happens. A lost process or node costs an attempt, not the stage.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from ray.exceptions import RayError

from xfer_core import jobs, locks, spool
from xfer_core.domain.errors import StageFailed, XferError
from xfer_core.domain.run import Stage, State
from xfer_core.executors.ray_attempt import ATTEMPTS, Attempt
from xfer_core.executors.ray_cluster import Cluster, Task
from xfer_core.executors.ray_needs import Needs, needs
from xfer_core.executors.ray_node import Errand, code_version, encoder_version
from xfer_core.executors.ray_storage import Storage, checkpoint_place
from xfer_core.home import Home
from xfer_core.stages.worker import JOB_LOCK

LOOK_SECONDS = 5.0
NO_ROOM_SECONDS = 900.0
"""A stage waits so long for a node that could hold it: a cluster may still be growing."""
PASSED_ON = (
    "XFER_CHECKPOINT_SECONDS",
    *("XFER_CATALOG_DIR", "XFER_CATALOG_FILES", "XFER_DATA_DIR", "XFER_XTREME_DIR"),
)
"""Variables of the runner that hold on the nodes as well."""

Life = Generator[None, None, State]


class RayJob:
    """A stage handed to a cluster; ``advance`` carries it on."""

    def __init__(
        self,
        cluster: Cluster,
        threads: ThreadPoolExecutor,
        storage: Storage,
        home: Home,
        stage: Stage,
        run_id: str,
        force: bool,
    ) -> None:
        """Nothing happens before the first ``advance``."""
        self.stage = stage
        self.succeeded: bool | None = None
        self.explanation = ""
        self._cluster, self._threads, self._storage = cluster, threads, storage
        self._home, self._run_id, self._force = home, run_id, force
        self._folder = home.job(stage.key)
        self._task: Task | None = None
        self._is_stopped = False
        self._life = self._carry_through()

    def advance(self) -> None:
        """Do what can be done without waiting."""
        if self.succeeded is not None:
            return
        try:
            next(self._life)
        except StopIteration as over:
            self.succeeded = over.value is State.SUCCEEDED
        except (XferError, RayError, OSError) as error:
            self.succeeded = False
            self.explanation = str(error) or type(error).__name__

    def cancel(self) -> None:
        """Interrupt the stage, or give up waiting."""
        self._stop(force=False)

    def kill(self) -> None:
        """Kill the process of the stage."""
        self._stop(force=True)

    def let_go(self) -> None:
        """Free the lock and close the files of a job that nobody carries on."""
        self._life.close()

    def _stop(self, force: bool) -> None:
        self._is_stopped = True
        if self.succeeded is None and self._task and not self._task.is_over:
            self._cluster.cancel(self._task, force)

    def _carry_through(self) -> Life:
        """The job's life; it yields whenever there is nothing to do but wait."""
        with ExitStack() as held:
            while not self._has_lock(held):
                if self._is_stopped:
                    return self._give_up()
                yield
            if self._is_done():
                return State.SUCCEEDED
            yield from self._meanwhile(self._send_parent)
            for number in range(1, ATTEMPTS + 1):
                if self._is_stopped:
                    return self._give_up()
                state = yield from self._attempt(number)
                if state is not State.LOST:
                    return state
        return State.FAILED

    def _give_up(self) -> State:
        self.explanation = "Cancelled before it began."
        return State.CANCELLED

    def _has_lock(self, held: ExitStack) -> bool:
        path = self._folder / JOB_LOCK
        return not locks.is_held(path) and held.enter_context(locks.attempted(path))

    def _is_done(self) -> bool:
        """A forced stage is done only when this very run did it."""
        if not jobs.is_finished(self._home, self.stage):
            return False
        result = spool.read_json(self._folder / spool.RESULT) or {}
        return not self._force or result.get("run_id") == self._run_id

    def _meanwhile(self, work: Callable[[], None]) -> Generator[None]:
        """Do something slow in a thread, and wait for it."""
        future = self._threads.submit(work)
        while not future.done():
            yield
        future.result()

    def _send_parent(self) -> None:
        """A checkpoint that was made here is brought to where the nodes look for it."""
        parent = self.stage.parent
        if parent is None or self._storage.is_folder_of(self._home):
            return
        if not jobs.checkpoint_is_whole(self._home, parent):
            return  # the stage says what is missing
        folder, place = self._home.checkpoint(parent), checkpoint_place(parent)
        if self._storage.manifest(place) != spool.read_json(folder / jobs.MANIFEST):
            self._storage.send(folder, place)

    def _fetch_own(self) -> None:
        """The store gets the checkpoint too, so that every other command finds it."""
        place, folder = checkpoint_place(self.stage.key), self._home.checkpoint(self.stage.key)
        self._storage.fetch_into_place(place, folder)

    def _attempt(self, number: int) -> Life:
        errand = self._errand(jobs.next_attempt(self._home, self.stage))
        asked = needs(self._home, self.stage, self._cluster.machines())
        task = self._task = self._cluster.start(errand, asked)
        with Attempt(self._home, errand, task, number) as attempt:
            try:
                yield from self._follow(attempt, task, asked)
            except (XferError, OSError) as error:
                state = attempt.fail(str(error))
            else:
                state = attempt.settle(self._is_stopped)
            self.explanation = attempt.explanation
        return state

    def _follow(self, attempt: Attempt, task: Task, asked: Needs) -> Generator[None]:
        """Pass on what the node tells, to the end of the attempt."""
        since = looked = time.monotonic()
        while not task.is_over:
            attempt.pass_on()
            now = time.monotonic()
            if task.node is None and now - looked > LOOK_SECONDS:
                looked = now
                if any(asked.fit(machine) for machine in self._cluster.machines()):
                    since = now
                if now - since > NO_ROOM_SECONDS:
                    self._cluster.cancel(task, force=False)
                    raise StageFailed(
                        f"Expected a node with {asked}; for {NO_ROOM_SECONDS / 60:.0f} minutes the "
                        "cluster had none. Add such a node, or lower the stage's threads."
                    )
            yield
        is_here = self._storage.is_folder_of(self._home)
        if attempt.is_trained and not is_here:
            # Before the last events are passed on: "finished" means that the checkpoint is here.
            yield from self._meanwhile(self._fetch_own)
        attempt.pass_on()

    def _errand(self, attempt: int) -> Errand:
        return Errand(
            token=f"{self.stage.key}-{attempt}-{secrets.token_hex(4)}",
            scratch=self._cluster.name,
            stage=self.stage.to_json(),
            run_id=self._run_id,
            attempt=attempt,
            parent_attempt=jobs.last_attempt(self._home, self.stage.parent),
            storage=self._storage.url,
            mark=self._cluster.mark,
            code=code_version(),
            encoder=encoder_version(self.stage.encoder),
            environment={name: os.environ[name] for name in PASSED_ON if name in os.environ},
        )
