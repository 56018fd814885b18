"""torch.compile: the encoder's code compiled for this machine, when it runs first.

What is compiled is machine code, so it is not kept with the prepared model: a folder with code in
it could not be trusted. The compiler's own cache, in the user's cache folder, spares most of the
time when the same encoder is loaded again.
"""

from __future__ import annotations

import os
import shutil
import sysconfig
from pathlib import Path
from typing import ClassVar

import torch
from safetensors.torch import save_file

from xfer_core import file_hashes
from xfer_core.stages.backends.base import BackEnd, Hidden
from xfer_core.stages.backends.torch_eager import (
    TYPES,
    WEIGHTS,
    cast_weights,
    has_instructions,
    read_encoder,
    states_of,
)
from xfer_core.stages.batches import Batch
from xfer_core.stages.model import Model

COMPILERS = ("g++", "clang++", "c++")


class TorchCompile(BackEnd):
    """Batches of one item and of several are compiled apart, each when the first one comes."""

    name: ClassVar[str] = "torch-compile"

    def available(self) -> str | None:
        """It needs a C++ compiler and Python's headers, or a GPU."""
        if self.precision == "int8":
            return "torch.compile has no int8 here; take torch:int8 or onnxruntime:int8."
        if self.precision != "fp32" and not has_instructions(self.precision):
            return (
                f"torch.compile in {self.precision} needs a GPU or a processor that computes it; "
                "take fp32 here."
            )
        if torch.cuda.is_available():
            return None
        if not any(shutil.which(name) for name in (os.environ.get("CXX", ""), *COMPILERS) if name):
            return "torch.compile needs a C++ compiler; install g++ (apt-get install g++)."
        if not (Path(sysconfig.get_path("include")) / "Python.h").is_file():
            return (
                "torch.compile needs Python's headers; install them (apt-get install python3-dev)."
            )
        return None

    def remark(self) -> str | None:
        """What the first batches cost."""
        return "The first batch of one item and the first of several compile for a while."

    def version(self) -> str:
        """The package's."""
        return f"torch {torch.__version__}"

    def _write(self, model: Model, folder: Path, example: Batch) -> None:
        save_file(cast_weights(model.encoder, TYPES[self.precision]), folder / WEIGHTS)

    def _open(self, folder: Path, model: Model, threads: int) -> Hidden:
        _keep_to_ourselves()
        torch.set_num_threads(threads)
        encoder = read_encoder(folder, model, self.precision)
        return states_of(model, torch.compile(encoder, dynamic=True))


def _keep_to_ourselves() -> None:
    """Compile in this process, and keep what was compiled where only this user can write.

    By itself torch keeps it under a known name among everybody's passing files, and takes what it
    finds there for its own. Its other parts may have set the variable so; it is set anew.
    """
    from torch._inductor import config

    cache = file_hashes.cache_folder() / "compiled"
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ["TORCHINDUCTOR_CACHE_DIR"] = str(cache)
    config.cpp_cache_precompile_headers = False  # these always lie in that other place
    config.compile_threads = 1
