"""One stage on a node of a Ray cluster: the usual stage function, in a scratch store of its own.

Its events go back to the runner's machine while it works, its predictions behind them; its
checkpoint goes to the storage. Imported by the runner as well, so nothing here loads torch before a
stage starts.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import ray
from ray.exceptions import RayError

import xfer_core
from xfer_core import catalog, kept, locks, spool
from xfer_core.domain.errors import CheckpointError, StageFailed, XferError
from xfer_core.domain.run import TRAINING, Stage, State
from xfer_core.executors.ray_mailbox import Ended, Letter, Node
from xfer_core.executors.ray_pump import Keeper, Pump
from xfer_core.executors.ray_scratch import scratch
from xfer_core.executors.ray_storage import (
    Storage,
    checkpoint_place,
    newest_first,
    states_place,
)
from xfer_core.fingerprints import digest, encoder_hash
from xfer_core.home import Home
from xfer_core.stages.worker import run_stage

NOT_ON_NODES = ("bench", "charts", "cli", "store", "views")
"""Packages that no stage uses."""


@dataclass(frozen=True)
class Errand:
    """What a node is told; plain values."""

    token: str
    """Names the attempt in letters."""
    scratch: str
    """Name of the scratch folder that all stages of one runner share on a node."""
    stage: dict[str, Any]
    run_id: str
    attempt: int
    parent_attempt: int | None
    storage: str
    mark: str
    """File in the storage that shows that this node sees the same one."""
    code: str
    encoder: str
    environment: dict[str, str] = field(default_factory=dict)


def work(errand: Errand, mailbox: Any) -> None:
    """Do a stage; whatever happens, the last letter says how it ended."""
    with _interruptible():
        node = ray.get_runtime_context().get_node_id()
        try:
            with scratch(errand.scratch, node) as home:
                _post(mailbox, Letter(errand.token, _here(node)))
                result = _in_scratch(errand, home, mailbox)
        except RayError:
            raise  # the runner is gone, or its mailbox: there is nobody to tell
        except BaseException as error:
            told = isinstance(error, XferError)
            message = str(error) if told else f"{type(error).__name__}: {error}"
            cancelled = not isinstance(error, Exception)
            ended = Ended(None, message, traceback.format_exc(), cancelled)
            _post(mailbox, Letter(errand.token, ended=ended))
        else:
            _post(mailbox, result)


def _in_scratch(errand: Errand, home: Home, mailbox: Any) -> Letter:
    """The last letter: what is left of the events, and the result."""
    stage = Stage.from_json(errand.stage)
    os.environ.update(errand.environment)
    # Here Ray's resources bound what works at once, so every stage has slots of its own.
    os.environ[locks.SLOT_FOLDER_VARIABLE] = str(home.locks / "slots")
    folder = home.job(stage.key)
    folder.mkdir(mode=0o700)
    storage = Storage(errand.storage)
    with Pump(folder, lambda letter: _post(mailbox, letter), errand.token) as pump:
        with _logged(folder / spool.LOG):
            check(errand, stage, storage)
            _bring(errand, stage, home, storage)
            importlib.import_module("xfer_core.stages.preloaded")
            result = _run(errand, stage, home, storage)
            for one in kept.every(home, stage.key):
                _post(mailbox, Letter(errand.token, kept=one))
            if stage.kind in TRAINING and result.get("state") == State.SUCCEEDED:
                place = checkpoint_place(stage.key)
                storage.send(home.checkpoint(stage.key), place)
                storage.remove(states_place(stage.key))
        return pump.last(Ended(result))


def _run(errand: Errand, stage: Stage, home: Home, storage: Storage) -> dict[str, Any]:
    states = home.job(stage.key) / "resume"
    with Keeper(states, storage, states_place(stage.key)):
        try:
            run_stage(home, stage, errand.run_id)
        finally:
            signal.signal(signal.SIGTERM, _stop)
    result = spool.read_json(home.job(stage.key) / spool.RESULT)
    if result is None:
        raise StageFailed("Expected a result of the stage; it left none. Run the plan again.")
    return result


def check(errand: Errand, stage: Stage, storage: Storage) -> None:
    """Refuse to compute under a key that means something else here.

    Raises:
        XferError: other code, another encoder, or another storage than the runner's.
    """
    if code_version() != errand.code:
        raise StageFailed(
            f"Expected the same Xfer on every node; the code on this one is {code_version()}, the "
            f"runner's is {errand.code}. Install the same commit everywhere."
        )
    if encoder_version(stage.encoder) != errand.encoder:
        raise CheckpointError(
            f"Expected the same encoder {stage.encoder} on every node; this one has other files. "
            "Copy data/encoders from the runner's machine."
        )
    if not storage.is_marked(errand.mark):
        raise StageFailed(
            f"Expected the storage {errand.storage} to be the same everywhere; this node sees "
            "another one. Name a URL that all nodes reach with --ray-storage."
        )


def _bring(errand: Errand, stage: Stage, home: Home, storage: Storage) -> None:
    """What the stage finds in a store: its number, its parent, where a killed attempt stood."""
    before = {"stage": errand.stage, "attempt": errand.attempt - 1}
    spool.publish(home.job(stage.key) / spool.STAGE, before)
    if stage.parent:
        storage.fetch(checkpoint_place(stage.parent), home.checkpoint(stage.parent))
        if errand.parent_attempt is not None:
            result = {"attempt": errand.parent_attempt}
            spool.publish(home.job(stage.parent) / spool.RESULT, result)
    if stage.kind not in TRAINING:
        return
    place = states_place(stage.key)
    for name in newest_first(storage.names(place)):
        if storage.fetch(f"{place}/{name}", home.job(stage.key) / "resume" / name):
            return
        shutil.rmtree(home.job(stage.key) / "resume" / name)


@cache
def code_version() -> str:
    """Hash of the code that nodes run: equal where the same commit is installed."""
    package = Path(xfer_core.__file__).parent
    files = {str(file.relative_to(package)): file for file in package.rglob("*.py")}
    return digest(
        [
            [name, hashlib.sha256(file.read_bytes()).hexdigest()]
            for name, file in sorted(files.items())
            if name.split("/")[0] not in NOT_ON_NODES
        ]
    )[:12]


def encoder_version(name: str) -> str:
    """Hash of an encoder's files; "" for one that has none yet."""
    try:
        return encoder_hash(catalog.encoder(name))
    except CheckpointError:
        return ""


def _here(node: str) -> Node:
    return Node(node, ray.util.get_node_ip_address(), os.getpid())


def _post(mailbox: Any, letter: Letter) -> None:
    """Returns when the letter is kept.

    Not by ``ray.get``: a task that waits in it lends its processors to others meanwhile.
    """
    mailbox.send.remote(letter).future().result()


@contextmanager
def _interruptible() -> Iterator[None]:
    """Ray cancels by an interrupt; who handles SIGTERM gets it: the stage, once it has begun."""

    def pass_on(number: int, frame: Any) -> None:
        handler = signal.getsignal(signal.SIGTERM)
        if callable(handler):
            handler(number, frame)

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGINT, pass_on)
    signal.signal(signal.SIGTERM, _stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(number: int, frame: Any) -> None:
    raise KeyboardInterrupt


@contextmanager
def _logged(path: Path) -> Iterator[None]:
    """What the stage and its libraries print goes to the job's own log."""
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    _flush()
    before = [(number, os.dup(number)) for number in (1, 2)]
    for number, _ in before:
        os.dup2(log, number)
    try:
        yield
    finally:
        _flush()
        for number, copy in before:
            os.dup2(copy, number)
            os.close(copy)
        os.close(log)


def _flush() -> None:
    sys.stdout.flush()
    sys.stderr.flush()
