"""Tiny random models of every architecture that the catalogue has, saved as repositories are.

Each function writes the configuration, safetensors and vocabulary of one model into a folder. The
vocabularies are trained on a few sentences, with the special tokens that the real ones have.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import (
    BertConfig,
    BertForPreTraining,
    DebertaV2Config,
    DebertaV2Model,
    LlamaConfig,
    LlamaForCausalLM,
    ModernBertConfig,
    ModernBertForMaskedLM,
    PreTrainedConfig,
    PreTrainedModel,
    Qwen2Config,
    Qwen2ForCausalLM,
    XLMRobertaConfig,
    XLMRobertaForMaskedLM,
)

TEXT = [
    "The doctor bought a red chair in the old town near the river.",
    "Der Arzt kaufte einen roten Stuhl in der alten Stadt am Fluss.",
    "Le docteur a acheté une chaise rouge dans la vieille ville.",
    "Доктор купил красный стул в старом городе у реки.",
    "الطبيب اشترى كرسيا أحمر في المدينة القديمة",
    "医生在河边的老城买了一把红色的椅子。",
    "Question: which animal sleeps in the garden? Answer: A, B, C or D.",
]
WIDTH, HEADS, LAYERS, WORDS = 32, 2, 3, 400
SIZES = {
    "hidden_size": WIDTH,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": HEADS,
    "intermediate_size": 2 * WIDTH,
}


def xlm_roberta(folder: Path) -> Path:
    """XLM-R as on the hub: a legacy tokenizer.json, and nothing that says how to read it."""
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=WORDS, special_tokens=[*special, "<mask>"], unk_token="<unk>"
    )
    tokenizer.train_from_iterator(TEXT, trainer)
    tokenizer.post_processor = _template("<s> $A </s>", "<s> $A </s> </s> $B </s>", tokenizer)
    _save_vocabulary(folder, tokenizer, {"model_max_length": 512})
    config = XLMRobertaConfig(
        **SIZES,
        vocab_size=tokenizer.get_vocab_size(),
        max_position_embeddings=514,
        type_vocab_size=1,
    )
    return _saved(folder, XLMRobertaForMaskedLM, config)


def bert(folder: Path) -> Path:
    """mBERT as on the hub: two segments, heads and pooler in its file, and vocab.txt beside."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.train_from_iterator(
        TEXT, trainers.WordPieceTrainer(vocab_size=WORDS, special_tokens=special)
    )
    tokenizer.post_processor = _template("[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1", tokenizer)
    _save_vocabulary(folder, tokenizer, {"do_lower_case": False, "model_max_length": 512})
    ids = tokenizer.get_vocab()
    words = sorted(ids, key=lambda word: ids[word])
    (folder / "vocab.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
    config = BertConfig(**SIZES, vocab_size=len(words), type_vocab_size=2)
    return _saved(folder, BertForPreTraining, config)


def deberta(folder: Path) -> Path:
    """mDeBERTa's settings: relative positions, no segments."""
    special = ["[PAD]", "[CLS]", "[SEP]", "[UNK]"]
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=WORDS, special_tokens=[*special, "[MASK]"], unk_token="[UNK]"
    )
    tokenizer.train_from_iterator(TEXT, trainer)
    tokenizer.post_processor = _template("[CLS] $A [SEP]", "[CLS] $A [SEP] $B [SEP]", tokenizer)
    _save_vocabulary(folder, tokenizer, {"do_lower_case": False, "vocab_type": "spm"})
    return _saved(folder, DebertaV2Model, deberta_config(tokenizer.get_vocab_size()))


def deberta_config(words: int, **sizes: int) -> DebertaV2Config:
    """As mDeBERTa-v3's own config.json says."""
    return DebertaV2Config(
        **(SIZES | sizes),
        vocab_size=words,
        type_vocab_size=0,
        relative_attention=True,
        position_buckets=256,
        max_relative_positions=-1,
        norm_rel_ebd="layer_norm",
        share_att_key=True,
        pos_att_type=["p2c", "c2p"],
        position_biased_input=False,
        max_position_embeddings=512,
        layer_norm_eps=1e-7,
    )


def modernbert(folder: Path) -> Path:
    """mmBERT's settings: local and global layers, a fast tokenizer that belongs to no model."""
    tokenizer = _bytes(["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"])
    tokenizer.post_processor = _template("<bos> $A <eos>", "<bos> $A <eos> $B <eos>", tokenizer)
    special = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": "<bos>",
        "cls_token": "<bos>",
        "eos_token": "<eos>",
        "sep_token": "<eos>",
        "pad_token": "<pad>",
        "mask_token": "<mask>",
        "unk_token": "<unk>",
    }
    _save_vocabulary(folder, tokenizer, special)
    config = ModernBertConfig(
        **SIZES,
        vocab_size=tokenizer.get_vocab_size(),
        pad_token_id=0,
        eos_token_id=1,
        bos_token_id=2,
        cls_token_id=1,
        sep_token_id=1,
        local_attention=16,
    )
    return _saved(folder, ModernBertForMaskedLM, config)


def qwen(folder: Path) -> Path:
    """A causal model with tied words."""
    tokenizer = _bytes(["<|endoftext|>"])
    named = {"tokenizer_class": "Qwen2Tokenizer", "eos_token": "<|endoftext|>"}
    _save_vocabulary(folder, tokenizer, {**named, "chat_template": "{{ messages[0].content }}"})
    words = tokenizer.get_vocab_size()
    config = Qwen2Config(**SIZES, vocab_size=words, num_key_value_heads=1, tie_word_embeddings=True)
    return _saved(folder, Qwen2ForCausalLM, config)


def llama(folder: Path, shard: str = "20KB") -> Path:
    """A causal model in several weights files with an index."""
    tokenizer = _bytes(["<s>", "</s>", "<unk>"])
    named = {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<s>", "eos_token": "</s>"}
    _save_vocabulary(folder, tokenizer, named)
    config = LlamaConfig(
        **SIZES, vocab_size=tokenizer.get_vocab_size(), num_key_value_heads=1, bos_token_id=0
    )
    return _saved(folder, LlamaForCausalLM, config, shard)


ENCODERS: dict[str, Callable[[Path], Path]] = {
    "xlm-roberta": xlm_roberta,
    "bert": bert,
    "deberta-v2": deberta,
    "modernbert": modernbert,
}
CAUSAL: dict[str, Callable[[Path], Path]] = {"qwen2": qwen, "llama": llama}


def _bytes(special: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=WORDS, special_tokens=special, initial_alphabet=alphabet
    )
    tokenizer.train_from_iterator(TEXT, trainer)
    return tokenizer


def _template(single: str, pair: str, tokenizer: Tokenizer) -> processors.TemplateProcessing:
    words = {word.split(":")[0] for word in f"{single} {pair}".split() if "$" not in word}
    return processors.TemplateProcessing(
        single=single,
        pair=pair,
        special_tokens=[(word, tokenizer.token_to_id(word)) for word in sorted(words)],
    )


def _save_vocabulary(folder: Path, tokenizer: Tokenizer, config: dict[str, object]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps(config))


def _saved(
    folder: Path, kind: type[PreTrainedModel], config: PreTrainedConfig, shard: str = "5GB"
) -> Path:
    torch.manual_seed(1)
    model = kind(config)
    with torch.no_grad():  # wide enough for every part to matter
        for weights in model.parameters():
            weights.add_(torch.randn_like(weights) * 0.05)
    model.save_pretrained(folder, max_shard_size=shard)
    return folder
