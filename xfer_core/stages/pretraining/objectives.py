"""What an encoder is asked in pretraining: hidden words, translations, changed words."""

from __future__ import annotations

import torch
from torch import nn
from transformers import XLMRobertaForMaskedLM

from xfer_core.stages import masked
from xfer_core.stages.kinds.base import mean_pooled
from xfer_core.stages.pretraining.items import (
    NOT_ASKED,
    DetectionBatch,
    MaskedBatch,
    PairBatch,
)

SPECIALS = 5
"""Ids below this are special tokens and are never hidden."""
MASK = 4
TEMPERATURE = 0.05


class Pretrained(nn.Module):
    """A masked language model with what the other objectives need."""

    def __init__(self, model: XLMRobertaForMaskedLM, pooled_layer: int) -> None:
        """``pooled_layer`` is the hidden state whose mean stands for a sentence."""
        super().__init__()
        self.model = model
        self.detector = nn.Linear(model.config.hidden_size, 1)
        self.pooled_layer = pooled_layer

    def hidden(self, batch: MaskedBatch, ids: torch.Tensor | None = None) -> torch.Tensor:
        """(items, tokens, width) of the last layer."""
        inputs = batch.ids if ids is None else ids
        return self.model.roberta(input_ids=inputs, attention_mask=batch.attention)[0]

    def sentences(self, batch: MaskedBatch) -> torch.Tensor:
        """(items, width) unit vectors."""
        states = self.model.roberta(
            input_ids=batch.ids, attention_mask=batch.attention, output_hidden_states=True
        ).hidden_states
        pooled = mean_pooled(states[self.pooled_layer], batch.attention)
        return nn.functional.normalize(pooled.float(), dim=-1)


def masked_loss(
    model: Pretrained, batch: MaskedBatch, generator: torch.Generator, share: float
) -> torch.Tensor:
    """Cross-entropy at the hidden tokens; logits are computed for those alone.

    On pairs this is translation language modelling (Conneau & Lample 2019,
    https://arxiv.org/abs/1901.07291).
    """
    inputs, chosen = hide(batch, generator, len(model.model.lm_head.bias), share)
    hidden = model.hidden(batch, inputs)
    logits = model.model.lm_head(hidden[chosen]).float()
    if not len(logits):  # a few short items: the mean over nothing is no number
        return logits.sum()
    return nn.functional.cross_entropy(logits, batch.ids[chosen])


def hide(
    batch: MaskedBatch, generator: torch.Generator, vocabulary: int, share: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Inputs with a share of the tokens hidden by the 80/10/10 rule, and which they are."""
    askable = batch.ids >= SPECIALS
    words = range(SPECIALS, vocabulary)
    return masked.hide(batch.ids, askable, MASK, words, generator, share)


def detection_loss(model: Pretrained, batch: DetectionBatch) -> torch.Tensor:
    """Which words of the second sentence were changed, and, at the first token, whether any was.

    Both are binary cross-entropies, changed words weighted threefold. Compare replaced-token
    detection (Clark et al. 2020, https://arxiv.org/abs/2003.10555); here the original stands
    beside it, in the same or another language.
    """
    hidden = model.hidden(batch)
    words = batch.changed[:, 1:] != NOT_ASKED
    found = model.detector(hidden[:, 1:][words]).squeeze(-1).float()
    differs = model.detector(hidden[:, 0]).squeeze(-1).float()
    entropy = nn.functional.binary_cross_entropy_with_logits
    weight = torch.tensor(3.0, device=found.device)
    told = batch.changed.float()
    return entropy(found, told[:, 1:][words], pos_weight=weight) + entropy(differs, told[:, 0])


def contrastive_loss(model: Pretrained, batch: PairBatch) -> torch.Tensor:
    """InfoNCE over the batch, in both directions (compare Chi et al. 2021, InfoXLM)."""
    similarity = model.sentences(batch.one) @ model.sentences(batch.other).T / TEMPERATURE
    own = torch.arange(len(similarity), device=similarity.device)
    entropy = nn.functional.cross_entropy
    return (entropy(similarity, own) + entropy(similarity.T, own)) / 2
