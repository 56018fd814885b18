"""The contract of a shipped encoder: its files, its size, and what its declaration says."""

from __future__ import annotations

import json
import math
import shutil
from dataclasses import replace

import pytest
from tokenizers import Tokenizer

from xfer_core import catalog
from xfer_core.fingerprints import encoder_hash

MOST_BYTES = 12_000_000
SPECIAL = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "<mask>": None}

every_encoder = pytest.mark.parametrize("name", list(catalog.encoders()))


def config(name: str) -> dict:
    folder = catalog.encoder_folder(catalog.encoder(name))
    return json.loads((folder / "config.json").read_text())


def header(name: str) -> dict:
    """Names, types and shapes of all tensors, without reading them."""
    path = catalog.encoder_folder(catalog.encoder(name)) / "model.safetensors"
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        found = json.loads(file.read(length))
    found.pop("__metadata__", None)
    return found


@every_encoder
def test_files_are_there_plain_and_small(name):
    folder = catalog.encoder_folder(catalog.encoder(name))
    names = {path.name for path in folder.iterdir()}
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= names
    assert not [path for path in names if path.endswith((".bin", ".pt", ".pkl", ".py"))]
    assert sum(path.stat().st_size for path in folder.iterdir()) <= MOST_BYTES
    assert "auto_map" not in config(name)


@every_encoder
def test_the_declaration_is_that_of_the_weights(name):
    encoder, tensors = catalog.encoder(name), header(name)
    assert sum(math.prod(tensor["shape"]) for tensor in tensors.values()) == encoder.parameters
    assert config(name)["num_hidden_layers"] == encoder.layers
    assert config(name)["hidden_size"] == encoder.hidden_size
    vocabulary = next(t["shape"] for k, t in tensors.items() if "word_embeddings" in k)
    assert vocabulary == [config(name)["vocab_size"], encoder.hidden_size]


@every_encoder
def test_the_tokenizer_fits_the_model(name):
    folder = catalog.encoder_folder(catalog.encoder(name))
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    assert tokenizer.get_vocab_size() <= config(name)["vocab_size"]
    for token, number in SPECIAL.items():
        found = tokenizer.token_to_id(token)
        assert found is not None and number in (None, found)
    pair = tokenizer.encode("The doctor bought a chair.", "Der Arzt kaufte einen Stuhl.")
    assert (pair.ids[0], pair.ids[-1]) == (0, 2)
    assert SPECIAL["<unk>"] not in pair.ids


@every_encoder
def test_its_hash_is_of_every_byte(name, tmp_path, monkeypatch):
    encoder = catalog.encoder(name)
    before = encoder_hash(encoder)
    folder = tmp_path / encoder.path
    shutil.copytree(catalog.encoder_folder(encoder), folder)
    monkeypatch.setattr(catalog, "ENCODER_FOLDER", tmp_path)
    assert encoder_hash(replace(encoder, title="a copy")) == before
    weights = folder / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    assert encoder_hash(replace(encoder, title="a changed copy")) != before
