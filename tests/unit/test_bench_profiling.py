"""The profile of a training stage: operations by kind, and kernels that fit into the wall time."""

from __future__ import annotations

import pytest

from xfer_core.bench import profiling
from xfer_core.bench.figure import Settings
from xfer_core.bench.figures.profile import PARTS, run


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ("aten::addmm", profiling.PRODUCTS),
        ("aten::bmm", profiling.PRODUCTS),
        ("aten::_scaled_dot_product_flash_attention_for_cpu", profiling.ATTENTION),
        ("aten::_fused_adamw_", profiling.OPTIMIZER),
        ("aten::native_layer_norm", profiling.OTHER),
    ],
)
def test_an_operation_is_of_one_kind(operation, kind):
    assert profiling.kind_of(operation) == kind


@pytest.mark.slow
@pytest.mark.heavy
def test_kernels_take_a_part_of_each_stage(tmp_path):
    found = run(Settings(tmp_path, quick=True))
    for part in PARTS.values():
        one = found[part.id]
        assert 0 < one.ours < one.theirs
        assert one.ratios == pytest.approx((one.theirs / one.ours,))
        assert all(f"{kind} " in one.note for kind in profiling.KINDS)
