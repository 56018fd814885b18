"""Pretrains a mini encoder: masked and translation language modelling, changed-word detection.

Run ``python -m xfer_core.stages.pretraining --minutes 25 --out data/encoders/mini-3l``.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
import torch
from torch import nn
from transformers import PreTrainedTokenizerFast, XLMRobertaConfig, XLMRobertaForMaskedLM

from xfer_core.mini.languages import grammars
from xfer_core.stages.pretraining.start import cross_lingual_embeddings
from xfer_core.stages.pretraining.text import Line, parallel_lines
from xfer_core.stages.pretraining.tokenizer import train_tokenizer

MASKED_SHARE = 0.15
PAIR_SHARE = 0.75
"""Share of training items that are translation pairs; the rest are single sentences."""

POOL = 2048
"""Items sorted by length together."""

DETECTION_EVERY = 3
"""Every third batch asks which words of a second sentence differ from the first in meaning: the
translation, or the very sentence, with one word changed (compare replaced-token detection, Clark
et al. 2020, https://arxiv.org/abs/2003.10555). Without it small encoders learn to translate a
hidden word but not to compare two visible ones."""
SAME_LANGUAGE_SHARE = 0.4
UNCHANGED_SHARE = 0.2

Sentence = list[int]


@dataclass(frozen=True)
class Tokens:
    """A line as token ids, by language: the utterance, and the altered one if there is one."""

    texts: list[Sentence]
    altered: list[Sentence] | None


Lines = list[Tokens]


def main() -> None:
    """Make text, tokenizer and start, train until the time is over, save encoder and card."""
    options = _options()
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    text = parallel_lines(options.lines, options.seed)
    if options.start:
        tokenizer = PreTrainedTokenizerFast.from_pretrained(options.start)
        model = XLMRobertaForMaskedLM.from_pretrained(options.start, dtype=torch.float32).train()
        lines = _encode(text, tokenizer)
    else:
        texts = (one for line in text for one in line.texts.values())
        tokenizer = train_tokenizer(texts, options.vocabulary)
        lines = _encode(text, tokenizer)
        model = _model(options, tokenizer, lines)
    print(f"{sum(p.numel() for p in model.parameters()):,} parameters", flush=True)
    figures = train(model, tokenizer, lines, options)
    save(model, tokenizer, options.out, {**vars(options), **figures})


def train(
    model: XLMRobertaForMaskedLM,
    tokenizer: PreTrainedTokenizerFast,
    lines: Lines,
    options: argparse.Namespace,
) -> dict[str, object]:
    """Train for ``options.minutes``; returns steps, tokens, seconds and the last mean loss."""
    detector = nn.Linear(model.config.hidden_size, 1)
    optimizer = torch.optim.AdamW(
        [*model.parameters(), *detector.parameters()],
        lr=options.rate,
        weight_decay=0.01,
        betas=(0.9, 0.98),
        fused=True,
    )
    rng, generator = random.Random(options.seed), torch.Generator().manual_seed(options.seed)
    started = last_save = time.monotonic()
    stream = batches(lines, tokenizer, rng, options.batch_tokens)
    pairs = detection_batches(lines, tokenizer, rng, options.batch_tokens)
    budget, step, tokens = options.minutes * 60, 0, 0
    means: dict[bool, float] = {}
    while (elapsed := time.monotonic() - started) < budget:
        _set_rate(optimizer, options.rate, step, elapsed / budget)
        detects = step % DETECTION_EVERY == 0
        if detects:
            ids, attention, changed = next(pairs)
            loss = detection_loss(model, detector, ids, attention, changed)
        else:
            ids, attention = next(stream)
            inputs, chosen = mask(ids, attention, tokenizer, generator)
            loss = masked_loss(model, inputs, attention, ids, chosen)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step, tokens = step + 1, tokens + int(attention.sum())
        means[detects] = 0.98 * means.get(detects, loss.item()) + 0.02 * loss.item()
        if step % 100 == 0:
            print(f"{elapsed:6.0f}s step {step} tokens {tokens:,} loss {_shown(means)}", flush=True)
        if time.monotonic() - last_save > 240:
            save(
                model,
                tokenizer,
                options.out,
                {"unfinished": 1, "steps": step, "loss": _shown(means)},
            )
            last_save = time.monotonic()
    seconds = time.monotonic() - started
    return {"steps": step, "tokens": tokens, "seconds": round(seconds), "loss": _shown(means)}


def batches(
    lines: Lines, tokenizer: PreTrainedTokenizerFast, rng: random.Random, tokens: int
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Endless (token ids, attention mask) batches of about ``tokens`` tokens, padding included.

    Items are translation pairs and single sentences; each pool of them is sorted by length, so
    that little is padded, and its batches come in random order.
    """
    while True:
        pool = sorted((_item(lines, rng) for _ in range(POOL)), key=len)
        cuts, start = [], 0
        for stop in range(1, POOL + 1):
            if stop == POOL or (stop + 1 - start) * len(pool[stop]) > tokens:
                cuts.append((start, stop))
                start = stop
        rng.shuffle(cuts)
        for first, last in cuts:
            yield _padded(pool[first:last], tokenizer.pad_token_id)


def detection_batches(
    lines: Lines, tokenizer: PreTrainedTokenizerFast, rng: random.Random, tokens: int
) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """Endless (ids, attention, changed): -100 for the first sentence, else 1 if changed."""
    comparable = [line for line in lines if line.altered]
    while True:
        pool = sorted((_pair(comparable, rng) for _ in range(POOL)), key=lambda pair: len(pair[0]))
        size = max(1, tokens * POOL // sum(len(ids) for ids, _ in pool))
        starts = list(range(0, POOL, size))
        rng.shuffle(starts)
        for start in starts:
            part = pool[start : start + size]
            ids, attention = _padded([ids for ids, _ in part], tokenizer.pad_token_id)
            yield ids, attention, _padded([marks for _, marks in part], -100)[0]


def _pair(lines: Lines, rng: random.Random) -> tuple[list[int], list[int]]:
    line = rng.choice(lines)
    one, other = rng.sample(range(len(line.texts)), 2)
    other = one if rng.random() < SAME_LANGUAGE_SHARE else other
    right = line.texts[other]
    told = right if rng.random() < UNCHANGED_SHARE else (line.altered or line.texts)[other]
    ids = [0, *line.texts[one], 2, 2, *told, 2]
    before = len(line.texts[one]) + 3
    return ids, [-100] * before + _changes(right, told) + [-100]


def _changes(right: Sentence, told: Sentence) -> list[int]:
    marks = [0] * len(told)
    for kind, _, _, start, stop in SequenceMatcher(a=right, b=told, autojunk=False).get_opcodes():
        if kind != "equal":
            marks[start:stop] = [1] * (stop - start)
    return marks


def detection_loss(
    model: XLMRobertaForMaskedLM,
    detector: nn.Module,
    ids: torch.Tensor,
    attention: torch.Tensor,
    changed: torch.Tensor,
) -> torch.Tensor:
    """Binary cross-entropy over the second sentence's tokens, changed ones weighted threefold."""
    hidden = model.roberta(input_ids=ids, attention_mask=attention).last_hidden_state
    asked = changed != -100
    answers = detector(hidden[asked]).squeeze(-1)
    return nn.functional.binary_cross_entropy_with_logits(
        answers, changed[asked].float(), pos_weight=torch.tensor(3.0)
    )


def _shown(means: dict[bool, float]) -> str:
    return f"masked {means.get(False, 0.0):.3f}, detection {means.get(True, 0.0):.3f}"


def _item(lines: Lines, rng: random.Random) -> list[int]:
    one, other = rng.sample(rng.choice(lines).texts, 2)
    return [0, *one, 2, 2, *other, 2] if rng.random() < PAIR_SHARE else [0, *one, 2]


def _padded(items: list[list[int]], pad: int) -> tuple[torch.Tensor, torch.Tensor]:
    ids = np.full((len(items), max(map(len, items))), pad, dtype=np.int64)
    for row, item in zip(ids, items, strict=True):
        row[: len(item)] = item
    tensor = torch.from_numpy(ids)
    return tensor, (tensor != pad).long()


def mask(
    ids: torch.Tensor,
    attention: torch.Tensor,
    tokenizer: PreTrainedTokenizerFast,
    generator: torch.Generator,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Inputs with 15% of the tokens hidden by the 80/10/10 rule, and which they are."""
    draw = torch.rand(ids.shape, generator=generator)
    chosen = (draw < MASKED_SHARE) & (ids >= len(tokenizer.all_special_ids)) & attention.bool()
    how = torch.rand(ids.shape, generator=generator)
    noise = torch.randint(5, len(tokenizer), ids.shape, generator=generator)
    inputs = torch.where(chosen & (how < 0.8), tokenizer.mask_token_id, ids)
    return torch.where(chosen & (how >= 0.9), noise, inputs), chosen


def masked_loss(
    model: XLMRobertaForMaskedLM,
    inputs: torch.Tensor,
    attention: torch.Tensor,
    ids: torch.Tensor,
    chosen: torch.Tensor,
) -> torch.Tensor:
    """Cross-entropy at the hidden tokens; logits are computed for those alone."""
    hidden = model.roberta(input_ids=inputs, attention_mask=attention).last_hidden_state
    return nn.functional.cross_entropy(model.lm_head(hidden[chosen]), ids[chosen])


def save(
    model: XLMRobertaForMaskedLM,
    tokenizer: PreTrainedTokenizerFast,
    folder: Path,
    figures: dict[str, object],
) -> None:
    """Model as float16 safetensors, tokenizer, and the figures for the model card.

    ``folder`` gets the encoder that is shipped; ``folder/with-head`` the model to go on with.
    """
    for part, place in ((model.roberta, folder), (model, folder / "with-head")):
        place.mkdir(parents=True, exist_ok=True)
        halves = {name: value.half() for name, value in part.state_dict().items()}
        part.save_pretrained(place, state_dict=halves)
        tokenizer.save_pretrained(place)
    plain = {
        name: value if isinstance(value, int | float) else str(value)
        for name, value in figures.items()
    }
    (folder / "training.json").write_text(json.dumps(plain, indent=1) + "\n")


def _encode(text: list[Line], tokenizer: PreTrainedTokenizerFast) -> Lines:
    codes = list(grammars())
    columns = [_ids(tokenizer, [line.texts[code] for line in text]) for code in codes]
    changed = [number for number, line in enumerate(text) if line.altered]
    others = [
        _ids(tokenizer, [(text[number].altered or {})[code] for number in changed])
        for code in codes
    ]
    altered = dict(zip(changed, map(list, zip(*others, strict=True)), strict=True))
    rows = map(list, zip(*columns, strict=True))
    return [Tokens(row, altered.get(number)) for number, row in enumerate(rows)]


def _ids(tokenizer: PreTrainedTokenizerFast, texts: list[str]) -> list[Sentence]:
    return list(tokenizer(texts, add_special_tokens=False)["input_ids"])


def _model(
    options: argparse.Namespace, tokenizer: PreTrainedTokenizerFast, lines: Lines
) -> XLMRobertaForMaskedLM:
    config = XLMRobertaConfig(
        vocab_size=len(tokenizer),
        hidden_size=options.width,
        num_hidden_layers=options.layers,
        num_attention_heads=options.heads,
        intermediate_size=4 * options.width,
        max_position_embeddings=160,
        hidden_dropout_prob=0.0,  # the text is endless: nothing to overfit
        attention_probs_dropout_prob=0.0,
        type_vocab_size=1,
        pad_token_id=1,
        bos_token_id=0,
        eos_token_id=2,
    )
    model = XLMRobertaForMaskedLM(config)
    start = cross_lingual_embeddings(
        [line.texts for line in lines], len(tokenizer), options.width, options.seed
    )
    with torch.no_grad():
        embeddings = model.roberta.embeddings.word_embeddings.weight
        embeddings.copy_(torch.from_numpy(start))
        embeddings[1].zero_()
    return model.train()


def _set_rate(optimizer: torch.optim.Optimizer, rate: float, step: int, share: float) -> None:
    """Warm up over 300 steps, then fall to zero along a cosine of the time used."""
    factor = min(1.0, (step + 1) / 300) * 0.5 * (1 + np.cos(np.pi * min(share, 1.0)))
    for group in optimizer.param_groups:
        group["lr"] = rate * factor


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="go on with this model, head included")
    parser.add_argument("--minutes", type=float, default=25)
    parser.add_argument("--layers", type=int, default=3)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--heads", type=int, default=4)
    parser.add_argument("--vocabulary", type=int, default=6000)
    parser.add_argument("--lines", type=int, default=40_000)
    parser.add_argument("--batch-tokens", type=int, default=2048)
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
