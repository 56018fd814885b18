"""Tiny models of every architecture through the very functions that stages load with."""

from __future__ import annotations

import importlib.util
import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import AutoModel, AutoModelForCausalLM, AutoTokenizer

from tests import tiny_models
from tests.tiny_models import LAYERS, WIDTH
from xfer_core import catalog, model_folder
from xfer_core.domain.encoder import Family
from xfer_core.domain.errors import CheckpointError, StageFailed
from xfer_core.fingerprints import encoder_hash, tokenizer_hash
from xfer_core.home import Home
from xfer_core.specification import TrainingSettings
from xfer_core.stages import arrays, checkpoints, tuning
from xfer_core.stages.batches import Batch, ordered_batches
from xfer_core.stages.model import Model, padding

PAIRS = [
    ("The doctor bought a chair.", "Der Arzt kaufte einen roten Stuhl in der alten Stadt."),
    ("Доктор купил стул в городе у реки.", "A chair."),
    ("The river.", "La ville."),
]
every_encoder = pytest.mark.parametrize("kind", list(tiny_models.ENCODERS))
every_model = pytest.mark.parametrize("kind", [*tiny_models.ENCODERS, *tiny_models.CAUSAL])


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("models")
    makers = tiny_models.ENCODERS | tiny_models.CAUSAL
    return {kind: make(root / kind) for kind, make in makers.items()}


def tokenized(folder: Path) -> arrays.Encoded:
    ids = checkpoints.tokenizer_of(folder)(*zip(*PAIRS, strict=True))["input_ids"]
    return arrays.single(ids, [0] * len(ids))


def batch(folder: Path, model: Model) -> Batch:
    return next(iter(ordered_batches(tokenized(folder), 10_000, padding(model.encoder))))


def loaded(folder: Path) -> Model:
    return Model(checkpoints.load_encoder(folder), nn.Identity()).eval()


@every_model
def test_a_folder_is_an_encoder_with_the_sizes_of_its_configuration(folders, kind):
    encoder = catalog.encoder(str(folders[kind]))
    assert (encoder.layers, encoder.hidden_size, encoder.heads) == (LAYERS, WIDTH, 2)
    assert encoder.retrieval_layer == 2  # two thirds of three
    assert encoder.family is (Family.CAUSAL if kind in tiny_models.CAUSAL else Family.ENCODER)
    stored = sum(
        tensor.numel()
        for path in folders[kind].glob("*.safetensors")
        for tensor in load_file(path).values()
    )
    assert encoder.parameters == stored > 10_000
    assert encoder.title == kind
    assert len(encoder_hash(encoder)) == len(tokenizer_hash(encoder)) == 24
    assert catalog.encoder(encoder.name) == encoder


@every_encoder
@torch.inference_mode()
def test_the_last_layer_is_what_the_library_computes(folders, kind):
    """Ours makes batches, segments and positions itself; the library's own tokenizer does too."""
    folder = folders[kind]
    model = loaded(folder)
    ours = batch(folder, model)
    hidden = model.hidden(ours)
    plain = AutoModel.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    for place, example in enumerate(ours.examples):
        alone = tokenizer(*PAIRS[example], return_tensors="pt")
        expected = plain(**alone).last_hidden_state[0]
        assert torch.allclose(hidden[place][: len(expected)], expected, atol=1e-5)
    assert hidden.shape[-1] == WIDTH and hidden.std() > 0.05


@every_encoder
@torch.inference_mode()
def test_every_layer_can_be_read(folders, kind):
    model = loaded(folders[kind])
    ours = batch(folders[kind], model)
    states = model.states(ours)
    assert len(states) == LAYERS + 1 and {tuple(one.shape) for one in states} == {
        (*ours.ids.shape, WIDTH)
    }


def test_segments_are_what_the_tokenizer_says(folders):
    model = loaded(folders["bert"])
    ours = batch(folders["bert"], model)
    tokenizer = checkpoints.tokenizer_of(folders["bert"])
    expected = tokenizer(*zip(*PAIRS, strict=True), padding=True, return_tensors="pt")
    wanted = expected["token_type_ids"][torch.from_numpy(ours.examples)]
    assert torch.equal(model.inputs(ours)["token_type_ids"], wanted)
    assert wanted.max() == 1
    alone = checkpoints.tokenizer_of(folders["bert"])([PAIRS[0][0]])["input_ids"]
    single = next(iter(ordered_batches(arrays.single(alone, [0]), 100, 0)))
    assert model.inputs(single)["token_type_ids"].max() == 0


@pytest.mark.parametrize("kind", ["xlm-roberta", "deberta-v2", "modernbert"])
def test_models_without_segments_get_none(folders, kind):
    model = loaded(folders[kind])
    assert "token_type_ids" not in model.inputs(batch(folders[kind], model))


def test_padding_is_that_of_the_model(folders):
    pads = {kind: padding(loaded(folders[kind]).encoder) for kind in tiny_models.ENCODERS}
    assert pads == {"xlm-roberta": 1, "bert": 0, "deberta-v2": 0, "modernbert": 0}


@pytest.mark.parametrize(("kind", "most"), [("xlm-roberta", 512), ("bert", 512)])
def test_an_item_that_is_too_long_is_a_sentence(folders, kind, most):
    model = loaded(folders[kind])
    items = [[5] * most, [5] * (most + 1)]
    for item, fits in zip(items, (True, False), strict=True):
        made = next(iter(ordered_batches(arrays.single([item], [0]), 10_000, 0)))
        if fits:
            assert model.hidden(made).shape[1] == most
        else:
            with pytest.raises(StageFailed, match=f"at most {most} tokens.*max_length"):
                model.hidden(made)


@every_encoder
def test_a_checkpoint_goes_on_with_all_that_is_needed(folders, kind, tmp_path):
    """Saved and loaded again it computes the same, segments included, without a vocabulary."""
    home = Home(tmp_path / "store").create()
    model = loaded(folders[kind])
    ours = batch(folders[kind], model)
    checkpoints.save(home, "key", model.encoder, nn.Linear(2, 2))
    again = Model(checkpoints.load_encoder(home.checkpoint("key")), nn.Identity()).eval()
    with torch.inference_mode():
        assert torch.equal(again.hidden(ours), model.hidden(ours))
    assert "/tmp" not in (home.checkpoint("key") / "config.json").read_text()


@every_encoder
@pytest.mark.parametrize("count", [1, 2, LAYERS + 1])
def test_frozen_layers_do_not_learn(folders, kind, count):
    encoder = checkpoints.load_encoder(folders[kind])
    found = tuning.prepared(encoder, TrainingSettings(frozen_layers=count))
    known = tuning.layers(found)
    assert known is not None and len(known) == LAYERS
    learns = [any(p.requires_grad for p in layer.parameters()) for layer in known]
    assert learns == [place >= count - 1 for place in range(LAYERS)]
    assert not any(p.requires_grad for p in found.get_input_embeddings().parameters())
    with pytest.raises(StageFailed, match=f"embeddings and {LAYERS} layers"):
        tuning.prepared(encoder, TrainingSettings(frozen_layers=LAYERS + 2))


@every_encoder
def test_memory_is_saved_without_another_gradient(folders, kind):
    def gradients(saving: bool) -> torch.Tensor:
        settings = TrainingSettings(gradient_checkpointing=saving)
        model = Model(
            tuning.prepared(checkpoints.load_encoder(folders[kind]), settings), nn.Identity()
        ).train()
        for module in model.modules():
            if isinstance(module, nn.Dropout):
                module.p = 0.0
        torch.manual_seed(1)
        model.hidden(batch(folders[kind], model)).square().mean().backward()
        words = model.encoder.get_input_embeddings().weight.grad
        assert words is not None
        return words

    plain = gradients(False)
    assert torch.allclose(gradients(True), plain, atol=1e-6) and plain.abs().max() > 0


@every_encoder
def test_low_rank_additions_are_merged_into_a_plain_encoder(folders, kind):
    encoder = checkpoints.load_encoder(folders[kind])
    names = set(encoder.state_dict())
    adapted = tuning.prepared(encoder, TrainingSettings(tuning="lora"))
    model = Model(adapted, nn.Identity()).train()
    model.hidden(batch(folders[kind], model)).square().mean().backward()
    assert any(p.grad is not None for p in model.parameters())
    assert set(tuning.merged(model.encoder).state_dict()) == names


@pytest.mark.parametrize("kind", list(tiny_models.CAUSAL))
@torch.inference_mode()
def test_a_causal_model_is_what_the_library_loads(folders, kind):
    folder = folders[kind]
    ours = checkpoints.load_causal(folder).eval()
    ids = torch.tensor([checkpoints.tokenizer_of(folder)("The doctor bought")["input_ids"]])
    expected = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()(ids).logits
    assert torch.allclose(ours(ids).logits, expected, atol=1e-6)
    half = checkpoints.load_causal(folder, "bfloat16")
    assert next(half.parameters()).dtype is torch.bfloat16


def test_shards_are_one_model(folders):
    folder = folders["llama"]
    assert len(model_folder.weights(folder)) > 3
    assert not (folder / "model.safetensors").exists()
    before = encoder_hash(catalog.encoder(str(folder)))
    assert len(before) == 24


def test_an_encoder_is_no_causal_model(folders):
    with pytest.raises(CheckpointError, match="another kind"):
        checkpoints.load_causal(folders["deberta-v2"])


def test_a_masked_model_brings_its_head(folders):
    from xfer_core.stages.masked import word_head

    encoder = checkpoints.load_encoder(folders["xlm-roberta"])
    head = word_head(encoder, folders["xlm-roberta"])
    stored = load_file(folders["xlm-roberta"] / "model.safetensors")
    assert torch.equal(head.dense.weight, stored["lm_head.dense.weight"])


def test_old_names_of_weights_are_known(folders, tmp_path):
    """mBERT's file on the hub still says gamma and beta."""
    folder = tmp_path / "old"
    tiny_models.bert(folder)
    stored = load_file(folder / "model.safetensors")
    names = {"LayerNorm.weight": "LayerNorm.gamma", "LayerNorm.bias": "LayerNorm.beta"}
    renamed = {}
    for name, value in stored.items():
        for new, old in names.items():
            name = name.replace(new, old)
        renamed[name] = value
    save_file(renamed, folder / "model.safetensors", {"format": "pt"})
    ours = loaded(folder)
    with torch.inference_mode():
        made = batch(folder, ours)
        assert torch.equal(ours.hidden(made), loaded(folders["bert"]).hidden(made))


def test_a_missing_weight_is_refused_and_not_made_up(tmp_path):
    folder = tiny_models.xlm_roberta(tmp_path / "model")
    stored = load_file(folder / "model.safetensors")
    stored.pop("roberta.encoder.layer.1.output.dense.weight")
    save_file(stored, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(CheckpointError, match=r"1 are missing.*layer\.1\.output\.dense"):
        checkpoints.load_encoder(folder)


def test_weights_of_another_shape_are_refused(tmp_path):
    folder = tiny_models.xlm_roberta(tmp_path / "model")
    values = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**values, "vocab_size": 7000}))
    with pytest.raises(CheckpointError, match="of another shape.*word_embeddings"):
        checkpoints.load_encoder(folder)


@pytest.mark.parametrize("kept", [0.5, 0.99])
def test_half_a_weights_file_is_a_sentence(tmp_path, kept):
    folder = tiny_models.xlm_roberta(tmp_path / "model")
    weights = folder / "model.safetensors"
    data = weights.read_bytes()
    weights.write_bytes(data[: int(len(data) * kept)])
    with pytest.raises(CheckpointError, match="broken or half downloaded"):
        checkpoints.load_encoder(folder)


def test_a_changed_folder_has_another_hash(tmp_path):
    folder = tiny_models.bert(tmp_path / "model")
    encoder = catalog.encoder(str(folder))
    before = encoder_hash.__wrapped__(encoder), tokenizer_hash.__wrapped__(encoder)
    (folder / "README.md").write_text("Not part of the model.")
    assert before == (encoder_hash.__wrapped__(encoder), tokenizer_hash.__wrapped__(encoder))
    changed = json.loads((folder / "tokenizer_config.json").read_text())
    changed["do_lower_case"] = True
    (folder / "tokenizer_config.json").write_text(json.dumps(changed))
    after = encoder_hash.__wrapped__(encoder), tokenizer_hash.__wrapped__(encoder)
    assert before[0] != after[0] and before[1] != after[1]


def test_a_sentencepiece_vocabulary_alone_is_read_or_a_sentence(tmp_path):
    """mDeBERTa's repository has spm.model and no tokenizer.json."""
    folder = tiny_models.deberta(tmp_path / "model")
    whole = checkpoints.tokenizer_of(folder)
    pieces = json.loads((folder / "tokenizer.json").read_text())["model"]["vocab"]
    (folder / "tokenizer.json").unlink()
    (folder / "spm.model").write_bytes(sentencepiece_bytes(pieces))
    if importlib.util.find_spec("sentencepiece") is None:
        with pytest.raises(CheckpointError, match="pip install sentencepiece"):
            checkpoints.tokenizer_of(folder)
        return
    ours = checkpoints.tokenizer_of(folder)
    for one, other in PAIRS:
        assert ours(one, other)["input_ids"] == whole(one, other)["input_ids"]


def sentencepiece_bytes(vocabulary: list[list]) -> bytes:
    """A SentencePiece model file of a unigram vocabulary."""
    from transformers.convert_slow_tokenizer import import_protobuf

    proto = import_protobuf().ModelProto()
    for piece, score in vocabulary:
        entry = proto.pieces.add()
        entry.piece, entry.score = piece, score
        entry.type = {"[UNK]": 2, "[PAD]": 3, "[CLS]": 3, "[SEP]": 3}.get(piece, 1)
    proto.trainer_spec.model_type = 1
    proto.trainer_spec.unk_id = [piece for piece, _ in vocabulary].index("[UNK]")
    return proto.SerializeToString()


def test_nothing_is_left_of_a_view(folders, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    checkpoints.load_encoder(folders["bert"])
    checkpoints.tokenizer_of(folders["bert"])
    assert os.listdir(tmp_path) == []


def test_a_mini_encoder_computes_what_it_always_did():
    folder = catalog.encoder_folder(catalog.encoder("mini-s"))
    model = loaded(folder)
    plain = AutoModel.from_pretrained(folder, dtype=torch.float32, add_pooling_layer=False).eval()
    ids = torch.from_numpy(np.array([[0, 29, 2927, 1705, 2]]))
    made = Batch(ids, torch.ones_like(ids), np.array([0]), torch.zeros(1), [1])
    with torch.inference_mode():
        assert torch.equal(model.hidden(made), plain(ids).last_hidden_state)
