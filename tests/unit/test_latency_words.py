"""The budget that a page of latencies opens with."""

from __future__ import annotations

import math

import pytest

from xfer_core.charts import latency_words


@pytest.mark.parametrize(
    ("median_ms", "usual"),
    [(1.5, 10), (10, 10), (11.6, 20), (84, 100), (101, 200), (7_500, 10_000), (math.nan, 10)],
)
def test_usual_budget_is_kept_by_half_of_the_models(median_ms: float, usual: float) -> None:
    assert latency_words.usual_budget(median_ms) == usual


def test_a_budget_of_the_address_wins() -> None:
    assert latency_words.as_budget("50", 20) == 50
    assert latency_words.as_budget("fast", 20) == 20
