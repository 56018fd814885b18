"""int8 in torch: weights per output channel, activations per batch while it runs (torch.ao).

The files are made here, because torch.ao saves its packed weights only by pickling them.
"""

from __future__ import annotations

import warnings
from importlib import util
from typing import cast

import torch
from torch import nn
from transformers import PreTrainedModel

SCALES = ".scales"
_KERNELS = "torch.ao.nn.quantized.dynamic"


def missing() -> str | None:
    """A sentence if the installed torch has no int8 kernels for this machine."""
    if torch.cuda.is_available():
        return "torch's int8 runs on the processor only; take bf16 or fp16 on a GPU."
    if util.find_spec("torch.ao.nn.quantized") is None or _engine() is None:
        return "The installed torch has no int8 kernels for this machine; take onnxruntime:int8."
    return None


def weights(encoder: PreTrainedModel) -> dict[str, torch.Tensor]:
    """The encoder's weights, those of its linear layers as int8 with a scale per output."""
    found = {name: tensor.contiguous() for name, tensor in encoder.state_dict().items()}
    for name, linear in _linears(encoder).items():
        numbers, scales = rounded(linear.weight.detach())
        found[f"{name}.weight"], found[f"{name}{SCALES}"] = numbers, scales
    return found


def with_weights(encoder: PreTrainedModel, found: dict[str, torch.Tensor]) -> PreTrainedModel:
    """The encoder, changed: its linear layers replaced by int8 ones with the weights given."""
    engine = _engine()
    if engine is not None:
        torch.backends.quantized.engine = engine
    linears = _linears(encoder)
    names = {f"{name}.{part}" for name in linears for part in ("weight", "bias")}
    others = {name: tensor for name, tensor in found.items() if name not in names}
    encoder.load_state_dict(others, strict=False, assign=True)
    for name, linear in linears.items():
        numbers, scales = found[f"{name}.weight"], found[f"{name}{SCALES}"]
        place, _, own = name.rpartition(".")
        made = _quantized(linear, numbers, scales, found.get(f"{name}.bias"))
        setattr(encoder.get_submodule(place), own, made)
    return encoder


def rounded(weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """int8 numbers (outputs, inputs) and scales (outputs,): weight = numbers x scale."""
    scales = (weight.abs().amax(dim=1) / 127).clamp(min=torch.finfo(torch.float32).tiny)
    numbers = (weight / scales[:, None]).round().clamp(-127, 127)
    return numbers.to(torch.int8), scales


def _linears(encoder: PreTrainedModel) -> dict[str, nn.Linear]:
    return {n: m for n, m in encoder.named_modules() if type(m) is nn.Linear}


def _quantized(
    linear: nn.Linear, numbers: torch.Tensor, scales: torch.Tensor, bias: torch.Tensor | None
) -> nn.Module:
    from torch.ao.nn.quantized import dynamic

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch.ao says that it will move to a package of its own
        made = dynamic.Linear(linear.in_features, linear.out_features, bias_=bias is not None)
        none = torch.zeros(len(scales), dtype=torch.int64)
        packed = torch.quantize_per_channel(
            numbers.float() * scales[:, None], scales, none, 0, torch.qint8
        )
        made.set_weight_bias(packed, bias)
    return cast(nn.Module, made)


def _engine() -> str | None:
    """Name of the best kernels of this machine."""
    have = torch.backends.quantized.supported_engines
    return next((name for name in ("x86", "fbgemm", "onednn", "qnnpack") if name in have), None)
