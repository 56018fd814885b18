"""Where a stage computes: device, precision and threads, found by accelerate."""

from __future__ import annotations

import platform
import random
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator

WIDE = 512
"""From this hidden size on a processor's bf16 products pay for the casts around them: with AVX-512
they made training no faster at 192 and more than three times as fast at 768 (`xfer bench P4`)."""


def accelerator(seed: int, threads: int) -> Accelerator:
    """An accelerator with all random generators seeded and the threads of this process fixed."""
    torch.set_num_threads(threads)
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(not torch.cuda.is_available(), warn_only=True)
    # Every kernel here writes all that it allocates; filling it first takes 7% of a step.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    # Accelerate fixes the precision once per process; here it is the model's (``autocast``).
    return Accelerator(mixed_precision="no")


def autocast(device: torch.device, width: int) -> torch.autocast:
    """The precision in which a model of this hidden size trains; for a with statement."""
    return torch.autocast(device.type, torch.bfloat16, enabled=bf16_is_faster(width))


@cache
def bf16_is_faster(width: int = WIDE) -> bool:
    """Whether a model of this hidden size trains faster in bf16 here.

    It does where the hardware multiplies bf16 natively: a GPU that does, a processor with AMX, and
    for wide models one with AVX-512.
    """
    if torch.cuda.is_available():
        return torch.cuda.is_bf16_supported()
    flags = _processor_flags()
    return "amx_bf16" in flags or ("avx512_bf16" in flags and width >= WIDE)


def precision(width: int = WIDE) -> str:
    """Name of the precision that ``autocast`` chooses."""
    return "bf16" if bf16_is_faster(width) else "fp32"


@cache
def device_name() -> str:
    """Model name of the GPU or processor."""
    return str(torch.cuda.get_device_name()) if torch.cuda.is_available() else processor_name()


@cache
def processor_name() -> str:
    """Model name of the processor."""
    for line in _processor_description():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


@cache
def machine() -> str:
    """Short name of this machine, the same as long as its system is not installed anew.

    A hash, so that results which are passed on tell nobody which machine it was.
    """
    path = Path("/etc/machine-id")
    identity = path.read_text().strip() if path.is_file() else ""
    return sha256((identity or platform.node()).encode()).hexdigest()[:8]


def _processor_flags() -> set[str]:
    lines = [line for line in _processor_description() if line.startswith("flags")]
    return set(lines[0].partition(":")[2].split()) if lines else set()


@cache
def _processor_description() -> tuple[str, ...]:
    path = Path("/proc/cpuinfo")
    return tuple(path.read_text().splitlines()) if path.exists() else ()
