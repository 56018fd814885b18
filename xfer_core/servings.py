"""Which ways to run a model a plan measures: what was asked for, less what cannot be done here."""

from __future__ import annotations

from collections.abc import Iterable

from xfer_core.domain.encoder import Encoder, Family
from xfer_core.domain.serving import PLAIN, Serving, lacking


def usable(asked: Iterable[Serving], encoder: Encoder) -> tuple[tuple[Serving, ...], list[str]]:
    """The ways that this machine and this encoder allow, and a sentence for each left out.

    A causal model answers by likelihood, which only torch computes. Where nothing is left, the
    model is run plainly.
    """
    if encoder.family is Family.CAUSAL:
        return (PLAIN,), []
    kept, warnings = [], []
    for one in asked:
        packages = lacking(one.back_end)
        if packages:
            warnings.append(
                f"{one.back_end} needs {' and '.join(packages)}, not installed here; it is left "
                "out (pip install -r requirements-backends.txt)."
            )
        elif one.layers is not None and one.layers >= encoder.layers:
            warnings.append(
                f"{encoder.name} has {encoder.layers} layers; the first {one.layers} are no "
                "shorter model, and are left out."
            )
        else:
            kept.append(one)
    return tuple(kept) or (PLAIN,), warnings
