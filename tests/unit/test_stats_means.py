from __future__ import annotations

import numpy as np
import pytest

from xfer_core import catalog
from xfer_core.stats.means import XTREME_GROUPS, common_means, xtreme_mean, xtreme_task_mean

NAN = float("nan")


def test_means_are_over_the_columns_that_all_rows_have() -> None:
    found = common_means([[1, 2, NAN], [3, 5, 100], [NAN, NAN, NAN]])
    assert found.means[:2].tolist() == [1.5, 4.0]
    assert np.isnan(found.means[2])
    assert found.k.tolist() == [2, 2, 0]
    assert (found.of, found.comparable) == (3, True)
    assert found.columns.tolist() == [True, True, False]


def test_without_a_common_column_each_row_has_its_own_mean_and_it_is_said() -> None:
    found = common_means([[1, NAN], [NAN, 3]])
    assert found.means.tolist() == [1, 3]
    assert found.k.tolist() == [1, 1]
    assert not found.comparable


def test_common_means_agree_with_brute_force() -> None:
    rng = np.random.default_rng(1)
    for _ in range(50):
        table = np.where(rng.random((4, 6)) < 0.2, NAN, rng.normal(size=(4, 6)))
        common = [at for at in range(6) if np.isfinite(table[:, at]).all()]
        if np.isfinite(table).any(axis=1).all() and common:
            expected = [sum(row[at] for at in common) / len(common) for row in table]
            assert common_means(table).means == pytest.approx(expected)


def test_nothing_measured_has_no_mean() -> None:
    found = common_means(np.full((2, 3), NAN))
    assert np.isnan(found.means).all()
    assert not found.comparable


def test_the_mean_of_a_task_counts_english_and_both_metrics() -> None:
    scores = {"exact match": {"en": 80.0, "de": 60.0}, "f1": {"en": 90.0, "de": 70.0}}
    assert xtreme_task_mean(scores) == 75.0  # (70 + 80) / 2
    assert xtreme_task_mean({"accuracy": {"en": 90.0, "de": 60.0, "sw": 30.0}}) == 60.0
    assert np.isnan(xtreme_task_mean({"accuracy": {}}))


TASKS = [name for group in XTREME_GROUPS.values() for name in group]
SCORES = dict(zip(TASKS, range(10, 91, 10), strict=True))


def test_the_overall_mean_is_over_tasks_and_needs_all_nine() -> None:
    overall, groups = xtreme_mean(SCORES)
    assert overall == 50.0  # (10 + 20 + ... + 90) / 9, not the mean of the groups' means
    assert groups == {
        "sentence pair": 15.0,
        "tagging": 35.0,
        "question answering": 60.0,
        "retrieval": 85.0,
    }
    without = {name: value for name, value in SCORES.items() if name != "bucc2018"}
    overall, groups = xtreme_mean(without)
    assert overall is None
    assert groups["retrieval"] is None
    assert groups["tagging"] == 35.0


def test_the_groups_name_tasks_of_the_catalogue() -> None:
    assert len(SCORES) == 9
    assert set(SCORES) <= set(catalog.tasks())
