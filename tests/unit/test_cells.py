from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy import stats as scipy_stats

import xfer_core.store
from xfer_core.stats import gain_interval
from xfer_core.store.cells import refresh

SCHEMA = Path(xfer_core.store.__file__).with_name("schema.sql")
GROUP = ("mini", "tiny", "quiz", "v1")
START = datetime(2026, 11, 1, tzinfo=UTC)


class Index:
    """An index in memory, filled by hand."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        self.connection.execute(SCHEMA.read_text())
        self.n_jobs = 0
        self.rows: dict[str, list[dict[str, Any]]] = {"jobs": [], "scores": [], "examples": []}

    def job(
        self,
        intermediate: str,
        seed: int,
        scores: dict[str, Sequence[float] | float | None],
        *,
        weights: Sequence[float] | None = None,
        attempt: int = 1,
        state: str = "succeeded",
        metric: str = "accuracy",
        variant: str = "v1",
        split: str = "test",
    ) -> None:
        """One evaluation: per language the numerators, or only a value (None: no examples)."""
        catalog, encoder, target, _ = GROUP
        self.n_jobs += 1
        at = START + timedelta(hours=self.n_jobs)
        job = {"job_id": f"e-{intermediate}-{seed}-{metric}-{variant}", "attempt": attempt}
        self.rows["jobs"].append({**job, "state": state})
        for seq, (language, each) in enumerate(scores.items()):
            kept = None if each is None or isinstance(each, float) else list(each)
            value = each
            if kept is not None:
                value = float(sum(kept) / sum(weights or [1.0] * len(kept)))
            key = {**job, "seq": seq}
            self.rows["scores"].append(
                key
                | {"catalog": catalog, "encoder": encoder, "intermediate": intermediate}
                | {"target": target, "language": language, "split": split, "metric": metric}
                | {"seed": seed, "variant": variant, "value": value, "recorded_at": at}
                | {"n_examples": len(kept or []), "source": "measured"}
            )
            self.rows["examples"].append({**key, "scores": kept, "weights": weights})

    def refreshed(self, *groups: tuple[str, str, str, str]) -> pd.DataFrame:
        for rows, table in zip(
            self.rows.values(), ("jobs", "scores", "example_scores"), strict=True
        ):
            if rows:
                kinds = self.connection.sql(f"SELECT * FROM {table} LIMIT 0").to_arrow_table()
                new = pa.Table.from_pylist(rows, kinds.schema)
                self.connection.register("new", new)
                self.connection.execute(f"INSERT OR REPLACE INTO {table} SELECT * FROM new")
                rows.clear()
        self.connection.execute("BEGIN")
        refresh(self.connection, set(groups or [GROUP]))
        self.connection.execute("COMMIT")
        return self.cells()

    def cells(self) -> pd.DataFrame:
        rows = self.connection.sql("SELECT * FROM cells ORDER BY ALL").to_arrow_table()
        table = rows.to_pandas()
        return table.set_index(["intermediate", "language"], drop=False).sort_index()


@pytest.fixture
def index() -> Index:
    return Index()


def half(n_right: int, n: int = 10) -> list[float]:
    return [1.0] * n_right + [0.0] * (n - n_right)


def test_gain_is_paired_by_seed_and_means_leave_english_out(index: Index) -> None:
    index.job("none", 1, {"en": half(8), "de": half(5), "tr": half(4)})
    index.job("none", 2, {"en": half(8), "de": half(6), "tr": half(4)})
    index.job("nli", 1, {"en": half(9), "de": half(7), "tr": half(4)})
    index.job("nli", 2, {"en": half(9), "de": half(7), "tr": half(6)})
    cells = index.refreshed()
    german = cells.loc[("nli", "de")]
    assert german["gain_points"] == pytest.approx(15.0)  # (20 + 10) / 2
    assert german["sd_points"] == pytest.approx(50**0.5)
    assert (german["score"], german["baseline"]) == pytest.approx((0.7, 0.55))
    zero_shot = cells.loc[("nli", "zero-shot")]
    assert zero_shot["gain_points"] == pytest.approx(12.5)  # seeds: (20 + 0) / 2, (10 + 20) / 2
    assert zero_shot["seed_scores"] == pytest.approx([0.55, 0.65])
    assert (zero_shot["n_languages"], zero_shot["n_examples"]) == (2, 20)
    everything = cells.loc[("nli", "all")]
    assert everything["gain_points"] == pytest.approx((30 / 3 + 40 / 3) / 2)
    assert cells.loc[("none", "zero-shot"), "score"] == pytest.approx(0.475)
    assert pd.isna(cells.loc[("none", "de"), ["gain_points", "ci_low", "p_value"]]).all()
    assert cells.loc[("none", "de"), "baseline"] == cells.loc[("none", "de"), "score"]


def test_interval_is_that_of_the_statistics(index: Index) -> None:
    rng = np.random.default_rng(1)
    score, baseline = rng.integers(0, 2, (2, 3, 40)).astype(float)
    for seed in range(3):
        index.job("nli", seed, {"de": score[seed].tolist()})
        index.job("none", seed, {"de": baseline[seed].tolist()})
    row = index.refreshed().loc[("nli", "de")]
    ones = np.ones((3, 40))
    expected = gain_interval((score, ones), (baseline, ones))
    assert row["gain_points"] == pytest.approx(float(expected.gain_points))
    assert (row["ci_low"], row["ci_high"], row["p_value"]) == pytest.approx(
        (float(expected.ci_low), float(expected.ci_high), float(expected.p_value))
    )


def test_interval_of_a_mean_over_parallel_languages_averages_their_examples(index: Index) -> None:
    rng = np.random.default_rng(2)
    score, baseline = rng.integers(0, 2, (2, 2, 2, 30)).astype(float)  # seed, language, example
    for seed in range(2):
        index.job("nli", seed, dict(zip(("de", "tr"), score[seed].tolist(), strict=True)))
        index.job("none", seed, dict(zip(("de", "tr"), baseline[seed].tolist(), strict=True)))
    row = index.refreshed().loc[("nli", "zero-shot")]
    ones = np.ones((2, 30))
    expected = gain_interval((score.mean(1), ones), (baseline.mean(1), ones))
    assert row["ci_low"] == pytest.approx(float(expected.ci_low))
    assert row["p_value"] == pytest.approx(float(expected.p_value))


def test_languages_of_unequal_size_count_as_independent(index: Index) -> None:
    rng = np.random.default_rng(3)
    sizes = {"de": 30, "tr": 50}
    right = {
        name: {code: rng.integers(0, 2, n).astype(float) for code, n in sizes.items()}
        for name in ("nli", "none")
    }
    for name, by_code in right.items():
        index.job(name, 1, {code: each.tolist() for code, each in by_code.items()})
    row = index.refreshed().loc[("nli", "zero-shot")]
    gains = {code: 100 * (right["nli"][code] - right["none"][code]) for code in sizes}
    variance = {code: gains[code].var(ddof=1) / n / 4 for code, n in sizes.items()}
    total = sum(variance.values())
    df = total**2 / sum(variance[code] ** 2 / (n - 1) for code, n in sizes.items())
    half_width = scipy_stats.t.ppf(0.975, df) * total**0.5
    assert row["gain_points"] - row["ci_low"] == pytest.approx(half_width)


def test_weights_make_a_ratio(index: Index) -> None:
    for seed in (1, 2):
        index.job("none", seed, {"de": [0.0, 2.0, 1.0]}, weights=[1.0, 2.0, 3.0], metric="f1")
        index.job("tag", seed, {"de": [1.0, 2.0, 1.0]}, weights=[1.0, 2.0, 3.0], metric="f1")
    row = index.refreshed().loc[("tag", "de")]
    assert row["gain_points"] == pytest.approx(100 / 6)
    assert row["ci_low"] < row["gain_points"] < row["ci_high"]


def test_only_seeds_of_both_sides_count(index: Index) -> None:
    for seed in (1, 2):
        index.job("none", seed, {"de": half(5)})
    for seed, right in ((2, 6), (3, 9)):
        index.job("nli", seed, {"de": half(right)})
    row = index.refreshed().loc[("nli", "de")]
    assert (row["n_seeds"], list(row["seeds"])) == (1, [2])
    assert row["gain_points"] == pytest.approx(10.0)
    assert pd.isna(row["sd_points"])
    assert pd.isna(row["p_value"])
    assert row["ci_low"] < 10 < row["ci_high"]


def test_without_baseline_there_is_a_score_but_no_gain(index: Index) -> None:
    index.job("nli", 1, {"en": half(9), "de": half(6)})
    cells = index.refreshed()
    row = cells.loc[("nli", "zero-shot")]
    assert (row["score"], row["n_seeds"]) == (pytest.approx(0.6), 1)
    assert pd.isna(row[["baseline", "gain_points", "ci_low", "p_value"]]).all()
    assert row["seed_baselines"] is None


def test_missing_values_are_never_averaged_in(index: Index) -> None:
    for seed in (1, 2):
        index.job("none", seed, {"de": half(5), "tr": half(5)})
        index.job("nli", seed, {"de": half(6), "tr": None if seed == 2 else float("nan")})
    cells = index.refreshed()
    assert ("nli", "tr") not in cells.index
    row = cells.loc[("nli", "zero-shot")]
    assert (row["gain_points"], row["n_languages"]) == (pytest.approx(10.0), 1)


def test_uneven_coverage_keeps_the_block_with_most_scores(index: Index) -> None:
    full = {"de": half(5), "tr": half(5), "fr": half(5)}
    for seed in (1, 2, 3):
        index.job("none", seed, full)
    for seed in (1, 2):
        index.job("nli", seed, full)
    index.job("nli", 3, {"de": half(9)})
    cells = index.refreshed()
    row = cells.loc[("nli", "zero-shot")]
    assert (row["n_languages"], list(row["seeds"])) == (3, [1, 2])
    assert list(cells.loc[("nli", "de"), "seeds"]) == [1, 2, 3]


def test_without_kept_examples_only_the_seeds_speak(index: Index) -> None:
    for seed, value in ((1, 0.6), (2, 0.7), (3, 0.8)):
        index.job("none", seed, {"de": 0.5})
        index.job("nli", seed, {"de": value})
    row = index.refreshed().loc[("nli", "de")]
    assert row["ci_high"] - row["gain_points"] == pytest.approx(4.302653 * 10 / 3**0.5)


@pytest.mark.parametrize(
    "other", [{"attempt": 2, "state": "failed"}, {"variant": "v2"}, {"split": "dev"}]
)
def test_other_attempts_variants_and_splits_do_not_mix(index: Index, other: dict[str, Any]) -> None:
    index.job("none", 1, {"de": half(5)})
    index.job("nli", 1, {"de": half(6)})
    index.refreshed()
    index.job("nli", 1 if "attempt" in other else 2, {"de": half(9)}, **other)
    row = index.refreshed().loc[("nli", "de")]
    assert row["gain_points"] == pytest.approx(10.0)


def test_a_newer_attempt_replaces_and_a_vanished_score_removes_the_row(index: Index) -> None:
    index.job("none", 1, {"de": half(5), "tr": half(5)})
    index.job("nli", 1, {"de": half(6), "tr": half(6)})
    index.refreshed()
    index.job("nli", 1, {"de": half(8)}, attempt=2)
    cells = index.refreshed()
    assert cells.loc[("nli", "de"), "gain_points"] == pytest.approx(30.0)
    assert ("nli", "tr") not in cells.index


def test_refreshing_again_or_in_one_go_changes_nothing(index: Index) -> None:
    at_once = Index()
    for each in (index, at_once):
        rng = np.random.default_rng(4)
        for name in ("none", "nli", "qa"):
            for seed in (3, 1, 2):
                each.job(name, seed, {"en": rng.integers(0, 2, 20), "de": rng.integers(0, 2, 20)})
                if each is index:
                    each.refreshed()
    first = index.refreshed()
    pd.testing.assert_frame_equal(first, index.refreshed(GROUP, ("mini", "tiny", "none", "v1")))
    pd.testing.assert_frame_equal(first, at_once.refreshed())


def test_an_unfinished_group_is_empty(index: Index) -> None:
    index.job("nli", 1, {"de": half(6)}, state="running")
    assert index.refreshed().empty


def test_a_large_group_is_fast(index: Index) -> None:
    rng = np.random.default_rng(5)
    codes = ["en", "de", "es", "fr", "ru", "tr", "ar", "zh", "hi", "sw", "th", "vi"]
    for name in ("none", *(f"task-{at}" for at in range(10))):
        for seed in range(1, 6):
            right = rng.integers(0, 2, (12, 500)).astype(float)
            index.job(name, seed, dict(zip(codes, right.tolist(), strict=True)))
    index.refreshed()
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        refresh(index.connection, {GROUP})
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 1.0, seconds
    assert len(index.cells()) == 11 * 14
