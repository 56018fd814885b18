"""What a library may see of a model's folder: its own safetensors, vocabulary and plain fields.

The library that loads a model looks for many files and obeys many fields. It is shown a folder
with links to what was checked and with configurations written anew, so that nothing else can be
opened, whatever lies beside it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from transformers.models.auto.configuration_auto import CONFIG_MAPPING
from transformers.models.auto.tokenization_auto import TOKENIZER_MAPPING_NAMES

from xfer_core import model_config, model_folder
from xfer_core.domain.errors import CheckpointError
from xfer_core.model_config import CONFIG, TOKENIZER_CONFIG

LEGACY = frozenset(
    {"architectures", "model_type", "torch_dtype", "dtype", "rope_scaling", "rope_parameters"}
)
"""Fields with text or lists that the library reads though its classes do not declare them all."""
TOKENIZERS = frozenset(
    {"PreTrainedTokenizer", "PreTrainedTokenizerFast", "TokenizersBackend", None, ""}
) | {f"{name}{end}" for name in TOKENIZER_MAPPING_NAMES.values() if name for end in ("", "Fast")}
_WORD = re.compile(r"[A-Za-z0-9_|-]{1,64}")
_PLACES = ("_file", "name_or_path", "cache_dir", "processor_class", "local_files_only", "is_local")
"""Ends of a tokenizer's fields that name places of the machine it was saved on; left out."""


@contextmanager
def of_model(folder: Path) -> Iterator[Path]:
    """A passing folder with the configuration and weights of a model.

    Raises:
        CheckpointError: something is missing, broken or refused.
    """
    with TemporaryDirectory(prefix="xfer-model-") as name:
        view = Path(name)
        for path in model_folder.model_files(folder):
            if path.suffix == ".safetensors":
                model_folder.header(path)
            if path.name != CONFIG:
                (view / path.name).symlink_to(path.resolve())
        _write(view / CONFIG, plain_config(folder))
        yield view


@contextmanager
def of_vocabulary(folder: Path) -> Iterator[Path]:
    """A passing folder with the vocabulary of a model, and its configuration if it has one.

    Raises:
        CheckpointError: something is missing, broken or refused.
    """
    with TemporaryDirectory(prefix="xfer-vocabulary-") as name:
        view = Path(name)
        for path in model_folder.vocabulary_files(folder):
            if path.name == TOKENIZER_CONFIG:
                _write(view / path.name, plain_tokenizer_config(folder))
            else:
                (view / path.name).symlink_to(path.resolve())
        if (folder / CONFIG).is_file():
            _write(view / CONFIG, plain_config(folder))
        yield view


def plain_config(folder: Path) -> dict[str, Any]:
    """The fields of config.json that the library's class for the architecture declares.

    Of others only numbers, truth values and single words are kept: some are old names, some are
    read though no class declares them, and none of them can name a file or a repository.

    Raises:
        CheckpointError: an architecture or a tokenizer that the library does not have itself, or
            a refused field.
    """
    found = model_config.read(folder)
    name = found.get("model_type")
    if not isinstance(name, str) or name not in CONFIG_MAPPING:
        raise CheckpointError(
            f"Expected an architecture that the installed transformers knows in {folder / CONFIG}; "
            f"got {str(name)[:80]!r}. Use another model: code from a repository is never run."
        )
    _know_tokenizer(found, folder / CONFIG)
    declared = {field.name for field in fields(CONFIG_MAPPING[name])} | LEGACY
    return {
        key: value
        for key, value in found.items()
        if (key in declared or _is_plain(value))
        and not key.startswith("_")
        and not key.endswith("_implementation")
    }


def plain_tokenizer_config(folder: Path) -> dict[str, Any]:
    """The fields of tokenizer_config.json without those that name places.

    Raises:
        CheckpointError: a tokenizer that the library does not have itself, or a refused field.
    """
    found = model_config.read(folder, TOKENIZER_CONFIG)
    _know_tokenizer(found, folder / TOKENIZER_CONFIG)
    return {key: value for key, value in found.items() if not key.endswith(_PLACES)}


def _is_plain(value: Any) -> bool:
    if isinstance(value, str):
        return _WORD.fullmatch(value) is not None
    return isinstance(value, int | float | None)


def _know_tokenizer(found: dict[str, Any], path: Path) -> None:
    name = found.get("tokenizer_class")
    if isinstance(name, list | dict) or name not in TOKENIZERS:
        raise CheckpointError(
            f"Expected a tokenizer that the installed transformers has itself in {path}; got "
            f"{str(name)[:80]!r}. Use another model: code from a repository is never run."
        )


def _write(path: Path, values: dict[str, Any]) -> None:
    path.write_text(json.dumps(values), encoding="utf-8")
