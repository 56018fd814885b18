"""What the suite ran on: without it a figure means nothing."""

from __future__ import annotations

import os
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from xfer_core.bench import environment, isolation
from xfer_core.runner import environment as run_environment

PACKAGES = ("torch", "transformers", "accelerate", "tokenizers", "datasets", "numpy", "duckdb")
BUSY_CORES = 0.25
"""More than so many cores busy with something else make a report contended."""
LOOK_SECONDS = 1.0


def machine(log: Path) -> dict[str, Any]:
    """Processor, cores, memory, precision, and whether something else kept it busy."""
    asked = isolation.forked(_device, log=log)
    other = busy_cores(LOOK_SECONDS)
    found = run_environment()
    return {
        **asked,
        "cores": cores(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "platform": found["platform"],
        "git_commit": found["git_commit"],
        "load_average": round(os.getloadavg()[0], 2),
        "other_load_cores": round(other, 2),
        "contended": other > BUSY_CORES,
    }


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0))


def versions() -> dict[str, str]:
    """Versions of the libraries on both sides."""
    found = {name: version(name) for name in PACKAGES}
    return {"python": str(run_environment()["python"]), **found, **environment.pins()}


def busy_cores(seconds: float) -> float:
    """Cores that are busy while this process sleeps."""
    before = psutil.cpu_times()
    time.sleep(seconds)
    after = psutil.cpu_times()
    idle = after.idle - before.idle + getattr(after, "iowait", 0) - getattr(before, "iowait", 0)
    cores = psutil.cpu_count() or 1
    return max(0.0, cores - idle / seconds)


def _device() -> dict[str, str]:
    from xfer_core.stages.device import WIDE, device_name, precision

    narrow, wide = precision(width=1), precision()
    said = narrow if narrow == wide else f"{narrow}, from a width of {WIDE} on in {wide}"
    return {"processor": device_name(), "precision": said}
