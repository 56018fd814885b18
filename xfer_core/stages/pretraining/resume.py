"""Where a pretraining stage stands: weights, optimizer, position, so that a killed one goes on."""

from __future__ import annotations

import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from xfer_core import spool

STATE = "state.json"


@dataclass
class Position:
    """Steps done, tokens read, seconds worked so far."""

    step: int = 0
    tokens: int = 0
    seconds: float = 0.0


def save(
    folder: Path, model: nn.Module, optimizer: torch.optim.Optimizer, position: Position
) -> None:
    """Write aside, then rename; the folder always holds one whole state."""
    aside = folder.with_name(f".tmp-{os.getpid()}-{folder.name}")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(mode=0o700, parents=True)
    save_file({k: v.contiguous() for k, v in _weights(model).items()}, aside / "model.safetensors")
    state = {
        f"{number}.{name}": value
        for number, entry in optimizer.state_dict()["state"].items()
        for name, value in entry.items()
    }
    save_file(state, aside / "optimizer.safetensors")
    spool.publish(aside / STATE, asdict(position))
    old = folder.with_name(f".tmp-old-{os.getpid()}-{folder.name}")
    if folder.exists():
        os.replace(folder, old)
    os.replace(aside, folder)
    shutil.rmtree(old, ignore_errors=True)


def load(folder: Path, model: nn.Module, optimizer: torch.optim.Optimizer) -> Position:
    """Bring model and optimizer to where they were; a new position if nothing was saved."""
    found = spool.read_json(folder / STATE)
    if found is None:
        return Position()
    model.load_state_dict(load_file(folder / "model.safetensors"), strict=False)
    tensors = load_file(folder / "optimizer.safetensors")
    described = optimizer.state_dict()
    state: dict[int, dict[str, torch.Tensor]] = {}
    for name, value in tensors.items():
        number, _, entry = name.partition(".")
        state.setdefault(int(number), {})[entry] = value
    optimizer.load_state_dict({"state": state, "param_groups": described["param_groups"]})
    return Position(**found)


def _weights(model: nn.Module) -> dict[str, torch.Tensor]:
    """Every tensor once: safetensors refuses two names for one memory."""
    seen: set[int] = set()
    found = {}
    for name, value in model.state_dict().items():
        if value.data_ptr() not in seen:
            seen.add(value.data_ptr())
            found[name] = value
    return found
