"""mmbert-base: mmBERT (Marone et al. 2025), a multilingual ModernBERT.

The main branch has pickled weights only, so the revision is the hub's own conversion to
safetensors (pull request 3). That name is **not pinned**: what it stands for could change, and
the key of a stage holds the commit that was fetched.
"""

from __future__ import annotations

from xfer_core.domain.encoder import Encoder, Origin

MMBERT_BASE = Encoder(
    name="mmbert-base",
    title="mmBERT base",
    catalog="paper",
    path="jhu-clsp/mmBERT-base",
    revision="refs/pr/3",
    parameters=306_939_648,
    layers=22,
    hidden_size=768,
    heads=12,
    retrieval_layer=15,
    licence="MIT",
    origin=Origin.HUB,
)
