"""bert-base-multilingual-cased: mBERT (Devlin et al. 2019), 104 languages."""

from __future__ import annotations

from xfer_core.domain.encoder import Encoder, Origin

BERT_BASE_MULTILINGUAL_CASED = Encoder(
    name="bert-base-multilingual-cased",
    title="mBERT",
    catalog="paper",
    path="google-bert/bert-base-multilingual-cased",
    revision="3f076fdb1ab68d5b2880cb87a0886f315b8146f8",
    parameters=177_262_848,
    layers=12,
    hidden_size=768,
    heads=12,
    retrieval_layer=8,
    licence="Apache-2.0",
    origin=Origin.HUB,
)
