"""In which precision models train, by what the processor says of itself."""

from __future__ import annotations

import pytest
import torch

from xfer_core.stages import device

PLAIN, AVX, AMX = {"avx2"}, {"avx2", "avx512_bf16"}, {"avx512_bf16", "amx_bf16"}


@pytest.mark.parametrize(
    ("flags", "width", "expected"),
    [
        (PLAIN, 192, "fp32"),
        (PLAIN, 1024, "fp32"),
        (AVX, 192, "fp32"),
        (AVX, device.WIDE, "bf16"),
        (AMX, 192, "bf16"),
        (AMX, 1024, "bf16"),
        (set(), 768, "fp32"),
    ],
)
def test_bf16_where_the_processor_multiplies_it_fast_enough_for_the_width(
    flags: set[str], width: int, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device, "bf16_is_faster", device.bf16_is_faster.__wrapped__)
    monkeypatch.setattr(device, "_processor_flags", lambda: flags)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert device.precision(width) == expected
    narrow = torch.ones(4, 4)
    with device.autocast(narrow.device, width):
        product = narrow @ narrow
    assert product.dtype is (torch.bfloat16 if expected == "bf16" else torch.float32)
