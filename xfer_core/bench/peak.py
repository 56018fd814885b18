"""Floating-point work per second: of plain matrix products, and of encoders of a shape.

Runs in a forked process. The work of an encoder is counted, not estimated: PyTorch's
FlopCounterMode adds up every matrix product of a pass on the meta device, attention written out.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from copy import deepcopy
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode
from transformers import AutoConfig, PreTrainedModel, XLMRobertaConfig
from transformers import XLMRobertaModel as Encoder

from xfer_core import catalog
from xfer_core.stages.device import bf16_is_faster

SIZES = (1024, 1536, 2048)
FORWARD, BOTH = "forward", "forward+backward"
Batch = dict[str, torch.Tensor]


def base_config(layers: int) -> XLMRobertaConfig:
    """The shape of XLM-R base; few words, because looking one up is no matrix product."""
    return XLMRobertaConfig(
        vocab_size=8000,
        hidden_size=768,
        num_hidden_layers=layers,
        num_attention_heads=12,
        intermediate_size=3072,
        max_position_embeddings=514,
        pad_token_id=1,
    )


def mini_config(name: str) -> Any:
    """The configuration of a shipped encoder."""
    return AutoConfig.from_pretrained(catalog.encoder_folder(catalog.encoder(name)))


def rounds(request: dict[str, Any]) -> dict[str, list[float]]:
    """GFLOP/s of ``peak``, ``forward`` and ``forward+backward``, one value a round.

    ``request`` has shape ("base" or an encoder), layers, items, length, precision, threads, seed,
    rounds and repeats.
    """
    torch.set_num_threads(request["threads"])
    torch.manual_seed(request["seed"])
    shape = request["shape"]
    config = base_config(request["layers"]) if shape == "base" else mini_config(shape)
    batch = _batch(config, request["items"], request["length"])
    precision = torch.bfloat16 if request["precision"] == "bf16" else torch.float32
    model = Encoder(deepcopy(config), add_pooling_layer=False)
    work = {name: flops(config, batch, name) for name in (FORWARD, BOTH)}
    passes = {FORWARD: forward, BOTH: both}
    found: dict[str, list[float]] = {"peak": [], FORWARD: [], BOTH: []}
    for one in passes.values():
        one(model, batch, precision)  # the first pass allocates
    for _ in range(request["rounds"]):
        found["peak"].append(peak(precision, SIZES if request["layers"] > 1 else SIZES[:1]))
        for name, one in passes.items():
            seconds = _fastest(lambda one=one: one(model, batch, precision), request["repeats"])  # type: ignore[misc]
            found[name].append(work[name] / seconds / 1e9)
    return found


def passes(request: dict[str, Any]) -> float:
    """Forward and backward passes per second through layers of XLM-R base's shape.

    ``request`` has layers, items, length, threads and passes; the precision is the engine's.
    """
    torch.set_num_threads(request["threads"])
    config = base_config(request["layers"])
    batch = _batch(config, request["items"], request["length"])
    precision = torch.bfloat16 if bf16_is_faster() else torch.float32
    model = Encoder(config, add_pooling_layer=False)
    both(model, batch, precision)
    started = time.perf_counter()
    for _ in range(request["passes"]):
        both(model, batch, precision)
    return float(request["passes"] / (time.perf_counter() - started))


def peak(precision: torch.dtype, sizes: tuple[int, ...]) -> float:
    """GFLOP/s of the best square ``torch.matmul``."""
    best = 0.0
    for size in sizes:
        a, b = torch.rand(2, size, size).to(precision).unbind()
        seconds = _fastest(lambda a=a, b=b: torch.matmul(a, b), 3)  # type: ignore[misc]
        best = max(best, 2 * size**3 / seconds / 1e9)
    return best


def flops(config: XLMRobertaConfig, batch: Batch, which: str) -> float:
    """Floating-point operations of a pass: two per multiplication and addition."""
    written_out = deepcopy(config)
    written_out._attn_implementation = "eager"  # counted as products; a fused one may not be
    with torch.device("meta"):
        model = Encoder(written_out, add_pooling_layer=False)
    words = batch["input_ids"].to("meta")  # a mask would be looked at, and a ghost has no values
    with FlopCounterMode(display=False) as counter:
        hidden = model(input_ids=words).last_hidden_state
        if which == BOTH:
            hidden.sum().backward()
    return float(counter.get_total_flops())


@torch.inference_mode()
def forward(model: PreTrainedModel, batch: Batch, precision: torch.dtype) -> None:
    """One pass without gradients, as in evaluation."""
    with _cast(precision):
        model.eval()(**batch)


def both(model: PreTrainedModel, batch: Batch, precision: torch.dtype) -> None:
    """One pass forward and backward, as in training; the optimizer is not part of it."""
    with _cast(precision):
        hidden = model.train()(**batch).last_hidden_state
    model.zero_grad(set_to_none=True)
    hidden.float().pow(2).mean().backward()


def _cast(precision: torch.dtype) -> AbstractContextManager[Any]:
    return torch.autocast("cpu", precision) if precision is torch.bfloat16 else nullcontext()


def _batch(config: Any, items: int, length: int) -> Batch:
    """Random words; nothing is padded, so that all work counts."""
    ids = torch.randint(5, config.vocab_size, (items, length))
    return {"input_ids": ids, "attention_mask": torch.ones_like(ids)}


def _fastest(work: Callable[[], object], repeats: int) -> float:
    """Seconds of the fastest repeat: what the hardware can do when nothing is in its way."""
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return min(seconds)
