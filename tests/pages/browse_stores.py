"""Stores of the tests of browsing: a few cells, in any catalogue, with any settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import store_builder

from xfer_core.home import Home

Cells = Sequence[tuple[str, str]]


def write(
    home: Home,
    run_id: str,
    cells: Cells,
    seeds: Sequence[int] = (1, 2, 3),
    ok: bool = True,
    settings: dict[str, Any] | None = None,
    **more: Any,
) -> None:
    """A finished run that evaluates the cells; ``more`` are fields of its stages."""
    stages = [
        replace(stage, key=f"{run_id}-{stage.key}", **more)
        for intermediate, target in cells
        for seed in seeds
        for stage in [store_builder._stage("evaluate", intermediate, target, seed)]
    ]
    for stage in stages:
        store_builder._write_job(home, stage, ok, 40)
    state = "succeeded" if ok else "failed"
    spec = {**store_builder.SPEC, "settings": settings or {}}
    states = {each.key: state for each in stages}
    store_builder._write_run(home, run_id, stages, states, state, spec)


PAIRED = (("none", "mini-xnli"), ("mini-mnli", "mini-xnli"))
