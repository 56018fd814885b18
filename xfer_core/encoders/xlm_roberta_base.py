"""xlm-roberta-base: XLM-R base (Conneau et al. 2020), 100 languages."""

from __future__ import annotations

from xfer_core.domain.encoder import Encoder, Origin

XLM_ROBERTA_BASE = Encoder(
    name="xlm-roberta-base",
    title="XLM-R base",
    catalog="paper",
    path="FacebookAI/xlm-roberta-base",
    revision="e73636d4f797dec63c3081bb6ed5c7b0bb3f2089",
    parameters=277_453_056,
    layers=12,
    hidden_size=768,
    heads=12,
    retrieval_layer=8,
    licence="MIT",
    origin=Origin.HUB,
)
