"""ONNX Runtime on the processor, in fp32 or dynamic int8."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

import torch

from xfer_core.stages.backends.base import BackEnd, Hidden, agree, missing, released
from xfer_core.stages.backends.onnx_export import HIDDEN, export, is_large
from xfer_core.stages.batches import Batch
from xfer_core.stages.model import Model

GRAPH = "encoder.onnx"
_TELEMETRY_OFF = "ORT_DISABLE_TELEMETRY"


class OnnxRuntime(BackEnd):
    """int8: weights and activations of matrix products, the latter scaled anew per batch."""

    name: ClassVar[str] = "onnxruntime"

    def available(self) -> str | None:
        """It needs two packages; half precisions are only for other devices."""
        if self.precision in ("bf16", "fp16"):
            return (
                f"ONNX Runtime has no {self.precision} kernels for processors; take fp32 or int8."
            )
        return missing("ONNX Runtime", "onnxruntime", "onnx")

    def version(self) -> str:
        """The package's."""
        return released("onnxruntime")

    def _write(self, model: Model, folder: Path, example: Batch) -> None:
        if self.precision == "fp32":
            export(model, folder / GRAPH, example)
            agree(model, self._open(folder, model, torch.get_num_threads()), example, self.title)
            return
        with TemporaryDirectory(prefix="xfer-onnx-") as name:
            whole = Path(name)
            export(model, whole / GRAPH, example)
            agree(model, self._open(whole, model, torch.get_num_threads()), example, self.title)
            _quantize(whole / GRAPH, folder / GRAPH, is_large(model))

    def _open(self, folder: Path, model: Model, threads: int) -> Hidden:
        onnxruntime = _silent()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3  # errors; it warns of every node it folds
        session = onnxruntime.InferenceSession(
            str(folder / GRAPH), options, providers=["CPUExecutionProvider"]
        )
        names = {one.name for one in session.get_inputs()}

        @torch.no_grad()
        def hidden(batch: Batch) -> torch.Tensor:
            inputs = {k: v.cpu().numpy() for k, v in model.inputs(batch).items() if k in names}
            states = torch.from_numpy(session.run([HIDDEN], inputs)[0])
            return states.to(batch.ids.device)

        return hidden


def _quantize(source: Path, to: Path, large: bool) -> None:
    """Seven bits a weight: with eight, processors without VNNI overflow and compute nonsense."""
    _silent()
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(
        source,
        to,
        weight_type=QuantType.QInt8,
        per_channel=True,
        reduce_range=True,
        use_external_data_format=large,
    )


def _silent() -> Any:
    """The package, told before it starts not to report its use over the network.

    Otherwise it does, and keeps a number of its user in the home. A person's own setting stays.
    """
    os.environ.setdefault(_TELEMETRY_OFF, "1")
    import onnxruntime

    return onnxruntime
