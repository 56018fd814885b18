"""The runner's connection to a Ray cluster: tasks, letters, nodes, and leaving nothing behind."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import signal
import socket
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import ray
from ray.exceptions import RayActorError, RayError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from xfer_core import locks
from xfer_core.domain.errors import StageFailed, UsageError
from xfer_core.executors import ray_scratch
from xfer_core.executors.ray_mailbox import Ended, Letter, Mailbox, Node
from xfer_core.executors.ray_needs import Machine, Needs
from xfer_core.executors.ray_node import Errand, work

CLEAN_SECONDS = 10.0
KNOCK_SECONDS = 5.0
_NO_RETRIES: dict[str, Any] = {"max_retries": 0}
"""Ray would repeat a lost task under the same number; here every attempt is one in the spool."""


@dataclass
class Task:
    """One attempt on its way through the cluster."""

    token: str
    reference: Any
    node: Node | None = None
    """Where it runs; None while it waits for room."""
    letters: deque[Letter] = field(default_factory=deque)
    ended: Ended | None = None
    error: Exception | None = None
    """What Ray says about a task that ended without a last letter."""

    @property
    def is_over(self) -> bool:
        """Whether no more letters will come."""
        return self.ended is not None or self.error is not None


class Cluster:
    """A connection to a cluster, or a Ray of its own on this machine for as long as it is used."""

    def __init__(self, address: str | None) -> None:
        """Connect.

        Raises:
            UsageError: nobody answers at that address, or the token is not the cluster's.
        """
        _connect(address or os.environ.get("RAY_ADDRESS"))
        self.name = secrets.token_hex(6)
        self._tasks: dict[str, Task] = {}
        self._visited: set[str] = set()
        here = ray.get_runtime_context().get_node_id()
        mailbox: Any = ray.remote(Mailbox)
        self._mailbox = mailbox.options(num_cpus=0, scheduling_strategy=_on(here)).remote()
        self._work = ray.remote(**_NO_RETRIES)(work)
        # A process that has used a GPU ends with its stage: else it would keep memory there.
        self._work_on_gpu = ray.remote(max_calls=1, **_NO_RETRIES)(work)
        self._news: Any = self._mailbox.take.remote()

    @property
    def mark(self) -> str:
        """Name of the file by which nodes know the storage again."""
        return f".ray-{self.name}"

    def machines(self) -> list[Machine]:
        """What each living node has in all."""
        return [
            Machine(
                int(node["Resources"].get("CPU", 0)),
                int(node["Resources"].get("GPU", 0)),
                int(node["Resources"].get("memory", 0)),
            )
            for node in ray.nodes()
            if node["Alive"]
        ]

    def start(self, errand: Errand, needs: Needs) -> Task:
        """Hand a stage to whichever node has room for it."""
        function = self._work_on_gpu if needs.gpus else self._work
        reference = function.options(
            num_cpus=needs.cpus, num_gpus=needs.gpus, memory=needs.memory, name=errand.token
        ).remote(errand, self._mailbox)
        task = self._tasks[errand.token] = Task(errand.token, reference)
        return task

    def poll(self, seconds: float) -> None:
        """Sleep until there is news, at most so long, and give it to the tasks.

        Raises:
            StageFailed: the mailbox is gone, and with it what the nodes said.
        """
        references = {task.reference: task for task in self._tasks.values()}
        ready, _ = ray.wait([self._news, *references], num_returns=1, timeout=seconds)
        ended = [task for reference, task in references.items() if _is_ready(reference)]
        if ended:
            # What a task sent before it ended is in the mailbox; it comes before the end counts.
            # The letters that wait here may have been taken out earlier: only what is asked for
            # from now on is sure to be all.
            self._take_now()
            self._take_now()
        elif self._news in ready:
            self._take()
        for task in ended:
            del self._tasks[task.token]
            if task.ended is None:
                task.error = _error(task.reference)

    def cancel(self, task: Task, force: bool) -> None:
        """Interrupt a stage, or kill its process; one that waits for room is dropped."""
        ray.cancel(task.reference, force=force)

    def close(self) -> None:
        """Clean the nodes and disconnect; a Ray of our own ends with all its processes."""
        with contextlib.suppress(RayError):
            self._clean()
        ray.shutdown()

    def _take_now(self) -> None:
        self._mailbox.wake.remote()
        self._take()

    def _take(self) -> None:
        try:
            letters: list[Letter] = ray.get(self._news)
        except RayActorError as error:
            raise StageFailed(
                "Expected the mailbox on this machine to stay alive; its process ended. Carry on "
                "with the run: finished stages are kept."
            ) from error
        self._news = self._mailbox.take.remote()
        for letter in letters:
            task = self._tasks.get(letter.token)
            if task is None:
                continue  # of a node that was given up
            if letter.node:
                task.node = letter.node
                self._visited.add(letter.node.node_id)
            task.ended = letter.ended or task.ended
            task.letters.append(letter)

    def _clean(self) -> None:
        alive = {node["NodeID"] for node in ray.nodes() if node["Alive"]}
        forget = ray.remote(num_cpus=0, **_NO_RETRIES)(ray_scratch.forget)
        left = [
            forget.options(scheduling_strategy=_on(node)).remote(self.name, node)
            for node in self._visited & alive
        ]
        if left:
            ray.wait(left, num_returns=len(left), timeout=CLEAN_SECONDS)
        ray.kill(self._mailbox)


def _connect(address: str | None) -> None:
    if address and address != "auto":
        _knock(address)
    alone: dict[str, Any] = {"num_cpus": locks.slot_count(), "include_dashboard": False}
    try:
        with _own_signals():
            ray.init(
                address=address or "local",
                log_to_driver=False,
                logging_level=logging.ERROR,
                **({} if address else alone),
            )
    except (ConnectionError, RuntimeError, ValueError, RayError) as error:
        place = f"at {address}" if address else "to start on this machine"
        raise UsageError(
            f"Expected a Ray cluster {place}; Ray says: {_first_line(error)}. Look at 'ray status' "
            "and at the token (RAY_AUTH_TOKEN_PATH), which must be the cluster's."
        ) from error


def _knock(address: str) -> None:
    """Whether anybody listens: Ray itself would try for minutes.

    Raises:
        UsageError: nobody does, or it is no address of a cluster.
    """
    host, _, port = address.rpartition(":")
    if "://" in address or not host or not port.isdigit():
        raise UsageError(
            f"Expected --ray-address host:port of a cluster, such as 10.0.0.1:6379; got "
            f"{address!r}. Run Xfer on a node of the cluster: it takes no ray:// client address."
        )
    try:
        socket.create_connection((host.strip("[]"), int(port)), KNOCK_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise UsageError(
            f"Expected a Ray cluster at {address}; nobody answers ({error}). Start one with 'ray "
            "start --head', or leave out --ray-address to use this machine."
        ) from error


@contextmanager
def _own_signals() -> Iterator[None]:
    """Ray takes SIGTERM for itself when it starts; here the runner decides what it means."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _on(node_id: str) -> NodeAffinitySchedulingStrategy:
    return NodeAffinitySchedulingStrategy(node_id, soft=False)


def _is_ready(reference: Any) -> bool:
    return bool(ray.wait([reference], timeout=0)[0])


def _error(reference: Any) -> Exception:
    try:
        ray.get(reference)
    except Exception as error:  # Ray raises whatever the task raised
        return error
    return StageFailed("The stage's process ended without a word.")


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:200]
