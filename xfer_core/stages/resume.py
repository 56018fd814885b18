"""Where a training stage stands: tensors and position on disk, so that a killed one goes on.

A state is a folder ``step-N`` with safetensors and a manifest of hashes that is written last. The
newest two are kept; the newest whole one is taken.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from xfer_core import jobs, spool
from xfer_core.stages.checkpoints import described

FOLDER = "resume"
KEPT = 2
Tensors = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Found:
    """The newest whole state, and what was passed over on the way to it."""

    position: dict[str, Any] = field(default_factory=dict)
    tensors: dict[str, Tensors] = field(default_factory=dict)
    skipped: tuple[str, ...] = ()
    """Names of newer states that are not whole."""


def seconds_between() -> float:
    """Seconds between two states (XFER_CHECKPOINT_SECONDS, else 60): what a kill can cost."""
    return float(os.environ.get("XFER_CHECKPOINT_SECONDS", "60"))


def save(folder: Path, step: int, position: dict[str, Any], tensors: dict[str, Tensors]) -> None:
    """Write a state aside, name its hashes, move it into place, forget all but the newest two."""
    aside = folder / ".tmp"
    shutil.rmtree(aside, ignore_errors=True)  # of a killed process that came as far
    aside.mkdir(mode=0o700, parents=True)
    for name, values in tensors.items():
        save_file(_each_once(values), aside / f"{name}.safetensors")
    files = {path.name: described(path) for path in sorted(aside.iterdir())}
    spool.publish(aside / jobs.MANIFEST, {"position": position, "files": files})
    place = folder / f"step-{step}"
    shutil.rmtree(place, ignore_errors=True)
    os.replace(aside, place)
    for old in _states(folder)[KEPT:]:
        shutil.rmtree(old)


def load(folder: Path) -> Found:
    """The newest whole state; an empty one if there is none."""
    skipped: list[str] = []
    for state in _states(folder):
        manifest = spool.read_json(state / jobs.MANIFEST)
        if manifest and _is_whole(state, manifest["files"]):
            tensors = {Path(name).stem: load_file(state / name) for name in manifest["files"]}
            return Found(manifest["position"], tensors, tuple(skipped))
        skipped.append(state.name)
    return Found(skipped=tuple(skipped))


def forget(folder: Path) -> None:
    """Remove all states: the stage has ended."""
    shutil.rmtree(folder, ignore_errors=True)


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> Tensors:
    """An optimizer's state as named tensors."""
    return {
        f"{number}.{name}": value
        for number, entry in optimizer.state_dict()["state"].items()
        for name, value in entry.items()
    }


def restore(model: nn.Module, optimizer: torch.optim.Optimizer, found: Found) -> None:
    """Bring a model and its optimizer to where they were."""
    model.load_state_dict(found.tensors["model"], strict=False)  # a shared tensor is kept once
    state: dict[int, Tensors] = {}
    for name, value in found.tensors["optimizer"].items():
        number, _, entry = name.partition(".")
        state.setdefault(int(number), {})[entry] = value
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": state, "param_groups": groups})


def _states(folder: Path) -> list[Path]:
    """Folders of states, the newest first."""
    found = [path for path in spool.folders(folder) if path.name.startswith("step-")]
    return sorted(found, key=lambda path: int(path.name.removeprefix("step-")), reverse=True)


def _is_whole(state: Path, files: dict[str, Any]) -> bool:
    return all(
        (state / name).is_file() and described(state / name) == entry
        for name, entry in files.items()
    )


def _each_once(values: Tensors) -> Tensors:
    """Every tensor under one name: safetensors refuses two names for one memory."""
    seen: set[int] = set()
    found = {}
    for name, value in values.items():
        if value.data_ptr() not in seen or not value.numel():
            seen.add(value.data_ptr())
            found[name] = value.contiguous()
    return found
