"""An encoder with the head of a task, or with the heads of several."""

from __future__ import annotations

import torch
from torch import nn
from transformers import PreTrainedModel

from xfer_core.domain.errors import StageFailed
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
        self._separator = separator(encoder)
        self._longest = longest(encoder)

    def hidden(self, batch: Batch) -> torch.Tensor:
        """(items, tokens, width) of the last layer.

        Raises:
            StageFailed: the items are longer than the encoder can read.
        """
        hidden: torch.Tensor = self.encoder(**self.inputs(batch)).last_hidden_state
        return hidden

    def states(self, batch: Batch) -> tuple[torch.Tensor, ...]:
        """(items, tokens, width) of each layer, the embedding layer being the first.

        Raises:
            StageFailed: the items are longer than the encoder can read.
        """
        found = self.encoder(**self.inputs(batch), output_hidden_states=True)
        return tuple(found.hidden_states)

    def inputs(self, batch: Batch) -> dict[str, torch.Tensor]:
        """What the encoder's architecture takes, (items, tokens) each."""
        length = batch.ids.shape[1]
        if self._longest is not None and length > self._longest:
            raise StageFailed(
                f"Expected at most {self._longest} tokens, which is what the encoder reads; got "
                f"{length}. Lower max_length (--set target.max_length={self._longest}, the same "
                "for intermediate and evaluation)."
            )
        inputs = {"input_ids": batch.ids, "attention_mask": batch.attention}
        if self._separator is not None:
            inputs["token_type_ids"] = segments(batch.ids, batch.attention, self._separator)
        return inputs

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.parameters()).device


def padding(encoder: PreTrainedModel) -> int:
    """Id of an encoder's padding token; XLM-R counts positions by it."""
    found = encoder.config.pad_token_id
    return PAD if found is None else int(found)


def separator(encoder: PreTrainedModel) -> int | None:
    """Id of the token between two sentences, for encoders that tell them apart by segments.

    BERT does; XLM-R has one segment, mDeBERTa and ModernBERT have none.
    """
    if getattr(encoder.config, "type_vocab_size", 0) < 2:
        return None
    found = getattr(encoder.config, "sep_token_id", None)
    return None if found is None else int(found)


def segments(ids: torch.Tensor, attention: torch.Tensor, separator: int) -> torch.Tensor:
    """0 up to the first separator, 1 behind it, 0 again for padding; the shape of ``ids``."""
    ends = (ids == separator).long()
    behind = (ends.cumsum(-1) - ends).clamp(max=1)
    return behind * attention


def longest(encoder: PreTrainedModel) -> int | None:
    """Tokens that an encoder with learned positions can read; None where there is no such end."""
    embeddings = getattr(encoder, "embeddings", None)
    table = getattr(embeddings, "position_embeddings", None)
    if not isinstance(table, nn.Embedding):
        return None
    before = 0 if table.padding_idx is None else table.padding_idx + 1
    return table.num_embeddings - before
