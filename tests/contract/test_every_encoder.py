"""The contract of a shipped encoder: its size, its preset and, once it is made, its files."""

from __future__ import annotations

import json
import math
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from xfer_core import catalog
from xfer_core.domain.encoder import Encoder, Origin
from xfer_core.domain.errors import CheckpointError
from xfer_core.fingerprints import encoder_hash
from xfer_core.specification import PretrainingSettings, Spec, preset

MOST_BYTES = 15_000_000
MOST_BYTES_OF_ALL = 30_000_000
SPECIAL = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "<mask>": 4}
PLACEHOLDER_TOKENS = 1_000_000
"""Weights of fewer tokens have learned nothing; they may be another encoder's of the same size."""
WEIGHTS = "model.safetensors"

SHIPPED = {
    name: encoder
    for name, encoder in catalog.encoders().items()
    if encoder.origin is Origin.SHIPPED
}
every_encoder = pytest.mark.parametrize("name", list(SHIPPED))


def shipped(name: str) -> Path:
    """The encoder's folder; the test is skipped where its weights are not made yet."""
    folder = catalog.encoder_folder(catalog.encoder(name))
    if not (folder / WEIGHTS).is_file():
        pytest.skip(f"{name} has no weights yet: 'xfer pretrain {name} --publish' makes them.")
    return folder


def config(folder: Path) -> dict:
    return json.loads((folder / "config.json").read_text())


def header(folder: Path) -> dict:
    """Names, types and shapes of all tensors, without reading them."""
    with (folder / WEIGHTS).open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        found = json.loads(file.read(length))
    found.pop("__metadata__", None)
    return found


@every_encoder
def test_files_are_there_plain_and_small(name):
    folder = shipped(name)
    names = {path.name for path in folder.iterdir()}
    assert {"config.json", WEIGHTS, "tokenizer.json", "training.json"} <= names
    assert not [path for path in names if path.endswith((".bin", ".pt", ".pkl", ".py"))]
    assert sum(path.stat().st_size for path in folder.iterdir()) <= MOST_BYTES
    assert "auto_map" not in config(folder)


def test_all_files_together_are_small_enough_to_ship():
    files = [path for path in catalog.ENCODER_FOLDER.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= MOST_BYTES_OF_ALL
    declared = {encoder.path for encoder in SHIPPED.values()}
    shared = {encoder.tokenizer for encoder in SHIPPED.values()}
    assert {path.name for path in catalog.ENCODER_FOLDER.iterdir()} <= declared | shared


@every_encoder
def test_the_declaration_is_that_of_the_weights(name):
    encoder, folder = catalog.encoder(name), shipped(name)
    tensors, described = header(folder), config(folder)
    assert sum(math.prod(tensor["shape"]) for tensor in tensors.values()) == encoder.parameters
    assert {tensor["dtype"] for tensor in tensors.values()} == {"F16"}
    assert described["num_hidden_layers"] == encoder.layers
    assert described["hidden_size"] == encoder.hidden_size
    assert described["num_attention_heads"] == encoder.heads
    vocabulary = next(t["shape"] for k, t in tensors.items() if "word_embeddings" in k)
    assert vocabulary == [described["vocab_size"], encoder.hidden_size]


@every_encoder
def test_heads_and_layers_fit(name):
    encoder = catalog.encoder(name)
    assert encoder.hidden_size % encoder.heads == 0
    assert 0 <= encoder.retrieval_layer <= encoder.layers


@every_encoder
def test_its_preset_pretrains_it(name):
    spec = Spec.parse(preset(f"pretrain-{name}"))
    assert (spec.encoders, spec.targets) == ((name,), ())
    assert spec.catalog == catalog.encoder(name).catalog
    assert spec.settings.pretraining is not None


@every_encoder
def test_the_tokenizer_fits_the_model(name):
    folder = shipped(name)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    assert tokenizer.get_vocab_size() <= config(folder)["vocab_size"]
    assert {token: tokenizer.token_to_id(token) for token in SPECIAL} == SPECIAL
    pair = tokenizer.encode("The doctor bought a chair.", "Der Arzt kaufte einen Stuhl.")
    assert (pair.ids[0], pair.ids[-1]) == (0, 2)
    assert SPECIAL["<unk>"] not in pair.ids


@every_encoder
def test_encoders_that_share_a_vocabulary_have_the_very_same(name):
    folder, shared = shipped(name), catalog.encoder(name).tokenizer
    own = (folder / "tokenizer.json").read_bytes()
    assert own == (catalog.ENCODER_FOLDER / shared / "tokenizer.json").read_bytes()


@every_encoder
def test_its_card_says_how_it_was_pretrained(name):
    encoder, card = catalog.encoder(name), json.loads((shipped(name) / "training.json").read_text())
    said = {key: card[key] for key in ("layers", "width", "heads", "parameters")}
    assert said == {
        "layers": encoder.layers,
        "width": encoder.hidden_size,
        "heads": encoder.heads,
        "parameters": encoder.parameters,
    }
    settings = PretrainingSettings.model_validate(card["settings"])
    assert card["tokens"] >= settings.tokens and card["seconds"] > 0
    asked = {"masked", *settings.objectives} - {"translation"}  # whose loss is that of masked
    assert card["loss"].keys() == asked
    assert all(math.isfinite(loss) and loss > 0 for loss in card["loss"].values())
    if card["tokens"] < PLACEHOLDER_TOKENS:
        pytest.skip(f"{name} is a placeholder of {card['tokens']:,} tokens.")
    assert card["encoder"] == name


@every_encoder
def test_its_hash_is_of_every_byte(name, tmp_path, monkeypatch):
    original, encoder = shipped(name), catalog.encoder(name)
    before = encoder_hash(encoder)
    folder = tmp_path / encoder.path
    shutil.copytree(original, folder)
    monkeypatch.setattr(catalog, "ENCODER_FOLDER", tmp_path)
    assert encoder_hash(replace(encoder, title="a copy")) == before
    weights = folder / WEIGHTS
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    assert encoder_hash(replace(encoder, title="a changed copy")) != before


@every_encoder
def test_without_weights_a_sentence_says_how_to_make_them(name, tmp_path, monkeypatch):
    monkeypatch.setattr(catalog, "ENCODER_FOLDER", tmp_path)
    encoder: Encoder = replace(catalog.encoder(name), title="nowhere")
    with pytest.raises(CheckpointError) as caught:
        encoder_hash(encoder)
    text = str(caught.value)
    assert WEIGHTS in text and f"'xfer pretrain {name} --publish'" in text and "\n" not in text
