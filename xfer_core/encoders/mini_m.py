"""mini-m: the middle mini XLM-R, pretrained by masked and translation language modelling."""

from __future__ import annotations

from xfer_core.domain.encoder import Encoder

MINI_M = Encoder(
    name="mini-m",
    title="mini XLM-R M",
    catalog="mini",
    path="mini-m",
    revision="1",
    parameters=3_365_952,
    layers=4,
    hidden_size=192,
    heads=6,
    retrieval_layer=3,
    tokenizer="tokenizer",
)
