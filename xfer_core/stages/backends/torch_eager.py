"""torch as it is: fp32 is what all others are compared with."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import torch
from safetensors.torch import load_file, save_file
from transformers import PreTrainedModel

from xfer_core.stages.backends import torch_int8
from xfer_core.stages.backends.base import BackEnd, Hidden, Precision
from xfer_core.stages.batches import Batch
from xfer_core.stages.model import Model

WEIGHTS = "encoder.safetensors"
TYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


class TorchEager(BackEnd):
    """The encoder's own code with its weights in another type of numbers."""

    name: ClassVar[str] = "torch"

    def available(self) -> str | None:
        """fp16 needs a GPU or a processor with it, int8 the kernels of torch.ao."""
        if self.precision == "int8":
            return torch_int8.missing()
        if self.precision == "fp16" and not has_instructions("fp16"):
            return (
                "torch computes fp16 only where a GPU or the processor does (avx512_fp16, "
                "amx_fp16); take fp32 or bf16 here."
            )
        return None

    def remark(self) -> str | None:
        """bf16 runs on every processor, but most have to convert it."""
        if self.precision == "bf16" and not has_instructions("bf16"):
            return "This processor has no bf16 instructions, so bf16 is slower here than fp32."
        return None

    def version(self) -> str:
        """The package's."""
        return f"torch {torch.__version__}"

    def _write(self, model: Model, folder: Path, example: Batch) -> None:
        if self.precision == "int8":
            weights = torch_int8.weights(model.encoder)
        else:
            weights = cast_weights(model.encoder, TYPES[self.precision])
        save_file(weights, folder / WEIGHTS)

    def _open(self, folder: Path, model: Model, threads: int) -> Hidden:
        torch.set_num_threads(threads)
        return states_of(model, read_encoder(folder, model, self.precision))


def read_encoder(folder: Path, model: Model, precision: Precision) -> PreTrainedModel:
    """A copy of the model's encoder with the weights of a prepared folder, on the same device."""
    encoder = copy.deepcopy(model.encoder).eval().requires_grad_(False)
    weights = load_file(folder / WEIGHTS, device=str(model.device))
    if precision == "int8":
        return torch_int8.with_weights(encoder, weights)
    encoder.load_state_dict(weights, assign=True)
    return encoder


def states_of(model: Model, encoder: Callable[..., Any]) -> Hidden:
    """What runs an encoder, as it is or compiled, on the model's inputs."""

    @torch.no_grad()
    def hidden(batch: Batch) -> torch.Tensor:
        found: torch.Tensor = encoder(**model.inputs(batch)).last_hidden_state
        return found.float()

    return hidden


def has_instructions(precision: Precision) -> bool:
    """Whether the GPU that is here, or else the processor, computes in a precision itself."""
    if torch.cuda.is_available():
        return precision != "bf16" or torch.cuda.is_bf16_supported()
    able = torch.cpu.get_capabilities()
    return any(able.get(f"{unit}_{precision}", False) for unit in ("amx", "avx512"))


def cast_weights(encoder: PreTrainedModel, kind: torch.dtype) -> dict[str, torch.Tensor]:
    """All weights in one type; buffers that are not saved stay fp32, as the library keeps them."""
    return {
        name: (tensor.to(kind) if tensor.is_floating_point() else tensor).contiguous()
        for name, tensor in encoder.state_dict().items()
    }
