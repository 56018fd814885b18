"""CUDA graphs: the encoder's kernels recorded once per shape, then launched as one."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import torch
from safetensors.torch import save_file
from transformers import PreTrainedModel

from xfer_core.stages.backends.base import BackEnd, Hidden
from xfer_core.stages.backends.torch_eager import TYPES, WEIGHTS, cast_weights, read_encoder
from xfer_core.stages.batches import Batch
from xfer_core.stages.model import Model, longest, padding

STEP = 16
"""Lengths are filled up to a multiple of this, so that few shapes are recorded."""
MOST_SHAPES = 32
WARM_UP = 3
"""Runs before the recording, in which libraries choose their kernels."""

Inputs = dict[str, torch.Tensor]


class CudaGraphs(BackEnd):
    """For small batches, where launching kernels takes longer than running them."""

    name: ClassVar[str] = "cuda-graphs"

    def available(self) -> str | None:
        """A GPU."""
        if self.precision == "int8":
            return "CUDA graphs have no int8 here; take bf16 or fp16."
        if not torch.cuda.is_available():
            return "CUDA graphs need an NVIDIA GPU and a torch built for it; there is none here."
        if self.precision == "bf16" and not torch.cuda.is_bf16_supported():
            return "This GPU has no bf16; take fp16 or fp32."
        return None

    def version(self) -> str:
        """torch's, and the CUDA that it was built for."""
        return f"torch {torch.__version__}, CUDA {torch.version.cuda}"

    def _write(self, model: Model, folder: Path, example: Batch) -> None:
        save_file(cast_weights(model.encoder, TYPES[self.precision]), folder / WEIGHTS)

    def _open(self, folder: Path, model: Model, threads: int) -> Hidden:
        torch.set_num_threads(threads)
        encoder = read_encoder(folder, model, self.precision)
        pad, most = padding(model.encoder), longest(model.encoder)
        graphs: OrderedDict[torch.Size, Callable[[Inputs], torch.Tensor]] = OrderedDict()

        @torch.no_grad()
        def hidden(batch: Batch) -> torch.Tensor:
            tokens = batch.ids.shape[1]
            inputs = model.inputs(filled(batch, pad, most))
            shape = inputs["input_ids"].shape
            if shape not in graphs:
                graphs[shape] = _recorded(encoder, inputs)
            graphs.move_to_end(shape)
            if len(graphs) > MOST_SHAPES:
                graphs.popitem(last=False)
            return graphs[shape](inputs)[:, :tokens].float()

        return hidden


def filled(batch: Batch, pad: int, most: int | None) -> Batch:
    """The batch with padding up to a multiple of ``STEP``, or to what the encoder reads."""
    tokens = batch.ids.shape[1]
    whole = -(-tokens // STEP) * STEP
    more = max(0, (whole if most is None else min(whole, most)) - tokens)
    fill = torch.nn.functional.pad
    return Batch(
        fill(batch.ids, (0, more), value=pad),
        fill(batch.attention, (0, more), value=0),
        batch.examples,
        batch.labels,
        batch.options,
    )


def _recorded(encoder: PreTrainedModel, inputs: Inputs) -> Callable[[Inputs], torch.Tensor]:
    """What copies inputs of the same shape to where the recording reads them, and replays it."""
    static = {name: tensor.clone() for name, tensor in inputs.items()}
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(WARM_UP):
            encoder(**static)
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        states: torch.Tensor = encoder(**static).last_hidden_state

    def run(given: Inputs) -> torch.Tensor:
        for name, tensor in given.items():
            static[name].copy_(tensor)
        graph.replay()
        return states.clone()

    return run
