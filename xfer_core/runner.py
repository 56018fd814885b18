"""One process per run: expands the plan, submits ready stages, records how it went."""

from __future__ import annotations

import os
import platform
import signal
import subprocess
import time
from collections.abc import Callable
from importlib.metadata import version
from types import FrameType

from xfer_core import jobs, locks, spool
from xfer_core.domain.errors import UsageError, XferError
from xfer_core.domain.event import EventType
from xfer_core.domain.run import Stage, State
from xfer_core.executors.base import Executor
from xfer_core.fingerprints import encoder_hash
from xfer_core.home import Home
from xfer_core.planning import Plan, expand, reusable
from xfer_core.rows import Fingerprints
from xfer_core.scheduling import Progress
from xfer_core.specification import Spec

RUN_LOCK = "run.lock"
GRACE_SECONDS = 8.0
"""Between asking a stage to stop and killing it."""
POLL_SECONDS = 0.2

Observer = Callable[[Progress], None]


def run(home: Home, run_id: str, executor: Executor, observe: Observer | None = None) -> State:
    """Carry a run through to its end, or on from where it was; returns its last state.

    Raises:
        UsageError: there is no such run, or another process is working on it.
    """
    folder = home.run(run_id)
    request = spool.read_json(folder / spool.PLAN)
    if request is None:
        raise UsageError(f"There is no run {run_id!r} in {home.root}; see 'xfer status'.")
    with locks.attempted(folder / RUN_LOCK) as mine:
        if not mine:
            who = locks.holder(folder / RUN_LOCK)
            raise UsageError(
                f"Run {run_id} is already being worked on by process {who.get('pid')}; follow it "
                f"with 'xfer status {run_id}'."
            )
        attempt = int(request.get("attempt", 0)) + 1
        spool.publish(folder / spool.PLAN, {**request, "attempt": attempt})
        with spool.Writer(folder, run_id, attempt) as writer:
            return _Runner(home, run_id, request, executor, writer, observe).carry_through()


class _Runner:
    """The loop of one run; small on purpose."""

    def __init__(
        self,
        home: Home,
        run_id: str,
        request: dict[str, object],
        executor: Executor,
        writer: spool.Writer,
        observe: Observer | None,
    ) -> None:
        self._home, self._run_id, self._request = home, run_id, request
        self._executor, self._writer = executor, writer
        self._observe = observe or (lambda progress: None)
        self._stop: State | None = None

    def carry_through(self) -> State:
        self._writer.append(EventType.STATE, state=str(State.STARTING), reason="")
        before = {number: signal.signal(number, self._on_signal) for number in _SIGNALS}
        try:
            state, reason = self._work()
        except XferError as error:
            state, reason = State.FAILED, str(error)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            self._executor.close()
        self._writer.append(EventType.STATE, state=str(state), reason=reason)
        return state

    def _work(self) -> tuple[State, str]:
        plan = plan_run(self._home, Spec.parse(dict(self._request["spec"])))  # type: ignore[call-overload]
        progress = Progress(plan, self._reused(plan))
        self._publish(plan)
        self._writer.append(
            EventType.PLAN,
            spec=plan.spec.plain(),
            stages=[stage.to_json() for stage in plan.stages],
            reused=sorted(progress.reused),
            warnings=list(plan.warnings),
            environment=environment(),
        )
        self._writer.append(EventType.STATE, state=str(State.RUNNING), reason="")
        while progress.ended < len(plan.stages) and self._stop is None:
            self._submit(progress)
            self._observe(progress)
            self._executor.wait(list(progress.running.values()), POLL_SECONDS)
            self._collect(progress)
        if self._stop is not None:
            self._end_jobs(progress)
            return self._stop, f"{len(plan.stages) - progress.ended} stages were left undone."
        self._observe(progress)
        return _outcome(progress)

    def _publish(self, plan: Plan) -> None:
        """plan.json gets the stages, for people and tools that read the folder."""
        path = self._home.run(self._run_id) / spool.PLAN
        request = spool.read_json(path) or self._request
        spool.publish(path, {**request, "stages": [stage.to_json() for stage in plan.stages]})

    def _reused(self, plan: Plan) -> set[str]:
        return reusable(
            plan,
            self._has_result,
            lambda stage: jobs.is_usable(self._home, stage),
        )

    def _forces(self, stage: Stage) -> bool:
        """Whether the request wants the stage repeated: all are (true), or some kinds (a list)."""
        asked = self._request.get("force")
        return str(stage.kind) in asked if isinstance(asked, list) else bool(asked)

    def _has_result(self, stage: Stage) -> bool:
        if not jobs.has_result(self._home, stage):
            return False
        result = spool.read_json(self._home.job(stage.key) / spool.RESULT) or {}
        return not self._forces(stage) or result.get("run_id") == self._run_id

    def _submit(self, progress: Progress) -> None:
        # One more than there are slots, so that a slot never waits for us.
        while progress.has_ready and len(progress.running) <= locks.slot_count():
            stage = progress.next_ready()
            job = self._executor.submit(self._home, stage, self._run_id, self._forces(stage))
            progress.running[stage.key] = job
            self._writer.append(EventType.JOB, key=stage.key, state="running")

    def _collect(self, progress: Progress) -> None:
        for key, job in list(progress.running.items()):
            if job.succeeded is None:
                continue
            if job.succeeded:
                progress.succeed(key)
                self._writer.append(EventType.JOB, key=key, state=str(State.SUCCEEDED))
                continue
            why = job.explanation
            lost = progress.fail(key, why)
            self._writer.append(EventType.JOB, key=key, state=str(State.FAILED), message=why)
            for stage in lost:
                self._writer.append(EventType.JOB, key=stage.key, state="skipped")

    def _end_jobs(self, progress: Progress) -> None:
        """TERM, a time of grace, KILL."""
        for job in progress.running.values():
            job.cancel()
        deadline = time.monotonic() + GRACE_SECONDS
        while time.monotonic() < deadline and any(
            job.succeeded is None for job in progress.running.values()
        ):
            self._executor.wait(list(progress.running.values()), POLL_SECONDS)
        for job in progress.running.values():
            if job.succeeded is None:
                job.kill()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        """SIGTERM is a cancel; Ctrl-C and a closed terminal leave a run that can be resumed."""
        self._stop = State.CANCELLED if number == signal.SIGTERM else State.INTERRUPTED


_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def plan_run(home: Home, spec: Spec, *, listing: bool = False) -> Plan:
    """The plan of a request, with the store's remembered fingerprints.

    ``listing`` allows for data and models that are not here; such a plan is only looked at.
    """
    fingerprints = Fingerprints(home.root)
    plan = expand(spec, fingerprints, encoder_hash, listing=listing)
    fingerprints.save()
    return plan


def environment() -> dict[str, object]:
    """What a run was made with: commit, versions, machine."""
    return {
        "git_commit": _git_commit(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": len(os.sched_getaffinity(0)),
        "versions": {name: version(name) for name in ("torch", "transformers", "numpy", "babel")},
    }


def _git_commit() -> str | None:
    try:
        found = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"],
            capture_output=True,
            text=True,
            timeout=5,
            cwd=os.path.dirname(__file__),
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found.stdout.strip() or None


def _outcome(progress: Progress) -> tuple[State, str]:
    if not progress.failed:
        return State.SUCCEEDED, ""
    lost = len(progress.failed) + len(progress.skipped)
    return State.FAILED, f"{lost} of {len(progress.plan.stages)} stages have no result."
