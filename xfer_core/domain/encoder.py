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
    licence: str = "Apache-2.0"
    local: bool = True
    """Whether ``path`` is shipped with the program (else it is a hub id)."""
