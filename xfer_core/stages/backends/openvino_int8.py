"""int8 weights in an OpenVINO graph, a scale per output channel; activations stay as they are.

OpenVINO's own package for this, nncf, takes 18 s to import, reports its use over the network and
quantized activations into a graph that OpenVINO then refused; weights alone are these lines.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

LEAST = 4096
"""Numbers from which on a table of weights is worth compressing."""


def compress(openvino: Any, graph: Any) -> None:
    """Replace the weights of matrix products and of embedding tables, in place."""
    for node in graph.get_ordered_ops():
        if node.get_type_name() == "MatMul":
            # (inputs, outputs), unless it says that it is read transposed
            axis = 0 if not node.get_attributes()["transpose_b"] else 1
            _replace(openvino, node, 1, axis)
        elif node.get_type_name() == "Gather":
            _replace(openvino, node, 0, 1)


def rounded(
    weights: NDArray[np.float32], axis: int
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """int8 numbers and scales: weights = numbers x scales; one scale for all along the axis."""
    scales = np.abs(weights).max(axis=axis, keepdims=True) / 127
    scales = np.maximum(scales, np.finfo(np.float32).tiny).astype(np.float32)
    return np.clip(np.rint(weights / scales), -127, 127).astype(np.int8), scales


def _replace(openvino: Any, node: Any, port: int, axis: int) -> None:
    source = node.input_value(port).get_node()
    if source.get_type_name() != "Constant":
        return
    weights = source.get_data()
    if weights.ndim != 2 or weights.dtype != np.float32 or weights.size < LEAST:
        return
    numbers, scales = rounded(weights, axis)
    operations = openvino.opset13
    wide = operations.convert(operations.constant(numbers), "f32")
    whole = operations.multiply(wide, operations.constant(scales))
    node.input(port).replace_source_output(whole.output(0))
