"""The encoders as flat rows: what each is, and whether its files are on this machine."""

from __future__ import annotations

from typing import Any

from xfer_core import catalog, encoder_files
from xfer_core.domain.encoder import Encoder
from xfer_core.domain.task import Reach


def encoder_rows() -> list[dict[str, Any]]:
    """One row per declared encoder, by name; opens no connection and reads no weights."""
    return [encoder_row(encoder) for encoder in catalog.encoders().values()]


def encoder_row(encoder: Encoder) -> dict[str, Any]:
    """An encoder's row; ``missing`` is a sentence, or null where the files are here."""
    found = encoder_files.availability(encoder)
    return {
        "name": encoder.name,
        "title": encoder.title,
        "catalog": encoder.catalog,
        "family": str(encoder.family),
        "parameters": encoder.parameters,
        "layers": encoder.layers,
        "hidden_size": encoder.hidden_size,
        "retrieval_layer": encoder.retrieval_layer,
        "source": encoder.path,
        "place": found.place,
        "revision": encoder.revision,
        "reach": str(found.reach),
        "available": found.reach is Reach.HERE,
        "missing": found.why or None,
        "licence": encoder.licence,
    }
