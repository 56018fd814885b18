"""Statistics as pure functions of arrays: gains and how sure they are, latency, frontiers.

``stats.languages`` (which languages profit) and ``stats.simulation`` (how good the intervals are)
are imported by name: they take longer to load. docs/statistics.md says which is for what.
"""

from xfer_core.stats.bootstrap import BootstrapGain, multi_bootstrap
from xfer_core.stats.correction import benjamini_hochberg
from xfer_core.stats.correlation import LogSlope, RankCorrelation, log_slope, rank_correlation
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
from xfer_core.stats.means import CommonMeans, common_means, xtreme_mean, xtreme_task_mean
from xfer_core.stats.power import (
    detectable_gain,
    example_variance,
    pooled_sd,
    power,
    seeds_needed,
)
from xfer_core.stats.ranking import Ranking, ranking
from xfer_core.stats.samples import mean_interval, median_interval, percentiles
from xfer_core.stats.significance import mcnemar, permutation_test, sign_flip_test

__all__ = [
    "BootstrapGain",
    "CommonMeans",
    "GainInterval",
    "LogSlope",
    "RankCorrelation",
    "Ranking",
    "Sources",
    "benjamini_hochberg",
    "common_means",
    "detectable_gain",
    "example_variance",
    "gain_interval",
    "influences",
    "intervals",
    "log_slope",
    "mcnemar",
    "mean_interval",
    "median_interval",
    "multi_bootstrap",
    "paired_gain",
    "pareto_frontier",
    "percentiles",
    "permutation_test",
    "pooled_sd",
    "power",
    "rank_correlation",
    "ranking",
    "seeds_needed",
    "sign_flip_test",
    "sources_of",
    "xtreme_mean",
    "xtreme_task_mean",
]
