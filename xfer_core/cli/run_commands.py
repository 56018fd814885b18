"""xfer plan | run | status | cancel | retry | demo | serve."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xfer_core import launching, locks, runner, spool, user_catalog
from xfer_core.cli import request
from xfer_core.cli.output import (
    HomeOption,
    JsonOption,
    console,
    home_of,
    print_json,
    print_table,
    records,
)
from xfer_core.cli.plan_tables import print_plan
from xfer_core.cli.progress import RunProgress
from xfer_core.cli.results import print_gains
from xfer_core.domain.errors import StageFailed, UsageError
from xfer_core.domain.run import StageKind, State
from xfer_core.estimates import PEAKS, Throughput
from xfer_core.executors.base import Executor
from xfer_core.executors.inline import InlineExecutor
from xfer_core.executors.local import LocalExecutor
from xfer_core.home import Home
from xfer_core.placing import LOCAL, RAY, Place
from xfer_core.planning import check
from xfer_core.specification import Spec, preset
from xfer_core.store import Store
from xfer_core.views.runs import runs, stages_of

if TYPE_CHECKING:
    from xfer_core.executors.ray import RayExecutor

APP = Path(__file__).resolve().parent.parent.parent / "app.py"
STREAMLIT = APP.parent / "pages" / "_streamlit.py"


def _ray(address: str | None = None, storage: str | None = None) -> RayExecutor:
    """Ray is loaded only here: most people have no cluster."""
    try:
        from xfer_core.executors.ray import RayExecutor
    except ModuleNotFoundError as error:
        raise UsageError(
            f"Expected Ray for --executor ray, but {error.name} is not installed: pip install -r "
            "requirements-cluster.txt"
        ) from error
    return RayExecutor(address, storage)


EXECUTORS: dict[str, Callable[[], Executor]] = {
    "local": LocalExecutor,
    "inline": InlineExecutor,
    "ray": _ray,
}

RunId = Annotated[str, typer.Argument(help="A run's id, as 'xfer status' lists them.")]
ExecutorOption = Annotated[
    str | None,
    typer.Option("--executor", help=f"{', '.join(EXECUTORS)} (default: as the run had it; local)."),
]
RayAddress = Annotated[
    str | None,
    typer.Option(help="host:port of a Ray cluster (default: RAY_ADDRESS, else this machine)."),
]
RayStorage = Annotated[
    str | None,
    typer.Option(help="URL of checkpoints that all nodes reach (default: the store folder)."),
]
Port = Annotated[int, typer.Option("--port", min=1, max=65535, help="Port on 127.0.0.1.")]


def plan(
    preset: request.Preset = None,
    file: request.PlanFile = None,
    catalog: request.Catalog = None,
    encoder: request.Encoders = None,
    intermediate: request.Intermediates = None,
    target: request.Targets = None,
    languages: request.Languages = None,
    seeds: request.Seeds = None,
    set: request.Assignments = None,
    gpu: Annotated[
        str, typer.Option("--gpu", help=f"GPU to count hours for: {', '.join(PEAKS)}.")
    ] = Throughput.gpu,
    gpu_share: Annotated[
        float, typer.Option("--gpu-share", help="Share of its bf16 peak that is reached.")
    ] = Throughput.share,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """What a request would run and reuse, its time, disk and GPU hours; runs nothing."""
    throughput = Throughput(gpu, gpu_share)
    spec = request.spec_of(
        preset, file, catalog, encoder, intermediate, target, languages, seeds, set
    )
    summary = launching.preview(home_of(home), spec, throughput=throughput)
    if json:
        print_json(vars(summary))
    else:
        print_plan(summary)


def run(
    run_id: Annotated[
        str | None, typer.Argument(help="Id of a run to carry on; else spec options make one.")
    ] = None,
    preset: request.Preset = None,
    file: request.PlanFile = None,
    catalog: request.Catalog = None,
    encoder: request.Encoders = None,
    intermediate: request.Intermediates = None,
    target: request.Targets = None,
    languages: request.Languages = None,
    seeds: request.Seeds = None,
    set: request.Assignments = None,
    executor: ExecutorOption = None,
    ray_address: RayAddress = None,
    ray_storage: RayStorage = None,
    slots: Annotated[
        int | None, typer.Option("--slots", min=1, help="Stages at once (default: cores).")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Repeat finished stages.")] = False,
    force_only: Annotated[
        list[StageKind] | None,
        typer.Option("--force-only", help="Repeat finished stages of this kind alone."),
    ] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Run a request, or carry on with a run; finished stages are reused."""
    asked = _place(executor, ray_address, ray_storage)
    store = home_of(home)
    spec = None
    if run_id is not None:
        if force or force_only:
            raise UsageError(
                "Expected a request beside --force or --force-only; got the run "
                f"{run_id}, whose finished stages stay. Ask for it anew with --preset or options."
            )
        request.use_files_of(store, run_id)
        asked = asked or launching.place_of(store, run_id)
    else:
        spec = request.spec_of(
            preset, file, catalog, encoder, intermediate, target, languages, seeds, set
        )
        check(spec)
    if slots is not None:
        os.environ[locks.SLOTS_VARIABLE] = str(slots)
    # Before a run is written down: a cluster may refuse.
    place = asked or Place()
    made = _executor(place)
    try:
        if spec:
            run_id = launching.create(store, spec, force=force or force_only or False, place=place)
        run_id = str(run_id)
        state = carry_through(store, run_id, made)
    finally:
        made.close()
    if json:
        print_json({"run_id": run_id, "state": str(state)})
    if state is not State.SUCCEEDED:
        raise StageFailed(why(store, run_id, state))


def _place(executor: str | None, address: str | None, storage: str | None) -> Place | None:
    """Where the options say that a run works; None if they say nothing."""
    if executor is None and not address and not storage:
        return None
    return Place(executor or LOCAL, address or "", storage or "")


def _executor(place: Place) -> Executor:
    """The executor; where nobody said how many stages run at once, a cluster's CPUs do."""
    if place.executor != RAY:
        return EXECUTORS[place.executor]()
    made = _ray(place.address or None, place.storage or None)
    os.environ.setdefault(locks.SLOTS_VARIABLE, str(made.slots))
    return made


def carry_through(store: Home, run_id: str, executor: Executor) -> State:
    """Work on a run in this process, with progress bars."""
    console.print(f"run {run_id} in {store.root}", highlight=False)
    with RunProgress(store) as observe:
        return runner.run(store, run_id, executor, observe)


def status(
    run_id: Annotated[str | None, typer.Argument(help="One run; else the latest.")] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """State of the runs, newest first, or the stages of one."""
    place = home_of(home)
    with Store.connect(place) as store:
        if run_id is not None:
            _one_run(store, run_id, json)
            return
        table = runs(store)
    rows = records(table)
    for row in rows:
        row["state"] = launching.live_state(place, row["run_id"], row["state"])
    if json:
        print_json(rows)
        return
    print_table(
        "",
        ["run", "state", "stages", "reused", "failed", "started"],
        [
            (
                r["run_id"],
                r["state"],
                f"{r['stages_done']}/{r['stages_total']}",
                r["stages_reused"],
                r["stages_failed"],
                f"{r['created_at']:%Y-%m-%d %H:%M} UTC",
            )
            for r in rows
        ],
    )


def _one_run(store: Store, run_id: str, json: bool) -> None:
    if spool.read_json(store.home.run(run_id) / spool.PLAN) is None:
        raise UsageError(f"There is no run {run_id!r} in {store.home.root}; see 'xfer status'.")
    rows = records(stages_of(store, run_id).drop(columns="losses"))
    found = runs(store)
    summary = records(found[found["run_id"] == run_id])[0]
    summary["state"] = launching.live_state(store.home, run_id, summary["state"])
    if json:
        print_json({**summary, "stages": rows})
        return
    print_table(
        f"{run_id}: {summary['state']}",
        ["stage", "state", "message"],
        [(r["name"], r["state"], r["message"]) for r in rows],
    )


def cancel(run_id: RunId, home: HomeOption = None, json: JsonOption = False) -> None:
    """Stop a run: its stages are asked to end, and killed if they do not."""
    store = home_of(home)
    launching.cancel(store, run_id, wait_seconds=14.0)
    if json:
        print_json({"run_id": run_id, "state": str(State.CANCELLED)})
    else:
        console.print(f"Run {run_id} is cancelled; 'xfer run {run_id}' carries on with it.")


def retry(
    run_id: RunId,
    executor: ExecutorOption = None,
    ray_address: RayAddress = None,
    ray_storage: RayStorage = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Carry on with an ended run in the background; finished stages are kept."""
    launching.resume(home_of(home), run_id, _place(executor, ray_address, ray_storage))
    if json:
        print_json({"run_id": run_id, "state": str(State.QUEUED)})
    else:
        console.print(f"Run {run_id} goes on; follow it with 'xfer status {run_id}'.")


def demo(
    serve_after: Annotated[
        bool, typer.Option("--serve/--no-serve", help="Open the dashboard afterwards.")
    ] = True,
    port: Port = 8501,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """A real small grid on the mini catalogue, its gains, then the dashboard."""
    store = home_of(home).create()
    spec = Spec.parse(preset("demo"))
    # A store without jobs has everything to run: torch is imported while the plan is made.
    early = None if any(spool.folders(store.jobs)) else LocalExecutor()
    summary = launching.preview(store, spec)
    console.print(
        f"{len(spec.intermediates) - 1} intermediate tasks and none x {len(spec.targets)} target "
        f"tasks x {len(spec.seeds)} seeds: {summary.to_run} stages to run, {summary.reused} "
        "reused."
    )
    if summary.to_run:
        run_id = launching.create(store, spec)
        state = carry_through(store, run_id, early or LocalExecutor())
        if state is not State.SUCCEEDED:
            raise StageFailed(why(store, run_id, state))
    print_gains(store, json)
    if serve_after:
        serve(port, home)


def serve(port: Port = 8501, home: HomeOption = None) -> None:
    """The dashboard, on this machine only."""
    store = home_of(home).create()
    console.print(f"Dashboard: http://127.0.0.1:{port} (Ctrl-C ends it; runs go on)")
    command = [
        sys.executable, "-P", str(STREAMLIT), "run", str(APP), "--server.port", str(port),
        "--server.address", "127.0.0.1",
    ]  # fmt: skip
    own = user_catalog.environment()  # the dashboard works in another folder
    environment = {**os.environ, **own, "XFER_HOME": str(store.root)}
    try:
        code = subprocess.run(command, cwd=APP.parent, env=environment, check=False).returncode
    except KeyboardInterrupt:
        code = 0
    if code:
        raise StageFailed(f"The dashboard ended with exit code {code}; is port {port} in use?")


def why(home: Home, run_id: str, state: State) -> str:
    """One sentence about a run that did not succeed, with the first failure's message."""
    events, _, _ = spool.read_events(home.run(run_id) / spool.EVENTS)
    reason = next(
        (event.payload.get("reason", "") for event in reversed(events) if "state" in event.payload),
        "",
    )
    return (
        f"Run {run_id} ended as {state}: {reason} Details: 'xfer status {run_id}'; carry on with "
        f"'xfer run {run_id}'."
    )
