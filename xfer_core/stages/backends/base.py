"""The contract of a back end: the encoder is prepared into a folder once, then loaded to run.

Only the encoder runs in a back end. Heads, predictions and pooling stay those of the kinds, in
torch fp32, so that all back ends answer by the same code.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path
from typing import ClassVar, Literal, get_args

import torch

from xfer_core.domain.errors import StageFailed, UsageError
from xfer_core.stages.backends import prepared
from xfer_core.stages.batches import Batch
from xfer_core.stages.model import Model, padding

Precision = Literal["fp32", "bf16", "fp16", "int8"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)
Hidden = Callable[[Batch], torch.Tensor]
"""(items, tokens, width) fp32 states of the encoder's last layer, on the batch's device.

What it says of padding means nothing. It computes no gradients."""
INSTALL = "pip install -r requirements-backends.txt"
MOST_DIFFERENCE = 1e-3
"""Of an export's hidden states, as a share of the largest; more is another model."""


@dataclass(frozen=True)
class BackEnd(ABC):
    """One way to run an encoder in one precision."""

    precision: Precision
    name: ClassVar[str]

    @property
    def title(self) -> str:
        """As settings and results name it: "onnxruntime:int8"; fp32 goes without saying."""
        return self.name if self.precision == "fp32" else f"{self.name}:{self.precision}"

    @abstractmethod
    def available(self) -> str | None:
        """None if it can be used here, else one sentence: why not, and what to do."""

    def remark(self) -> str | None:
        """One sentence if it can be used here but is not worth much."""
        return None

    @abstractmethod
    def version(self) -> str:
        """What computes, for the conditions of a measurement: "onnxruntime 1.32.0"."""

    def prepare(self, model: Model, folder: Path, example: Batch) -> None:
        """Write the model's encoder for this back end; the folder appears whole or not at all.

        Args:
            model: Its encoder in fp32; the head is not looked at.
            folder: Is replaced if it is there. What it holds depends on the encoder, the back end
                and the precision alone, not on threads or the example.
            example: Any batch that the encoder can read, to follow it through the encoder.

        Raises:
            UsageError: the back end is not available here.
            StageFailed: the encoder cannot be brought into this form.
        """
        self._refuse_if_missing()
        with prepared.writing(folder, self.name, self.precision, model) as aside:
            self._write(model, aside, example)

    def load(self, folder: Path, model: Model, threads: int | None = None) -> Hidden:
        """The prepared encoder, ready to run where the model is.

        Args:
            folder: What ``prepare`` wrote.
            model: The model that it was prepared from.
            threads: That it may use; None takes those of torch (``device.accelerator`` set them).

        Raises:
            UsageError: the back end is not available here.
            CheckpointError: the folder is not whole, was changed, or is another model's.
        """
        self._refuse_if_missing()
        prepared.verify(folder, self.name, self.precision, model)
        return self._open(folder, model, threads or torch.get_num_threads())

    @abstractmethod
    def _write(self, model: Model, folder: Path, example: Batch) -> None:
        """Write the files into an empty folder."""

    @abstractmethod
    def _open(self, folder: Path, model: Model, threads: int) -> Hidden:
        """Load files that were checked."""

    def _refuse_if_missing(self) -> None:
        reason = self.available()
        if reason is not None:
            raise UsageError(reason)


def missing(title: str, *packages: str) -> str | None:
    """A sentence that names the packages that are not installed; imports nothing."""
    lacking = [name for name in packages if util.find_spec(name) is None]
    if not lacking:
        return None
    return f"{title} needs the package {' and '.join(lacking)}, not installed here; {INSTALL}."


def released(package: str) -> str:
    """Name and version of an installed package."""
    return f"{package} {metadata.version(package)}"


def part(batch: Batch, items: int, tokens: int) -> Batch:
    """The first items of a batch, cut after so many tokens; it has no labels."""
    return Batch(
        batch.ids[:items, :tokens],
        batch.attention[:items, :tokens],
        batch.examples[:items],
        batch.labels[:0],
        [1] * min(items, len(batch.ids)),
    )


def traced(model: Model, example: Batch) -> Batch:
    """Two items, the second one token shorter, so that a trace meets padding and several items."""
    ids = example.ids[[0, -1]].clone()
    attention = torch.ones_like(ids)
    if ids.shape[1] > 1:
        ids[1, -1] = padding(model.encoder)
        attention[1, -1] = 0
    return Batch(ids, attention, example.examples[:0], example.labels[:0], [1, 1])


@torch.no_grad()
def agree(model: Model, hidden: Hidden, example: Batch, title: str) -> None:
    """Check an export on other shapes than it was traced with: a trace may keep one by mistake.

    Raises:
        StageFailed: it computes something else than the model.
    """
    half = max(1, example.ids.shape[1] // 2)
    for batch in (example, part(example, 1, half)):
        expected, found = model.hidden(batch), hidden(batch)
        seen = batch.attention.bool()
        largest = float(expected[seen].abs().max())
        difference = float((expected - found)[seen].abs().max()) / max(largest, 1e-6)
        if not difference <= MOST_DIFFERENCE:
            raise StageFailed(
                f"Expected the {title} export of {type(model.encoder).__name__} to compute what "
                f"torch does; it is off by {difference:.2g} of the largest state. Leave this back "
                "end out for this encoder."
            )
