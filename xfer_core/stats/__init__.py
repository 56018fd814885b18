"""Statistics as pure functions of arrays: gains and how sure they are, latency, frontiers."""

from xfer_core.stats.correction import benjamini_hochberg
from xfer_core.stats.frontier import pareto_frontier
from xfer_core.stats.gain import (
    GainInterval,
    Sources,
    gain_interval,
    influences,
    intervals,
    paired_gain,
    sources_of,
)
from xfer_core.stats.samples import mean_interval, median_interval, percentiles

__all__ = [
    "GainInterval",
    "Sources",
    "benjamini_hochberg",
    "gain_interval",
    "influences",
    "intervals",
    "mean_interval",
    "median_interval",
    "paired_gain",
    "pareto_frontier",
    "percentiles",
    "sources_of",
]
