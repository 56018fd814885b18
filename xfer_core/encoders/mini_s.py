"""mini-s: the smallest mini XLM-R, pretrained by masked and translation language modelling."""

from __future__ import annotations

from xfer_core.domain.encoder import Encoder

MINI_S = Encoder(
    name="mini-s",
    title="mini XLM-R S",
    catalog="mini",
    path="mini-s",
    revision="1",
    parameters=1_652_480,
    layers=3,
    hidden_size=128,
    heads=4,
    retrieval_layer=2,
    tokenizer="tokenizer",
)
