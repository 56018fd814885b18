"""mdeberta-v3-base: mDeBERTa-v3 (He et al. 2021).

The main branch has pickled weights only; the pinned commit is the hub's own conversion to
safetensors (pull request 5). Its vocabulary is a SentencePiece model, which needs the package
sentencepiece.
"""

from __future__ import annotations

from xfer_core.domain.encoder import Encoder, Origin

MDEBERTA_V3_BASE = Encoder(
    name="mdeberta-v3-base",
    title="mDeBERTa-v3 base",
    catalog="paper",
    path="microsoft/mdeberta-v3-base",
    revision="faf660b811036d7b6dfc53aacfe5281447d4e2c6",
    parameters=278_218_752,
    layers=12,
    hidden_size=768,
    heads=12,
    retrieval_layer=8,
    licence="MIT",
    origin=Origin.HUB,
)
