"""xlm-roberta-large: XLM-R large (Conneau et al. 2020), the encoder of the study.

The retrieval layer is the study's own choice.
"""

from __future__ import annotations

from xfer_core.domain.encoder import Encoder, Origin

XLM_ROBERTA_LARGE = Encoder(
    name="xlm-roberta-large",
    title="XLM-R large",
    catalog="paper",
    path="FacebookAI/xlm-roberta-large",
    revision="c23d21b0620b635a76227c604d44e43a9f0ee389",
    parameters=558_840_832,
    layers=24,
    hidden_size=1024,
    heads=16,
    retrieval_layer=14,
    licence="MIT",
    origin=Origin.HUB,
)
