"""What running a model costs besides time: operations, and memory at its peak."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil
import torch
from torch import nn
from transformers import PreTrainedModel

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
RESET_PEAK = "5"


def operations(encoder: PreTrainedModel, sizes: Sequence[tuple[int, int]]) -> float:
    """Floating-point operations of a batch, the mean over batches; an estimate.

    Formula: a multiplication and an addition for each weight of a linear layer and token, padding
    included, and 4 * width * length^2 per item and layer for attention's two products.
    Embeddings, norms and the head are left out.

    Args:
        encoder: with the layers that run.
        sizes: (items, tokens of the longest) per batch.
    Source: Kaplan et al. 2020, arXiv:2001.08361, table 1 (forward pass).
    """
    weights = sum(m.weight.numel() for m in encoder.modules() if isinstance(m, nn.Linear))
    shape = encoder.config.get_text_config()
    layers, width = shape.num_hidden_layers, shape.hidden_size
    each = [
        items * (2 * weights * tokens + 4 * layers * width * tokens**2) for items, tokens in sizes
    ]
    return float(sum(each) / len(each))


def weight_bytes(encoder: PreTrainedModel) -> int:
    """Bytes of the weights as they lie in memory."""
    return sum(one.numel() * one.element_size() for one in encoder.parameters())


class Memory:
    """Memory that a model takes: what stays after loading it, and what a batch needs on top.

    On a processor it is the growth of this process, after memory that was freed before has been
    given back: an estimate, because what libraries keep for themselves is not told apart.
    """

    def __init__(self, device: torch.device) -> None:
        """Start before the model is loaded."""
        self._device = device
        self._before = self._settled()
        self._stays = self._base = self._before

    def loaded(self) -> None:
        """The model is there; batches come now."""
        self._stays = self._base = self._settled()

    def bytes(self) -> int | None:
        """What stays and the peak since then; None where the system does not say."""
        peak = self._peak()
        if peak is None:
            return None
        return int(max(0.0, self._stays - self._before) + max(0.0, peak - self._base))

    def _settled(self) -> float:
        """Bytes in use now; the peak counts from here."""
        gc.collect()
        if self._device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(self._device)
            return float(torch.cuda.memory_allocated(self._device))
        with suppress(OSError, AttributeError):  # only glibc can be asked to give back
            ctypes.CDLL(None).malloc_trim(0)
        with suppress(OSError):
            CLEAR.write_text(RESET_PEAK)
        return float(psutil.Process().memory_info().rss)

    def _peak(self) -> float | None:
        if self._device.type == "cuda":
            return float(torch.cuda.max_memory_allocated(self._device))
        lines = STATUS.read_text().splitlines() if STATUS.is_file() else []
        found = next((line for line in lines if line.startswith("VmHWM:")), None)
        return None if found is None else 1024.0 * int(found.split()[1])
