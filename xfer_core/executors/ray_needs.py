"""What a stage asks of a cluster: processors, GPUs and memory (pure but for file sizes)."""

from __future__ import annotations

from dataclasses import dataclass

from xfer_core import catalog, jobs, spool
from xfer_core.domain.run import TRAINING, Stage, StageKind
from xfer_core.home import Home

LIBRARIES_BYTES = 2**30
"""Python with torch and transformers, and the data of a stage."""
TRAINING_COPIES = 6
"""Weights, gradients and two moments in fp32, and as much again for what lies between layers."""
OTHER_COPIES = 2
UNKNOWN_BYTES = 512 * 2**20
"""Weights of an encoder that has none yet."""


@dataclass(frozen=True)
class Machine:
    """What a node has in all: CPUs, GPUs, bytes of memory."""

    cpus: int
    gpus: int
    memory: int


@dataclass(frozen=True)
class Needs:
    """What a stage holds while it works: CPUs, GPUs, bytes of memory."""

    cpus: int
    gpus: int
    memory: int

    def fit(self, machine: Machine) -> bool:
        """Whether an empty node has room for it."""
        return (
            self.cpus <= machine.cpus
            and self.gpus <= machine.gpus
            and self.memory <= machine.memory
        )

    def __str__(self) -> str:
        """For a person, such as "8 CPUs, 1 GPU and 12.0 GiB"."""
        gpus = f", {self.gpus} GPU" if self.gpus else ""
        return f"{self.cpus} CPU{gpus} and {self.memory / 2**30:.1f} GiB"


def needs(home: Home, stage: Stage, machines: list[Machine]) -> Needs:
    """A stage's own threads and, where the cluster has GPUs, one; a measured one a whole node.

    Latency is measured on the largest kind of node, so that all stages are timed alike: all of
    its CPUs and GPUs are held, so nothing else is placed there.
    """
    memory = _memory(home, stage)
    if stage.kind is StageKind.LATENCY and machines:
        largest = max(machines, key=lambda machine: (machine.gpus, machine.cpus))
        return Needs(largest.cpus, largest.gpus, memory)
    groups = [group for group in stage.settings.values() if isinstance(group, dict)]
    threads = max((int(group.get("threads", 1)) for group in groups), default=1)
    return Needs(threads, int(any(machine.gpus for machine in machines)), memory)


def _memory(home: Home, stage: Stage) -> int:
    copies = TRAINING_COPIES if stage.kind in TRAINING else OTHER_COPIES
    return LIBRARIES_BYTES + copies * _weights(home, stage)


def _weights(home: Home, stage: Stage) -> int:
    """Bytes of the weights that the stage starts from."""
    if stage.parent:
        manifest = spool.read_json(home.checkpoint(stage.parent) / jobs.MANIFEST) or {}
        sizes = [int(entry["bytes"]) for entry in manifest.get("files", {}).values()]
        if sizes:
            return sum(sizes)
    shipped = catalog.encoder_folder(catalog.encoder(stage.encoder)) / "model.safetensors"
    return shipped.stat().st_size if shipped.is_file() else UNKNOWN_BYTES
