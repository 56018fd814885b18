"""Encoders: pretrained multilingual models."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Encoder:
    """A pretrained encoder; ``path`` is a folder below data/encoders or a hub id."""

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
    local: bool = True
    """Whether ``path`` is shipped with the program (else it is a hub id)."""
