"""mini-l-aligned: the largest mini XLM-R, pretrained as mini-s-aligned."""

from __future__ import annotations

from xfer_core.domain.encoder import Encoder

MINI_L_ALIGNED = Encoder(
    name="mini-l-aligned",
    title="mini XLM-R L, aligned",
    catalog="mini",
    path="mini-l-aligned",
    revision="1",
    parameters=6_853_888,
    layers=6,
    hidden_size=256,
    heads=8,
    retrieval_layer=4,
    tokenizer="tokenizer",
)
