"""Where the time of a real stage goes, by kind of operation.

Runs in a forked process, one thread. The wall time comes from a stage without the profiler; the
profiler then says which share of it is spent in which kernels, since it slows down everything else.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from torch.profiler import ProfilerActivity, profile

from xfer_core import spool
from xfer_core.bench import engine
from xfer_core.domain.run import Stage, StageKind
from xfer_core.home import Home

PRODUCTS = "matrix products"
ATTENTION = "attention"
OPTIMIZER = "optimizer and clipping"
OTHER = "other kernels"
KINDS = (PRODUCTS, ATTENTION, OPTIMIZER, OTHER)
_BY_NAME = {
    PRODUCTS: ("addmm", "::mm", "bmm", "matmul", "baddbmm", "mkldnn_linear"),
    ATTENTION: ("scaled_dot_product", "flash_attention"),
    OPTIMIZER: ("adamw", "_foreach", "linalg_vector_norm"),
}


def profiled(home: Home, stage: Stage) -> dict[str, Any]:
    """``seconds`` of a stage, ``kernels`` = seconds by kind of operation in another like it."""
    work = _work(stage)
    engine.prepare(home, stage)
    _once(home, stage, work)  # the first one pays for what is loaded lazily
    started = time.perf_counter()
    _once(home, stage, work)
    seconds = time.perf_counter() - started
    with profile(activities=[ProfilerActivity.CPU]) as found:
        _once(home, stage, work)
    return {"seconds": seconds, "kernels": by_kind(found.key_averages())}


def _work(stage: Stage) -> Callable[[Home, Stage, spool.Writer], None]:
    from xfer_core.stages.evaluate import evaluate
    from xfer_core.stages.train import train

    return evaluate if stage.kind is StageKind.EVALUATE else train


def _once(home: Home, stage: Stage, work: Callable[[Home, Stage, spool.Writer], None]) -> None:
    with spool.Writer(home.job(stage.key), stage.key, 1) as writer:
        work(home, stage, writer)


def by_kind(averages: Any) -> dict[str, float]:
    """Seconds of kernels alone (``self`` time) by kind, all of KINDS."""
    found: dict[str, float] = defaultdict(float)
    for event in averages:
        if "::" in event.key:  # not the calls of the driver or of the profiler
            found[kind_of(event.key)] += event.self_cpu_time_total / 1e6
    return {kind: found[kind] for kind in KINDS}


def kind_of(operation: str) -> str:
    """The kind of a PyTorch operation, such as "aten::addmm"."""
    for kind, parts in _BY_NAME.items():
        if any(part in operation for part in parts):
            return kind
    return OTHER
