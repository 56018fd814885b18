"""Our side of P6: a small decoder with random weights answers multiple-choice questions.

Runs in a forked process. What the weights say is noise; that both sides hear the same is the test.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import torch
from tokenizers.processors import TemplateProcessing
from transformers import AutoTokenizer, Qwen2Config, Qwen2ForCausalLM

from xfer_core import catalog
from xfer_core.domain.task import Row
from xfer_core.specification import EvaluationSettings
from xfer_core.stages import causal, checkpoints

VOCABULARY = "vocabulary"
"""Folder beside the weights: next to a decoder's configuration, the mini encoders' vocabulary would
be taken for that decoder's own kind."""


def make(folder: Path, layers: int) -> None:
    """Write a decoder of Qwen2's shape in small, with the mini encoders' vocabulary.

    Its tokenizer begins a text as a decoder's does, and does not end it: after an encoder's end
    token no answer follows, and lm-evaluation-harness would weigh the options behind one.
    """
    torch.manual_seed(1)
    tokenizer = AutoTokenizer.from_pretrained(
        catalog.ENCODER_FOLDER / "tokenizer", local_files_only=True
    )
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
        single="<s> $A", special_tokens=[("<s>", tokenizer.bos_token_id)]
    )
    tokenizer.save_pretrained(folder / VOCABULARY)
    config = Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=256,
        intermediate_size=768,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=2,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        initializer_range=0.1,  # so that options differ by more than rounding
    )
    Qwen2ForCausalLM(config).save_pretrained(folder)


def prompts(rows: list[Row]) -> list[dict[str, Any]]:
    """The questions as the other side reads them: the prompt, the letters, which is right."""
    return [
        {
            "prompt": causal.prompt(row, [], True),
            "letters": causal.options(row, True),
            "answer": row["answer"],
        }
        for row in rows
    ]


def choose(folder: Path, rows: list[Row], batch_tokens: int) -> dict[str, Any]:
    """Seconds from questions to answers, the model being loaded; which option each time."""
    torch.set_num_threads(1)
    model = checkpoints.load_causal(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder / VOCABULARY, local_files_only=True)
    settings = EvaluationSettings(batch_tokens=batch_tokens)
    scorer = causal.Scorer(model, tokenizer, settings)
    started = time.perf_counter()
    chosen = scorer.choose([(row, []) for row in rows])
    return {"seconds": time.perf_counter() - started, "chosen": chosen}
