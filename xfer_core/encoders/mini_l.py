"""mini-l: the largest mini XLM-R, pretrained by masked and translation language modelling."""

from __future__ import annotations

from xfer_core.domain.encoder import Encoder

MINI_L = Encoder(
    name="mini-l",
    title="mini XLM-R L",
    catalog="mini",
    path="mini-l",
    revision="1",
    parameters=6_853_888,
    layers=6,
    hidden_size=256,
    heads=8,
    retrieval_layer=4,
    tokenizer="tokenizer",
)
