"""What a model's JSON files may say: read as data, refused by name where they could run code.

Whoever offers a model writes its config.json and tokenizer_config.json, and the library that
loads it obeys some of their fields: code to import, kernels to fetch, other repositories to load.
None of those fields reaches the library.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from xfer_core.domain.errors import CheckpointError

CONFIG, TOKENIZER_CONFIG = "config.json", "tokenizer_config.json"
MOST_BYTES = {CONFIG: 2**20, TOKENIZER_CONFIG: 2**24}
"""A large vocabulary of added tokens makes a tokenizer's configuration long; a model's never is."""
REFUSED = frozenset(
    {
        "auto_map",
        "custom_pipelines",
        "trust_remote_code",
        "code_revision",
        "kernels",
        "kernel_config",
        "kernel_mapping",
        "use_kernels",
        "allow_all_kernels",
        "quantization_config",
        "compression_config",
        "base_model_name_or_path",
        "adapter_config",
        "_adapter_model_path",
        "tokenizer_name_or_path",
        "tokenizer_id",
    }
)
"""Fields that make a library run code, fetch something or open another repository."""
ATTENTION = frozenset({"eager", "sdpa", "flash_attention_2", "flex_attention"})
"""Ways to compute attention that are the library's own; any other word names a kernel to fetch."""
LARGEST = {
    "layers": 1_000,
    "hidden_size": 100_000,
    "heads": 10_000,
    "vocab_size": 10_000_000,
    "intermediate_size": 1_000_000,
    "max_position_embeddings": 100_000_000,
    "type_vocab_size": 1_000,
}
"""What no real model exceeds; a larger number only takes the machine's memory."""
_NAMES = {
    "layers": ("num_hidden_layers", "n_layer", "n_layers", "num_layers"),
    "hidden_size": ("hidden_size", "d_model", "n_embd", "dim", "emb_dim"),
    "heads": ("num_attention_heads", "n_head", "n_heads", "num_heads"),
}
"""One quantity has another name in some architectures."""


def read(folder: Path, name: str = CONFIG) -> dict[str, Any]:
    """The fields of a configuration file, if none of them is dangerous.

    Raises:
        CheckpointError: not there, too large, no JSON object, or a field or size that is refused;
            the sentence names it.
    """
    path = folder / name
    try:
        size = path.stat().st_size
        if size > MOST_BYTES[name]:
            raise CheckpointError(
                f"Expected at most {MOST_BYTES[name] // 2**20} MiB in {path}; it has "
                f"{size // 2**20} MiB. Use another copy of the model."
            )
        found = json.loads(path.read_bytes())
    except OSError as error:
        raise CheckpointError(
            f"Expected a readable {name} in {folder}; there is none. Name a folder with a model."
        ) from error
    except (ValueError, RecursionError) as error:
        raise CheckpointError(
            f"Expected JSON in {path}; it is broken. Fetch or copy the model again."
        ) from error
    if not isinstance(found, dict):
        raise CheckpointError(f"Expected names and values in {path}; got a {type(found).__name__}.")
    _refuse(found, path)
    return found


def quantity(config: dict[str, Any], what: str) -> int:
    """A size that architectures name differently: "layers", "hidden_size" or "heads"; 0 if none."""
    parts = (config, config.get("text_config"))  # models of text and images have one for the text
    for part in (one for one in parts if isinstance(one, dict)):
        for name in _NAMES.get(what, (what,)):
            value = part.get(name)
            if isinstance(value, int) and not isinstance(value, bool):
                return value
    return 0


def _refuse(found: dict[str, Any], path: Path) -> None:
    hostile = sorted({name for name, value in _fields(found) if value and _is_refused(name, value)})
    if hostile:
        raise CheckpointError(
            f"Expected a plain configuration in {path}; it names code to run or other places to "
            f"load from ({', '.join(hostile)}). Use a model without custom code."
        )
    for what, most in LARGEST.items():
        size = quantity(found, what)
        if not 0 <= size <= most:
            raise CheckpointError(
                f"Expected {what} of at most {most:,} in {path}; got {size:,}. Use another copy "
                "of the model."
            )


def _is_refused(name: str, value: Any) -> bool:
    if name.endswith("_implementation"):
        return not (isinstance(value, str) and value in ATTENTION)
    return name in REFUSED or name.endswith("_internal")


def _fields(value: Any) -> Iterator[tuple[str, Any]]:
    """Every name in a nest of names and values."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name, inner
            yield from _fields(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _fields(inner)
