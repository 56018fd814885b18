"""P6: MMLU items per second by log-likelihood; waits for a kind of model."""

from __future__ import annotations

from xfer_core.bench.figure import Figure, Found, NotMeasured, Part, Settings

MMLU = Part(
    "P6",
    "MMLU items/s, causal model by log-likelihood",
    "lm-evaluation-harness, same model, items and prompts",
    2.0,
)


def run(settings: Settings) -> Found:
    """Nothing to measure yet.

    Raises:
        NotMeasured: always.
    """
    raise NotMeasured("Xfer has no kind for causal models yet: encoders alone answer mini-mmlu.")


P6 = Figure("P6", (MMLU,), run)
