"""mini-s-aligned: mini-s that also drew translations together and found changed words."""

from __future__ import annotations

from xfer_core.domain.encoder import Encoder

MINI_S_ALIGNED = Encoder(
    name="mini-s-aligned",
    title="mini XLM-R S, aligned",
    catalog="mini",
    path="mini-s-aligned",
    revision="1",
    parameters=1_652_480,
    layers=3,
    hidden_size=128,
    heads=4,
    retrieval_layer=2,
    tokenizer="tokenizer",
)
