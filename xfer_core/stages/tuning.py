"""Which weights are learned: all of them, or low-rank additions that are merged at the end."""

from __future__ import annotations

from typing import Any

from transformers import PreTrainedModel

from xfer_core.specification import TrainingSettings


def prepared(encoder: PreTrainedModel, settings: TrainingSettings) -> Any:
    """The encoder as it is trained; with LoRA only the additions learn."""
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


def merged(encoder: Any) -> PreTrainedModel:
    """A plain encoder again, with what was learned in its weights."""
    if isinstance(encoder, PreTrainedModel):
        return encoder
    plain: PreTrainedModel = encoder.merge_and_unload()
    return plain
