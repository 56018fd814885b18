"""A deeper encoder out of a shallower one: the layers in between begin as almost the identity.

What the shallower one has learned is kept, so that the deeper one needs few tokens more (compare
Gong et al. 2019, https://proceedings.mlr.press/v97/gong19a.html, who copy layers, and Chen et al.
2016, https://arxiv.org/abs/1511.05641, on starts that preserve the function).
"""

from __future__ import annotations

from typing import cast

import torch
from torch import nn
from transformers import PreTrainedModel
from transformers.models.xlm_roberta.modeling_xlm_roberta import XLMRobertaLayer


def deepen(encoder: PreTrainedModel, older: PreTrainedModel) -> None:
    """Give an XLM-R the weights of one of the same width with as many layers or fewer.

    The older layers are spread evenly, the first one first. A layer in between adds nothing, and
    its norms undo themselves but for the spread of a token's own mean and deviation.
    """
    state = older.state_dict()
    kept = {name: value for name, value in state.items() if not name.startswith("encoder.layer.")}
    encoder.load_state_dict(kept, strict=False)
    layers, before = _layers(encoder), _layers(older)
    places = {number * len(layers) // len(before): layer for number, layer in enumerate(before)}
    last = before[0]
    for number, layer in enumerate(layers):
        if number in places:
            last = places[number]
            layer.load_state_dict(last.state_dict())
        else:
            _pass_through(layer, last.output.LayerNorm)


def _layers(model: PreTrainedModel) -> list[XLMRobertaLayer]:
    return [
        cast(XLMRobertaLayer, layer) for layer in model.get_submodule("encoder.layer").children()
    ]


@torch.no_grad()
def _pass_through(layer: XLMRobertaLayer, norm: nn.LayerNorm) -> None:
    """Let a layer return its input, which came out of ``norm``."""
    mean = norm.bias.mean()
    deviation = (norm.weight.square().mean() + norm.bias.var(correction=0)).sqrt()
    for part in (layer.attention.output, layer.output):
        nn.init.zeros_(part.dense.weight)
        nn.init.zeros_(part.dense.bias)
        nn.init.constant_(part.LayerNorm.weight, float(deviation))
        nn.init.constant_(part.LayerNorm.bias, float(mean))
