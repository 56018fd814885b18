"""qwen2.5-0.5b: a small causal language model (Qwen team 2024), scored by log-likelihood."""

from __future__ import annotations

from xfer_core.domain.encoder import Encoder, Family, Origin

QWEN2_5_0_5B = Encoder(
    name="qwen2.5-0.5b",
    title="Qwen2.5 0.5B",
    catalog="paper",
    path="Qwen/Qwen2.5-0.5B",
    revision="060db6499f32faf8b98477b0a26969ef7d8b9987",
    parameters=494_032_768,
    layers=24,
    hidden_size=896,
    heads=14,
    retrieval_layer=16,
    licence="Apache-2.0",
    origin=Origin.HUB,
    family=Family.CAUSAL,
)
