"""mini-l-aligned: the deepest mini XLM-R, grown out of mini-m-aligned."""

from __future__ import annotations

from xfer_core.domain.encoder import Encoder

MINI_L_ALIGNED = Encoder(
    name="mini-l-aligned",
    title="mini XLM-R L, aligned",
    catalog="mini",
    path="mini-l-aligned",
    revision="1",
    parameters=5_145_408,
    layers=8,
    hidden_size=192,
    heads=6,
    retrieval_layer=5,
    tokenizer="tokenizer",
)
