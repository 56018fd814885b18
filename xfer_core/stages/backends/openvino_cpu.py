"""OpenVINO on the processor, in fp32, bf16, fp16 or with int8 weights."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

import torch

from xfer_core.stages.backends.base import BackEnd, Hidden, agree, missing, released
from xfer_core.stages.backends.onnx_export import HIDDEN, export
from xfer_core.stages.backends.openvino_int8 import compress
from xfer_core.stages.batches import Batch
from xfer_core.stages.model import Model

GRAPH = "encoder.xml"
_HINTS = {"fp32": "f32", "bf16": "bf16", "fp16": "f16", "int8": "f32"}
"""What it computes in; int8 weights become fp32 on the way into each product."""
_TELEMETRY = "openvino_telemetry"


class OpenVino(BackEnd):
    """Its intermediate representation, made from ONNX."""

    name: ClassVar[str] = "openvino"

    def available(self) -> str | None:
        """Two packages; half precisions need a processor that has them, or it takes fp32."""
        able = torch.cpu.get_capabilities()
        units = (f"amx_{self.precision}", f"avx512_{self.precision}")
        if self.precision in ("bf16", "fp16") and not any(able.get(unit) for unit in units):
            return (
                f"This processor has no {self.precision} instructions ({' or '.join(units)}), and "
                "OpenVINO would quietly compute fp32; take fp32 or int8."
            )
        return missing("OpenVINO", "openvino", "onnx")

    def version(self) -> str:
        """The package's."""
        return released("openvino")

    def _write(self, model: Model, folder: Path, example: Batch) -> None:
        openvino = _silent()
        with TemporaryDirectory(prefix="xfer-onnx-") as name:
            path = Path(name) / "encoder.onnx"
            export(model, path, example)
            graph = openvino.Core().read_model(path)
            agree(model, _runner(model, graph, "f32", 1), example, self.title)
            if self.precision == "int8":
                compress(openvino, graph)
            half = self.precision == "fp16"
            openvino.save_model(graph, folder / GRAPH, compress_to_fp16=half)

    def _open(self, folder: Path, model: Model, threads: int) -> Hidden:
        graph = _silent().Core().read_model(folder / GRAPH)
        return _runner(model, graph, _HINTS[self.precision], threads)


def _runner(model: Model, graph: Any, hint: str, threads: int) -> Hidden:
    how = {
        "INFERENCE_PRECISION_HINT": hint,
        "INFERENCE_NUM_THREADS": threads,
        "PERFORMANCE_HINT": "LATENCY",
        "ENABLE_CPU_PINNING": False,  # stages share the machine
    }
    compiled = _silent().Core().compile_model(graph, "CPU", how)
    request = compiled.create_infer_request()
    names = {name for one in compiled.inputs for name in one.get_names()}
    output = compiled.output(HIDDEN)

    @torch.no_grad()
    def hidden(batch: Batch) -> torch.Tensor:
        inputs = {k: v.cpu().numpy() for k, v in model.inputs(batch).items() if k in names}
        states = torch.from_numpy(request.infer(inputs, share_inputs=True)[output])
        return states.to(batch.ids.device)

    return hidden


def _silent() -> Any:
    """The package, imported without the part that reports its use over the network.

    It has a stand-in for that part and takes it where the part cannot be imported. There is no
    setting for this, only a file in the user's home, which is not ours to write.
    """
    if "openvino" not in sys.modules:
        sys.modules[_TELEMETRY] = None  # type: ignore[assignment]
    import openvino

    return openvino
