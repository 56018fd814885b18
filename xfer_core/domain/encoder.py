"""Encoders: pretrained multilingual models."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Family(StrEnum):
    """How a model answers: through a head on its states, or by the likelihood of a text."""

    ENCODER = "encoder"
    CAUSAL = "causal"


class Origin(StrEnum):
    """Where a model's files come from."""

    SHIPPED = "shipped"
    """``path`` is a folder below data/encoders."""
    HUB = "hub"
    """``path`` is the id of a repository on the Hugging Face hub."""
    FOLDER = "folder"
    """``path`` is a folder of the user's."""


@dataclass(frozen=True)
class Encoder:
    """A pretrained model; ``origin`` says what ``path`` is."""

    name: str
    title: str
    catalog: str
    path: str
    revision: str
    parameters: int
    layers: int
    hidden_size: int
    heads: int = 0
    """Attention heads; needed only where the program pretrains the encoder itself."""
    retrieval_layer: int = 0
    """Hidden state that sentence retrieval pools, chosen on dev; 0 is the embedding layer."""
    tokenizer: str = ""
    """Folder below data/encoders of the vocabulary that pretraining starts from."""
    licence: str = "Apache-2.0"
    origin: Origin = Origin.SHIPPED
    family: Family = Family.ENCODER
