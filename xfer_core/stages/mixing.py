"""How often each task of a mixture is drawn, and which one a step draws."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from xfer_core.specification import IntermediateSettings


def shares(sizes: Mapping[str, int], settings: IntermediateSettings) -> dict[str, float]:
    """Probability of each task, by name; they sum to 1.

    ``sizes`` are training examples. "size" is proportional to them (the rule of Phang et al.
    2020), "uniform" draws all alike, "temperature" takes size ** (1 / temperature) (as mBERT and
    XLM-R smooth their languages), "weights" the plan's. A cap bounds a size from above.
    """
    if settings.mixing == "weights" and settings.weights:
        weights = {name: settings.weights[name] for name in sizes}
    elif settings.mixing == "uniform":
        weights = dict.fromkeys(sizes, 1.0)
    else:
        power = 1 / settings.temperature if settings.mixing == "temperature" else 1.0
        cap = settings.size_cap or max(sizes.values())
        weights = {name: min(size, cap) ** power for name, size in sizes.items()}
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()}


def drawn(shares: list[float], seed: int, step: int) -> int:
    """Number of the source that a step draws; a function of (seed, step), so resume needs none."""
    chance = np.random.default_rng([seed, step]).random() * sum(shares)
    return min(int(np.searchsorted(np.cumsum(shares), chance, side="right")), len(shares) - 1)
