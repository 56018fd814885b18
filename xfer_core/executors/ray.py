"""Runs stages on a Ray cluster; the spool looks as if they had run on this machine."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

# Before the first import of ray: nothing is reported to anybody, and what Ray says about lost
# processes and lines is not printed between our own, for events and errors say it.
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
os.environ.setdefault("RAY_DEDUP_LOGS_SKIP_REGEX", ".*")
os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "error")

from ray.exceptions import RayError  # noqa: E402

from xfer_core.domain.errors import XferError  # noqa: E402
from xfer_core.domain.run import Stage  # noqa: E402
from xfer_core.executors.base import Job  # noqa: E402
from xfer_core.executors.ray_cluster import Cluster  # noqa: E402
from xfer_core.executors.ray_job import RayJob  # noqa: E402
from xfer_core.executors.ray_storage import Storage  # noqa: E402
from xfer_core.home import Home  # noqa: E402

STEP_SECONDS = 0.2
CLOSE_SECONDS = 3.0


class RayExecutor:
    """Ray tasks; the cluster's resources bound how many work at once."""

    def __init__(self, address: str | None = None, storage: str | None = None) -> None:
        """Connect to a cluster; without an address (or RAY_ADDRESS) start a Ray on this machine.

        Args:
            address: host:port of a cluster.
            storage: URL of checkpoints that all nodes reach; the store folder itself by default.

        Raises:
            UsageError: no such cluster, or a URL that cannot be opened.
        """
        self._given = Storage(storage) if storage else None
        self._cluster = Cluster(address)
        self._storages: dict[str, Storage] = {}
        self._jobs: list[RayJob] = []
        self._threads = ThreadPoolExecutor(max_workers=2)
        self._is_closed = False

    @property
    def slots(self) -> int:
        """CPUs of the cluster: about so many stages can work at once."""
        return max(1, sum(machine.cpus for machine in self._cluster.machines()))

    def submit(self, home: Home, stage: Stage, run_id: str, force: bool) -> Job:
        """Take the job's lock as soon as it is free, then hand the stage to the cluster."""
        storage = self._storage(home)
        job = RayJob(self._cluster, self._threads, storage, home, stage, run_id, force)
        self._jobs.append(job)
        job.advance()
        return job

    def wait(self, jobs: Sequence[Job], seconds: float) -> None:
        """Sleep until one of the jobs ends, at most so long; all jobs are carried on meanwhile."""
        deadline = time.monotonic() + seconds
        while True:
            left = max(0.0, deadline - time.monotonic())
            self._cluster.poll(min(left, STEP_SECONDS))
            for job in self._jobs:
                job.advance()
            self._jobs = [job for job in self._jobs if job.succeeded is None]
            if not left or any(job.succeeded is not None for job in jobs):
                return

    def close(self) -> None:
        """Stop what still runs, clean the nodes, disconnect; a Ray of our own ends."""
        if self._is_closed:
            return
        self._is_closed = True
        try:
            self._stop_all()
        except (RayError, XferError):
            pass  # the cluster is gone: what it did not say is done again by the next run
        finally:
            for job in self._jobs:
                job.let_go()
            self._threads.shutdown(cancel_futures=True)
            for storage in self._storages.values():
                storage.unmark(self._cluster.mark)
            self._cluster.close()

    def _stop_all(self) -> None:
        for job in self._jobs:
            job.kill()
        deadline = time.monotonic() + CLOSE_SECONDS
        while self._jobs and time.monotonic() < deadline:
            self.wait(self._jobs, STEP_SECONDS)

    def _storage(self, home: Home) -> Storage:
        storage = self._given or Storage.of(home)
        if storage.url not in self._storages:
            storage.mark(self._cluster.mark)
            self._storages[storage.url] = storage
        return self._storages[storage.url]
