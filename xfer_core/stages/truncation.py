"""An encoder with its first layers alone: the cheapest way to make it faster."""

from __future__ import annotations

import copy

from torch import nn
from transformers import PreTrainedModel

from xfer_core.domain.errors import StageFailed


def truncated(encoder: PreTrainedModel, layers: int | None) -> PreTrainedModel:
    """The encoder up to a layer; None keeps all. Its weights are shared, not copied.

    Its last hidden state is that of the layer (behind a closing norm, where the architecture has
    one); with 0 layers it is the embeddings.

    Raises:
        StageFailed: it has fewer layers, or they are not found.
    """
    has = encoder.config.num_hidden_layers
    if layers is None or layers == has:
        return encoder
    if layers > has:
        raise StageFailed(
            f"Expected at most {has} layers, which is what the encoder has; got {layers}. Lower "
            "latency.layers."
        )
    shared: dict[int, object] = {id(one): one for one in encoder.parameters()}
    kept: PreTrainedModel = copy.deepcopy(encoder, shared)
    parent, name = _stack(kept, has)
    setattr(parent, name, getattr(parent, name)[:layers])
    kept.config.num_hidden_layers = layers
    return kept


def _stack(encoder: PreTrainedModel, layers: int) -> tuple[nn.Module, str]:
    """The module that holds the list of layers, and the list's name."""
    for parent in encoder.modules():
        for name, child in parent.named_children():
            if isinstance(child, nn.ModuleList) and len(child) == layers:
                return parent, name
    raise StageFailed(
        f"Expected a list of {layers} layers in {type(encoder).__name__}; there is none, so it "
        "cannot be cut short. Leave out latency.layers."
    )
