"""Mid-stage states: what is kept, what is taken, and what a kill or a changed byte does to them."""

from __future__ import annotations

import copy
import os
import signal
from pathlib import Path

import pytest
import torch
from torch import nn

from xfer_core.stages import resume

Learner = tuple[nn.Module, torch.optim.Optimizer]


class Tied(nn.Module):
    """Two layers that share their weights, as word embeddings and their head do."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(12, 6)
        self.head = nn.Linear(6, 12)
        self.head.weight = self.words.weight

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return self.head(self.words(ids))


def learner() -> Learner:
    torch.manual_seed(1)
    model = Tied()
    return model, torch.optim.AdamW(model.parameters(), lr=0.01, fused=True)


def learn(model: nn.Module, optimizer: torch.optim.Optimizer, start: int, stop: int) -> None:
    for step in range(start, stop):
        ids = torch.randint(0, 12, (8,), generator=torch.Generator().manual_seed(step))
        optimizer.zero_grad(set_to_none=True)
        nn.functional.cross_entropy(model(ids), (ids + 1) % 12).backward()
        optimizer.step()


def same(one: nn.Module, other: nn.Module) -> bool:
    there = other.state_dict()
    return all(torch.equal(value, there[name]) for name, value in one.state_dict().items())


def keep(folder: Path, model: nn.Module, optimizer: torch.optim.Optimizer, step: int) -> None:
    tensors = {"model": model.state_dict(), "optimizer": resume.optimizer_tensors(optimizer)}
    resume.save(folder, step, {"step": step}, tensors)


def back(folder: Path) -> tuple[Learner, resume.Found]:
    """A learner out of the kept state."""
    model, optimizer = learner()
    found = resume.load(folder)
    resume.restore(model, optimizer, found)
    return (model, optimizer), found


def test_a_kept_state_goes_on_as_if_nothing_had_happened(tmp_path):
    model, optimizer = learner()
    learn(model, optimizer, 0, 5)
    halfway = copy.deepcopy(model)
    keep(tmp_path, model, optimizer, 5)
    learn(model, optimizer, 5, 12)
    again, found = back(tmp_path)
    assert found.position == {"step": 5} and found.skipped == ()
    assert same(halfway, again[0]) and not same(model, again[0])
    learn(*again, 5, 12)
    assert same(model, again[0])


def test_without_a_kept_state_there_is_no_position(tmp_path):
    assert resume.load(tmp_path / "nothing") == resume.Found()


def test_the_newest_two_are_kept(tmp_path):
    model, optimizer = learner()
    for step in (8, 9, 10, 11):
        learn(model, optimizer, step - 1, step)
        keep(tmp_path, model, optimizer, step)
    assert {path.name for path in tmp_path.iterdir()} == {"step-10", "step-11"}
    assert back(tmp_path)[1].position == {"step": 11}


@pytest.mark.parametrize("damage", ["bit", "cut", "no manifest", "gone"])
def test_a_damaged_state_is_named_and_an_older_one_taken(tmp_path, damage):
    model, optimizer = learner()
    keep(tmp_path, model, optimizer, 3)
    learn(model, optimizer, 0, 1)
    keep(tmp_path, model, optimizer, 4)
    weights = tmp_path / "step-4" / "model.safetensors"
    data = weights.read_bytes()
    match damage:
        case "bit":
            weights.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        case "cut":
            weights.write_bytes(data[:-8])
        case "no manifest":
            (tmp_path / "step-4" / "manifest.json").unlink()
        case "gone":
            weights.unlink()
    found = resume.load(tmp_path)
    assert found.position == {"step": 3} and found.skipped == ("step-4",)


def test_killed_at_any_moment_of_saving_a_whole_state_is_left(tmp_path):
    model, optimizer = learner()
    renames = 0
    while _killed_before_rename(renames, tmp_path / str(renames), model, optimizer):
        assert back(tmp_path / str(renames))[1].position in ({"step": 1}, {"step": 2})
        keep(tmp_path / str(renames), model, optimizer, 3)
        assert resume.load(tmp_path / str(renames)).position == {"step": 3}
        assert not list((tmp_path / str(renames)).glob(".tmp*"))
        renames += 1
    assert renames >= 2


def _killed_before_rename(
    number: int, folder: Path, model: nn.Module, optimizer: torch.optim.Optimizer
) -> bool:
    """Save a second state in a process that is killed before that rename; whether it was."""
    keep(folder, model, optimizer, 1)
    child = os.fork()
    if not child:
        left, replace = [number], os.replace

        def deadly(*arguments: object) -> None:
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
            left[0] -= 1
            replace(*arguments)

        os.replace = deadly
        keep(folder, model, optimizer, 2)
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])
