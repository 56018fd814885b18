"""Where a pretraining stage stands: weights, optimizer, position, so that a killed one goes on."""

from __future__ import annotations

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
    """Write the tensors of this step, then name it: the folder always holds one whole state."""
    tensors = _tensors(folder, position)
    shutil.rmtree(tensors, ignore_errors=True)  # of a killed process that came as far
    tensors.mkdir(mode=0o700, parents=True)
    weights = {name: value.contiguous() for name, value in _weights(model).items()}
    save_file(weights, tensors / "model.safetensors")
    state = {
        f"{number}.{name}": value
        for number, entry in optimizer.state_dict()["state"].items()
        for name, value in entry.items()
    }
    save_file(state, tensors / "optimizer.safetensors")
    spool.publish(folder / STATE, asdict(position))
    for other in spool.folders(folder):
        if other != tensors:
            shutil.rmtree(other)


def load(folder: Path, model: nn.Module, optimizer: torch.optim.Optimizer) -> Position:
    """Bring model and optimizer to where they were; a new position if nothing was saved."""
    found = spool.read_json(folder / STATE)
    if found is None:
        return Position()
    position = Position(**found)
    tensors = _tensors(folder, position)
    model.load_state_dict(load_file(tensors / "model.safetensors"), strict=False)
    described = optimizer.state_dict()
    state: dict[int, dict[str, torch.Tensor]] = {}
    for name, value in load_file(tensors / "optimizer.safetensors").items():
        number, _, entry = name.partition(".")
        state.setdefault(int(number), {})[entry] = value
    optimizer.load_state_dict({"state": state, "param_groups": described["param_groups"]})
    return position


def _tensors(folder: Path, position: Position) -> Path:
    return folder / f"step-{position.step}"


def _weights(model: nn.Module) -> dict[str, torch.Tensor]:
    """Every tensor once: safetensors refuses two names for one memory."""
    seen: set[int] = set()
    found = {}
    for name, value in model.state_dict().items():
        if value.data_ptr() not in seen:
            seen.add(value.data_ptr())
            found[name] = value
    return found
