"""What a stage that died says: what happened, and what to change."""

from __future__ import annotations

import pytest
import torch

from xfer_core.domain.errors import DataError
from xfer_core.stages.worker import _sentence


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"),
    ],
)
def test_lack_of_memory_says_which_settings_help(error):
    said = _sentence(error)
    for setting in ("batch_tokens", "accumulate", "gradient_checkpointing"):
        assert setting in said


def test_real_lack_of_memory_on_this_processor_is_known():
    with pytest.raises(RuntimeError) as raised:
        torch.empty(2**60)
    assert "gradient_checkpointing" in _sentence(raised.value)


def test_other_errors_keep_their_words():
    assert _sentence(DataError("Expected rows; there are none.")).startswith("Expected rows")
    assert _sentence(ValueError("odd")) == "ValueError: odd"
