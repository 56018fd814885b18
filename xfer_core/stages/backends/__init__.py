"""Back ends: ways to run a trained encoder, one file each.

back_end = backends.find("onnxruntime", "int8")
back_end.prepare(model, folder, example)
hidden = back_end.load(folder, model)
kind.predict(model.head, hidden(batch), batch, task)
"""

from __future__ import annotations

from dataclasses import dataclass

from xfer_core.domain.errors import UnknownName
from xfer_core.stages.backends.base import PRECISIONS, BackEnd, Hidden, Precision
from xfer_core.stages.backends.cuda_graphs import CudaGraphs
from xfer_core.stages.backends.onnxruntime_cpu import OnnxRuntime
from xfer_core.stages.backends.openvino_cpu import OpenVino
from xfer_core.stages.backends.prepared import size
from xfer_core.stages.backends.torch_compile import TorchCompile
from xfer_core.stages.backends.torch_eager import TorchEager

ALL: tuple[BackEnd, ...] = tuple(
    kind(precision)
    for kind in (TorchEager, TorchCompile, OnnxRuntime, OpenVino, CudaGraphs)
    for precision in PRECISIONS
)
NAMES = tuple(dict.fromkeys(one.name for one in ALL))


@dataclass(frozen=True)
class Offer:
    """A back end in a precision, and whether this machine can use it."""

    name: str
    precision: Precision
    missing: str | None
    """None if it can be used; else one sentence that says why not and what to do."""
    remark: str | None
    """What a person should know who uses it."""


def find(name: str, precision: str = "fp32") -> BackEnd:
    """The back end of that name in a precision; it need not be available here.

    Raises:
        UnknownName: with close matches.
    """
    if name not in NAMES:
        raise UnknownName("back end", name, NAMES)
    if precision not in PRECISIONS:
        raise UnknownName("precision", precision, PRECISIONS)
    return next(one for one in ALL if (one.name, one.precision) == (name, precision))


def named(title: str) -> BackEnd:
    """The back end of a title such as "torch" or "onnxruntime:int8".

    Raises:
        UnknownName: with close matches.
    """
    name, _, precision = title.partition(":")
    return find(name, precision or "fp32")


def known() -> list[Offer]:
    """Every back end in every precision, available here or not."""
    return [Offer(one.name, one.precision, one.available(), one.remark()) for one in ALL]


__all__ = [
    "ALL",
    "NAMES",
    "PRECISIONS",
    "BackEnd",
    "Hidden",
    "Offer",
    "find",
    "known",
    "named",
    "size",
]
