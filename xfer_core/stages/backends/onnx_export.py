"""An encoder as one ONNX file, for any number of items and any length."""

from __future__ import annotations

import warnings
from pathlib import Path

import torch
from torch import nn
from transformers import PreTrainedModel

from xfer_core.domain.errors import StageFailed
from xfer_core.stages.backends.base import traced
from xfer_core.stages.batches import Batch
from xfer_core.stages.model import Model

HIDDEN = "hidden"
MOST_BYTES_OF_ONE_FILE = 2**31 - 2**24
"""A protocol buffer ends at 2 GiB; larger weights lie in files beside it."""


class _Positional(nn.Module):
    """The encoder with its inputs in an order, as a trace needs them."""

    def __init__(self, encoder: PreTrainedModel, names: list[str]) -> None:
        super().__init__()
        self.encoder = encoder
        self._names = names

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        given = dict(zip(self._names, inputs, strict=True))
        states: torch.Tensor = self.encoder(**given).last_hidden_state
        return states


def export(model: Model, path: Path, example: Batch) -> None:
    """Write the encoder; its inputs are those of ``Model.inputs``, by name.

    By tracing: torch's newer exporter takes 30 times as long for the same graph and needs another
    package. A trace may keep a shape by mistake, so who exports checks the result.

    Raises:
        StageFailed: the encoder does something that ONNX has not.
    """
    inputs = model.inputs(traced(model, example))
    axes = {0: "items", 1: "tokens"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the trace takes for constant; it is checked
        try:
            torch.onnx.export(
                _Positional(model.encoder, list(inputs)).eval(),
                tuple(inputs.values()),
                str(path),
                dynamo=False,
                input_names=list(inputs),
                output_names=[HIDDEN],
                dynamic_axes={name: axes for name in (*inputs, HIDDEN)},
            )
        except (RuntimeError, ValueError, TypeError) as error:  # its own errors are RuntimeErrors
            first = (str(error).strip().splitlines() or [""])[0][:160]
            raise StageFailed(
                f"Expected {type(model.encoder).__name__} to be expressible in ONNX; {first}. "
                "Leave this back end out for this encoder."
            ) from error


def is_large(model: Model) -> bool:
    """Whether the encoder in fp32 is too large for one file."""
    weights = model.encoder.parameters()
    return sum(one.numel() * 4 for one in weights) > MOST_BYTES_OF_ONE_FILE
