"""xlm-v-base: XLM-V (Liang et al. 2023), XLM-R with a vocabulary of 900,000 pieces.

The main branch has pickled weights only; the pinned commit is the hub's own conversion to
safetensors.
"""

from __future__ import annotations

from xfer_core.domain.encoder import Encoder, Origin

XLM_V_BASE = Encoder(
    name="xlm-v-base",
    title="XLM-V base",
    catalog="paper",
    path="facebook/xlm-v-base",
    revision="643a987aa713ecd3c9a26a801fc715aa7f56b409",
    parameters=777_902_592,
    layers=12,
    hidden_size=768,
    heads=12,
    retrieval_layer=8,
    licence="MIT",
    origin=Origin.HUB,
)
