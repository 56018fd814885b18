"""The profile of a training stage: operations by kind, and kernels that fit into the wall time."""

from __future__ import annotations

import pytest

from xfer_core.bench import profiling
from xfer_core.bench.figure import Settings
from xfer_core.bench.figures.profile import PART, run


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
def test_kernels_take_a_part_of_the_stage_and_most_are_matrix_products(tmp_path):
    found = run(Settings(tmp_path, quick=True))[PART.id]
    assert 0 < found.ours < found.theirs
    assert found.ratios == pytest.approx((found.theirs / found.ours,))
    assert all(f"{kind} " in found.note for kind in profiling.KINDS)
