"""mini-3l: a three-layer XLM-R, pretrained by this project on the mini world's parallel text."""

from __future__ import annotations

from xfer_core.domain.encoder import Encoder

MINI_3L = Encoder(
    name="mini-3l",
    title="mini XLM-R, 3 layers",
    catalog="mini",
    path="mini-3l",
    revision="2",
    parameters=1_383_680,
    layers=3,
    hidden_size=128,
)
