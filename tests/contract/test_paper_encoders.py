"""The contract of the encoders on the hub: declared as their own configurations say."""

from __future__ import annotations

import importlib
import pkgutil
import re

import pytest
import torch
from transformers import (
    AutoModel,
    AutoModelForCausalLM,
    BertConfig,
    ModernBertConfig,
    PreTrainedConfig,
    Qwen2Config,
    XLMRobertaConfig,
)

from tests.tiny_models import deberta_config
from xfer_core import catalog, encoder_files, encoders
from xfer_core.cli.encoder_rows import encoder_rows
from xfer_core.domain.encoder import Encoder, Family, Origin
from xfer_core.domain.errors import CheckpointError
from xfer_core.domain.task import Reach
from xfer_core.fingerprints import encoder_hash, tokenizer_hash

BASE = {
    "hidden_size": 768,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "intermediate_size": 3072,
}
CONFIGURATIONS: dict[str, PreTrainedConfig] = {
    "xlm-roberta-base": XLMRobertaConfig(
        **BASE, vocab_size=250_002, max_position_embeddings=514, type_vocab_size=1
    ),
    "xlm-roberta-large": XLMRobertaConfig(
        vocab_size=250_002,
        hidden_size=1024,
        num_hidden_layers=24,
        num_attention_heads=16,
        intermediate_size=4096,
        max_position_embeddings=514,
        type_vocab_size=1,
    ),
    "bert-base-multilingual-cased": BertConfig(**BASE, vocab_size=119_547),
    "mdeberta-v3-base": deberta_config(251_000, **BASE),
    "xlm-v-base": XLMRobertaConfig(
        **BASE, vocab_size=901_629, max_position_embeddings=514, type_vocab_size=1
    ),
    "mmbert-base": ModernBertConfig(
        vocab_size=256_000,
        hidden_size=768,
        num_hidden_layers=22,
        num_attention_heads=12,
        intermediate_size=1152,
        pad_token_id=0,
    ),
    "qwen2.5-0.5b": Qwen2Config(
        vocab_size=151_936,
        hidden_size=896,
        num_hidden_layers=24,
        num_attention_heads=14,
        num_key_value_heads=2,
        intermediate_size=4864,
        tie_word_embeddings=True,
    ),
    "qwen2.5-1.5b": Qwen2Config(
        vocab_size=151_936,
        hidden_size=1536,
        num_hidden_layers=28,
        num_attention_heads=12,
        num_key_value_heads=2,
        intermediate_size=8960,
        tie_word_embeddings=True,
    ),
}
"""Sizes as the repositories' own config.json say, or copies of them."""
HUB = {name: one for name, one in catalog.encoders().items() if one.origin is Origin.HUB}
every_encoder = pytest.mark.parametrize("name", list(HUB))


@pytest.fixture
def nowhere(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    encoder_hash.cache_clear()
    tokenizer_hash.cache_clear()


def test_all_that_the_study_needs_are_declared():
    assert set(CONFIGURATIONS) == set(HUB)


@every_encoder
def test_sizes_are_those_of_the_architecture(name):
    encoder, config = HUB[name], CONFIGURATIONS[name]
    causal = encoder.family is Family.CAUSAL
    with torch.device("meta"):
        if causal:
            model = AutoModelForCausalLM.from_config(config)
        else:
            has_pooler = config.model_type in ("xlm-roberta", "bert")
            model = AutoModel.from_config(
                config, **({"add_pooling_layer": False} if has_pooler else {})
            )
    assert sum(weights.numel() for weights in model.parameters()) == encoder.parameters
    assert encoder.layers == config.num_hidden_layers
    assert encoder.hidden_size == config.hidden_size
    assert encoder.heads == config.num_attention_heads


@every_encoder
def test_its_layer_for_retrieval_is_two_thirds_up_or_the_studys(name):
    encoder = HUB[name]
    chosen = {"xlm-roberta-large": 14}
    assert encoder.retrieval_layer == chosen.get(name, round(encoder.layers * 2 / 3))


@every_encoder
def test_what_is_not_pinned_says_so(name):
    encoder = HUB[name]
    pinned = re.fullmatch(r"[0-9a-f]{40}", encoder.revision) is not None
    assert pinned != ("**not pinned**" in told(encoder))
    assert encoder.licence and encoder.catalog == "paper" and "/" in encoder.path


def told(encoder: Encoder) -> str:
    """The sentence at the head of the file that declares an encoder."""
    for info in pkgutil.iter_modules(encoders.__path__):
        module = importlib.import_module(f"{encoders.__name__}.{info.name}")
        if encoder in vars(module).values():
            return module.__doc__ or ""
    raise AssertionError(encoder.name)


@every_encoder
def test_it_is_told_to_be_fetchable_where_it_is_not_here(name, nowhere):
    found = encoder_files.availability(HUB[name])
    assert (found.reach, found.place) == (Reach.FETCHABLE, "hub")
    assert f"xfer prefetch --encoder {name}" in found.why
    row = next(row for row in encoder_rows() if row["name"] == name)
    assert (row["available"], row["reach"], row["source"]) == (False, "fetchable", HUB[name].path)
    assert not catalog.encoder_folder(HUB[name]).exists()


@every_encoder
def test_a_pinned_one_can_be_planned_with_before_it_is_here(name, nowhere):
    encoder = HUB[name]
    if "**not pinned**" in told(encoder):
        with pytest.raises(CheckpointError, match="newest of .* not known here; Fetch it with"):
            encoder_hash(encoder)
        return
    assert encoder_hash(encoder) != tokenizer_hash(encoder)


def test_no_two_are_the_same_model(nowhere):
    pinned = [one for one in HUB.values() if len(one.revision) == 40]
    assert len({encoder_hash(one) for one in pinned}) == len(pinned)
