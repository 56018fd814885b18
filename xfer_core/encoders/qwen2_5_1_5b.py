"""qwen2.5-1.5b: a causal language model (Qwen team 2024), scored by log-likelihood."""

from __future__ import annotations

from xfer_core.domain.encoder import Encoder, Family, Origin

QWEN2_5_1_5B = Encoder(
    name="qwen2.5-1.5b",
    title="Qwen2.5 1.5B",
    catalog="paper",
    path="Qwen/Qwen2.5-1.5B",
    revision="8faed761d45a263340a0528343f099c05c9a4323",
    parameters=1_543_714_304,
    layers=28,
    hidden_size=1536,
    heads=12,
    retrieval_layer=19,
    licence="Apache-2.0",
    origin=Origin.HUB,
    family=Family.CAUSAL,
)
