"""How a model looks in a scatter and what it is called: its encoder, back end and layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from xfer_core.charts import theme
from xfer_core.charts.theme import Palette
from xfer_core.domain.serving import FP32, TORCH

BACK_ENDS = {
    "torch": "torch",
    "torch-compile": "torch.compile",
    "onnxruntime": "ONNX Runtime",
    "openvino": "OpenVINO",
    "cuda-graphs": "CUDA graphs",
}
SIZE, SMALL = 12, 9
"""Pixels of a marker: the whole model, and one of which only some layers run."""
SYMBOLS = (*theme.SYMBOLS, "triangle-down", "cross", "hexagon", "star-diamond", "bowtie", "x")


def engine(row: Any) -> str:
    """Back end and number format in words: "torch", "ONNX Runtime int8"."""
    name, precision = row.get("back_end"), row.get("precision")
    name = TORCH if _missing(name) else str(name)
    said = BACK_ENDS.get(name, name)
    return said if _missing(precision) or precision == FP32 else f"{said} {precision}"


def depth(row: Any) -> str:
    """Which layers run, if not all: "first 2 layers"."""
    layers = row.get("layers")
    if _missing(layers):
        return ""
    return "first layer" if int(layers) == 1 else f"first {int(layers)} layers"


def kept(row: Any) -> str:
    """Which layers run, for a table: "all", "first 2"."""
    layers = row.get("layers")
    return "all" if _missing(layers) else f"first {int(layers)}"


def is_plain(row: Any) -> bool:
    """Whether it is the whole model in torch fp32."""
    return engine(row) == BACK_ENDS[TORCH] and not depth(row)


def name(row: Any) -> str:
    """What a point is: "mini-s · MNLI", "mini-s · ONNX Runtime int8 · first 2 layers · MNLI"."""
    parts = [str(row["encoder"]), *_way(row), theme.task_label(str(row["intermediate"]))]
    return " · ".join(parts)


def run(row: Any) -> str:
    """How it runs: "torch", "ONNX Runtime int8, first 2 layers"."""
    return ", ".join(part for part in (engine(row), depth(row)) if part)


def _way(row: Any) -> list[str]:
    said = engine(row)
    return [part for part in ("" if said == BACK_ENDS[TORCH] else said, depth(row)) if part]


@dataclass(frozen=True)
class Look:
    """Colours by encoder, symbols by back end and number format, smaller with fewer layers.

    With one back end the symbols repeat the encoders, so that colour alone tells nothing.
    """

    encoders: tuple[str, ...]
    engines: tuple[str, ...]
    intermediates: int
    truncated: bool
    colors: Palette

    @classmethod
    def of(cls, rows: pd.DataFrame, colors: Palette) -> Look:
        """The look of the points of one chart."""
        records = rows.to_dict("records")
        found = {engine(row) for row in records}
        order = [said for said in map(_plainly, BACK_ENDS) if said in found]
        return cls(
            tuple(sorted(set(rows["encoder"].astype(str)))),
            tuple([*order, *sorted(found - set(order))]),
            rows["intermediate"].nunique(),
            any(depth(row) for row in records),
            colors,
        )

    def color(self, row: Any) -> str:
        """Of the encoder."""
        return self.encoder_color(str(row["encoder"]))

    def encoder_color(self, encoder: str) -> str:
        """Of an encoder; they repeat where there are more than colours."""
        return self.colors.encoders[self.encoders.index(encoder) % len(self.colors.encoders)]

    def symbol(self, row: Any) -> str:
        """Filled; "-open" behind it makes it hollow."""
        if len(self.engines) > 1:
            return self.engine_symbol(engine(row))
        return self.encoder_symbol(str(row["encoder"]))

    def engine_symbol(self, said: str) -> str:
        """Of a back end in a number format."""
        return SYMBOLS[self.engines.index(said) % len(SYMBOLS)]

    def encoder_symbol(self, encoder: str) -> str:
        """Of an encoder in the legend: a circle where symbols are the back ends'."""
        if len(self.engines) > 1:
            return SYMBOLS[0]
        return SYMBOLS[self.encoders.index(encoder) % len(theme.SYMBOLS)]

    def size(self, row: Any) -> int:
        """Pixels."""
        return SMALL if depth(row) else SIZE

    def label(self, row: Any) -> str:
        """What tells this point from the others of the chart; the legend says the rest."""
        parts = [str(row["encoder"])] if len(self.encoders) > 1 else []
        parts += [engine(row)] if len(self.engines) > 1 else []
        parts += [depth(row)] if depth(row) else []
        if self.intermediates > 1 or not parts:
            parts.append(theme.task_label(str(row["intermediate"])))
        return " · ".join(parts)


def _plainly(back_end: str) -> str:
    return BACK_ENDS[back_end]


def _missing(value: Any) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and pd.isna(value))
