"""Which weights are learned: all of them, or low-rank additions that are merged at the end."""

from __future__ import annotations

from typing import Any

from torch import nn
from transformers import PreTrainedModel

from xfer_core.domain.errors import StageFailed
from xfer_core.specification import TrainingSettings

_PLACES_OF_LAYERS = ("encoder.layer", "encoder.layers", "layers", "transformer.layer", "h")
"""BERT, XLM-R and DeBERTa; encoders of speech and text; ModernBERT and Llama; DistilBERT; GPT-2."""


def prepared(encoder: PreTrainedModel, settings: TrainingSettings) -> Any:
    """The encoder as it is trained; with LoRA only the additions learn.

    Raises:
        StageFailed: more frozen layers than there are, or an architecture without a list of them.
    """
    _freeze(encoder, settings.frozen_layers)
    if settings.gradient_checkpointing:
        encoder.gradient_checkpointing_enable()
        encoder.enable_input_require_grads()
    if settings.tuning == "full":
        return encoder
    from peft import LoraConfig, get_peft_model  # takes a second: only those who ask wait

    return get_peft_model(
        encoder,
        LoraConfig(
            r=settings.lora_rank,
            lora_alpha=settings.lora_alpha,
            lora_dropout=0.0,
            target_modules="all-linear",
        ),
    )


def _freeze(encoder: PreTrainedModel, count: int) -> None:
    if not count:
        return
    known = layers(encoder)
    if known is None or count > len(known) + 1:
        there = "no list of layers" if known is None else f"the embeddings and {len(known)} layers"
        raise StageFailed(
            f"Expected frozen_layers to fit {type(encoder).__name__}, which has {there}; got "
            f"{count}. Set fewer, or 0."
        )
    embeddings = getattr(encoder, "embeddings", encoder.get_input_embeddings())
    for part in (embeddings, *_relative(encoder), *known[: count - 1]):
        part.requires_grad_(False)


def layers(encoder: PreTrainedModel) -> nn.ModuleList | None:
    """An encoder's layers from below, wherever its architecture keeps them; None if nowhere."""
    for place in _PLACES_OF_LAYERS:
        try:
            found = encoder.get_submodule(place)
        except AttributeError:
            continue
        if isinstance(found, nn.ModuleList):
            return found
    return None


def _relative(encoder: PreTrainedModel) -> list[nn.Module]:
    """Embeddings of distances, which DeBERTa keeps among its layers and all of them share."""
    found = getattr(getattr(encoder, "encoder", None), "rel_embeddings", None)
    return [found] if isinstance(found, nn.Module) else []


def merged(encoder: Any) -> PreTrainedModel:
    """A plain encoder again, with what was learned in its weights."""
    if isinstance(encoder, PreTrainedModel):
        return encoder
    plain: PreTrainedModel = encoder.merge_and_unload()
    return plain
