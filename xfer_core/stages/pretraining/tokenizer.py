"""The mini encoders' vocabulary: byte-pair encoding over the pretraining text.

Words are split at blanks and punctuation, Han characters and hiragana stand alone, and pieces
inside a word carry "##". So a word has the same pieces in running text and in a list of words,
with or without blanks around it, which tagging needs.

Run ``python -m xfer_core.stages.pretraining.tokenizer data/encoders/tokenizer``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from tokenizers import (
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from transformers import PreTrainedTokenizerFast

from xfer_core.stages.pretraining.text import parallel_lines

VOCABULARY = 8000
LINES, SEED = 20_000, 0

SPECIALS = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
"""In this order the ids of the first four equal XLM-R's."""
PREFIX = "##"


def train_tokenizer(texts: Iterable[str], vocabulary: int) -> PreTrainedTokenizerFast:
    """A BPE tokenizer with XLM-R's special tokens and pair template."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", continuing_subword_prefix=PREFIX))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.WhitespaceSplit(),
            pre_tokenizers.Punctuation(),
            pre_tokenizers.Split(Regex(r"[\p{Han}\p{Hiragana}]"), "isolated"),
        ]
    )
    tokenizer.decoder = decoders.WordPiece(prefix=PREFIX)
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=SPECIALS,
        continuing_subword_prefix=PREFIX,
        min_frequency=2,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", 0), ("</s>", 2)],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<s>",
        cls_token="<s>",
        eos_token="</s>",
        sep_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        mask_token="<mask>",
        model_input_names=["input_ids", "attention_mask"],
    )


def main(folder: Path) -> None:
    """Train the vocabulary that all mini encoders share."""
    texts = (text for line in parallel_lines(LINES, SEED) for text in line.texts.values())
    train_tokenizer(texts, VOCABULARY).save_pretrained(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
