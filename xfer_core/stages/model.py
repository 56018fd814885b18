"""An encoder with the head of a task, or with the heads of several."""

from __future__ import annotations

import torch
from torch import nn
from transformers import PreTrainedModel

from xfer_core.stages.batches import Batch

PAD = 1
"""Id of the padding token where an encoder's configuration names none."""


class Model(nn.Module):
    """An encoder and what stands on it."""

    def __init__(self, encoder: PreTrainedModel, head: nn.Module) -> None:
        """Both parts stay reachable: only the encoder is carried on."""
        super().__init__()
        self.encoder = encoder
        self.head = head

    def hidden(self, batch: Batch) -> torch.Tensor:
        """(items, tokens, width) of the last layer."""
        outputs = self.encoder(input_ids=batch.ids, attention_mask=batch.attention)
        hidden: torch.Tensor = outputs.last_hidden_state
        return hidden

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.parameters()).device


def padding(encoder: PreTrainedModel) -> int:
    """Id of an encoder's padding token; XLM-R counts positions by it."""
    found = encoder.config.pad_token_id
    return PAD if found is None else int(found)
