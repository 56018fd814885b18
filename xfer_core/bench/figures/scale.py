"""SCALE: ten thousand stages through the real planner, runner and store."""

from __future__ import annotations

import os
import time

from xfer_core import launching, locks, runner
from xfer_core.bench.figure import Figure, Found, Measurement, Part, Settings
from xfer_core.bench.simulation import PretendedCluster
from xfer_core.domain.errors import StageFailed
from xfer_core.domain.run import State
from xfer_core.home import Home
from xfer_core.runner import plan_run
from xfer_core.specification import Spec, preset
from xfer_core.store import Store

SEEDS = 48
SLOTS = 64
MEAN_SECONDS = 0.05
BUDGET_MS = 1.0
"""Milliseconds of the runner's time a stage may cost, planning included."""
STAGE_SECONDS, NODES = 6.0, SLOTS
"""So long a mini stage takes; the store keeps up with so many at work if it imports a stage in
``STAGE_SECONDS / NODES``."""
PLAN = Part("SCALE a", "planning a stage", f"{BUDGET_MS:g} ms", 1.0)
SCHEDULING = Part("SCALE b", "scheduling a stage", f"{BUDGET_MS:g} ms", 1.0)
STORE = Part("SCALE c", "importing a stage", f"{NODES} nodes at stages of {STAGE_SECONDS:g} s", 1.0)


def run(settings: Settings) -> Found:
    """Time of the runner and of the import, without that of the pretended stages."""
    home = Home(settings.folder / "scale").create()
    spec = Spec.parse({**preset("mini"), "seeds": list(range(1, settings.either(SEEDS, 2) + 1))})
    plan_run(home, Spec.parse({**preset("mini"), "seeds": [1]}))  # rows and fingerprints are there
    started = time.perf_counter()
    n = len(plan_run(home, spec).stages)
    planning = 1000 * (time.perf_counter() - started) / n
    scheduling = 1000 * _scheduled(home, spec) / n - planning
    importing = 1000 * _imported(home) / n
    note = f"{n:,} stages of the mini preset with {len(spec.seeds)} seeds."
    limit = 1000 * STAGE_SECONDS / NODES
    return {
        PLAN.id: _measured(BUDGET_MS, planning, f"{note} From the request to keys and parents."),
        SCHEDULING.id: _measured(
            BUDGET_MS,
            scheduling,
            f"{note} Wall time of the runner without sleep, planning and the files of the "
            f"pretended stages, {SLOTS} of which were at work at a time.",
        ),
        STORE.id: _measured(
            limit,
            importing,
            f"{note} The whole spool into DuckDB, cells and their intervals included, in one go.",
        ),
    }


def _scheduled(home: Home, spec: Spec) -> float:
    cluster = PretendedCluster(MEAN_SECONDS)
    before = os.environ.get(locks.SLOTS_VARIABLE)
    os.environ[locks.SLOTS_VARIABLE] = str(SLOTS)
    try:
        run_id = launching.create(home, spec)
        started = time.perf_counter()
        state = runner.run(home, run_id, cluster)
        seconds = time.perf_counter() - started
    finally:
        os.environ.pop(locks.SLOTS_VARIABLE)
        if before is not None:
            os.environ[locks.SLOTS_VARIABLE] = before
    if state is not State.SUCCEEDED:
        raise StageFailed(f"The simulated run ended as {state}.")
    return seconds - cluster.idle - cluster.spent


def _imported(home: Home) -> float:
    started = time.perf_counter()
    with Store.open(home) as store:
        seconds = time.perf_counter() - started
        found = int(store.query("SELECT count(*) AS n FROM jobs")["n"].iloc[0])
    if not found:
        raise StageFailed("The store holds no job of the simulated run.")
    return seconds


def _measured(limit: float, ours: float, note: str) -> Measurement:
    return Measurement((limit / ours,), ours, limit, "ms", None, note)


SCALE = Figure("SCALE", (PLAN, SCHEDULING, STORE), run, by_name=True)
