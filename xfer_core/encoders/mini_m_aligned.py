"""mini-m-aligned: the middle mini XLM-R, pretrained as mini-s-aligned."""

from __future__ import annotations

from xfer_core.domain.encoder import Encoder

MINI_M_ALIGNED = Encoder(
    name="mini-m-aligned",
    title="mini XLM-R M, aligned",
    catalog="mini",
    path="mini-m-aligned",
    revision="1",
    parameters=3_365_952,
    layers=4,
    hidden_size=192,
    heads=6,
    retrieval_layer=3,
    tokenizer="tokenizer",
)
