"""How a trained model is run: its back end, number format and layers; part of a result's name.

What is measured with another back end, or from the first layers alone, is the result of another
model. It is kept under a name of its own, such as "mini-s-aligned~layers=2" or
"mini-s-aligned~back_end=onnxruntime:int8", in the place of the encoder's: every view, gain and
baseline goes by that name, so no such score can slip into the cells of the plain model.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.util import find_spec

from xfer_core.domain.errors import UnknownName, UsageError

TORCH, FP32 = "torch", "fp32"
BACK_ENDS = ("torch", "torch-compile", "onnxruntime", "openvino", "cuda-graphs")
PRECISIONS = ("fp32", "bf16", "fp16", "int8")
LAYERS, BACK_END = "layers", "back_end"
PACKAGES = {"onnxruntime": ("onnx", "onnxruntime"), "openvino": ("openvino",)}
"""What a back end imports besides torch; see requirements-backends.txt."""
_SUFFIX = re.compile(rf"((?:~(?:{LAYERS}|{BACK_END})=[^~]*)+)$")


@dataclass(frozen=True)
class Serving:
    """One way to run a checkpoint; ``layers`` None keeps all, else the first so many."""

    back_end: str = TORCH
    precision: str = FP32
    layers: int | None = None

    @property
    def is_plain(self) -> bool:
        """Whether this is torch in fp32 with all layers, as everything else is measured."""
        return self == PLAIN

    @property
    def engine(self) -> str:
        """Back end and number format in one word: "torch", "onnxruntime:int8"."""
        return self.back_end if self.precision == FP32 else f"{self.back_end}:{self.precision}"

    def named(self, encoder: str) -> str:
        """The encoder's name in results that were measured so."""
        kept = f"~{LAYERS}={self.layers}" if self.layers else ""
        run = "" if self.engine == TORCH else f"~{BACK_END}={self.engine}"
        return f"{encoder}{kept}{run}"


PLAIN = Serving()


def engine(text: str) -> tuple[str, str]:
    """Back end and number format of a word such as "onnxruntime:int8"; fp32 if none is named.

    Raises:
        UnknownName: either is not known.
    """
    name, _, precision = text.partition(":")
    if name not in BACK_ENDS:
        raise UnknownName("back end", name, BACK_ENDS)
    if (precision or FP32) not in PRECISIONS:
        raise UnknownName("precision", precision, PRECISIONS)
    return name, precision or FP32


def parse(name: str) -> tuple[str, Serving]:
    """Encoder and way to run it of a name in results.

    Raises:
        UnknownName: a back end or number format that is not known.
        UsageError: layers that are no positive number.
    """
    found = _SUFFIX.search(name)
    if not found:
        return name, PLAIN
    settings = dict(part.split("=", 1) for part in found.group(1).split("~")[1:])
    kept = settings.get(LAYERS)
    if kept is not None and not (kept.isdigit() and int(kept)):
        raise UsageError(
            f"Expected a number of layers as in ~{LAYERS}=2; got {kept!r} in {name!r}."
        )
    back_end, precision = engine(settings.get(BACK_END, TORCH))
    return name[: found.start()], Serving(back_end, precision, int(kept) if kept else None)


def encoder_of(name: str) -> str:
    """The encoder behind a name in results."""
    return _SUFFIX.sub("", name)


def lacking(back_end: str) -> tuple[str, ...]:
    """Packages that a back end needs and that are not installed here; imports none of them."""
    return tuple(name for name in PACKAGES.get(back_end, ()) if find_spec(name) is None)
