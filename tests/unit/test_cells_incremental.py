"""Cells after one new result: only what it can change is worked out, and in no other digit."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

import xfer_core.store
from xfer_core.store import cells

SCHEMA = Path(xfer_core.store.__file__).with_name("schema.sql")
GROUP = ("mini", "tiny", "quiz", "v1")
LANGUAGES = ("de", "en", "sw", "tr", "zh")
SIZES = {"zh": 23}


class Index:
    """An index in memory, a job at a time."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        self.connection.execute(SCHEMA.read_text(encoding="utf-8"))
        self.n_jobs = 0

    def job(self, intermediate: str, seed: int, languages: tuple[str, ...] = LANGUAGES) -> None:
        """An evaluation whose examples depend on the names alone; the cells follow."""
        self.n_jobs += 1
        job = f"e-{intermediate}-{seed}"
        put = "INSERT INTO jobs (job_id, attempt, state) VALUES (?, 1, 'succeeded')"
        self.connection.execute(put, [job])
        for seq, language in enumerate(languages):
            rng = np.random.default_rng([seed, *map(ord, intermediate + language)])
            right = rng.integers(0, 2, SIZES.get(language, 30)).astype(float)
            self.connection.execute(
                "INSERT INTO scores BY NAME SELECT ? AS job_id, 1 AS attempt, ? AS seq, "
                "'mini' AS catalog, 'tiny' AS encoder, ? AS intermediate, 'quiz' AS target, "
                "? AS language, 'test' AS split, 'accuracy' AS metric, ? AS seed, 'v1' AS variant, "
                "? AS value, ? AS n_examples, 'measured' AS source, "
                "TIMESTAMPTZ '2026-11-01 00:00:00+00' + to_seconds(?) AS recorded_at",
                [job, seq, intermediate, language, seed, right.mean(), right.size, seed],
            )
            put = "INSERT INTO example_scores VALUES (?, 1, ?, ?, NULL)"
            self.connection.execute(put, [job, seq, right.tolist()])

    def refresh(self) -> None:
        self.connection.execute("BEGIN")
        cells.refresh(self.connection, {GROUP})
        self.connection.execute("COMMIT")

    def cells(self) -> list[str]:
        """All rows with all their digits, whatever their order."""
        rows = self.connection.execute("SELECT t::VARCHAR FROM cells AS t ORDER BY 1").fetchall()
        return [row for (row,) in rows]

    def spoil(self) -> None:
        """Mark every cell that is there, so that those worked out anew can be told."""
        self.connection.execute("UPDATE cells SET sd_points = -1")

    def anew(self) -> set[str]:
        sql = "SELECT DISTINCT intermediate FROM cells WHERE sd_points IS DISTINCT FROM -1"
        return {name for (name,) in self.connection.execute(sql).fetchall()}


JOBS = [(name, seed) for name in ("none", "nli", "qa", "tag") for seed in (1, 2, 3)]


@pytest.fixture
def index() -> Index:
    return Index()


def filled(jobs: list[tuple[str, int]], one_by_one: bool) -> Index:
    index = Index()
    for intermediate, seed in jobs:
        ragged = ("de", "en", "zh") if (intermediate, seed) == ("qa", 2) else LANGUAGES
        index.job(intermediate, seed, ragged)
        if one_by_one:
            index.refresh()
    index.refresh()
    return index


def test_any_order_gives_the_same_rows_to_the_last_digit() -> None:
    expected = filled(JOBS, one_by_one=False).cells()
    assert len(expected) == 4 * 7
    order = [JOBS[at] for at in np.random.default_rng(1).permutation(len(JOBS))]
    assert filled(order, one_by_one=True).cells() == expected


def test_some_intermediate_tasks_at_a_time_give_the_same_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected = filled(JOBS, one_by_one=False).cells()
    monkeypatch.setattr(cells, "MOST_NUMBERS", 1)
    assert filled(JOBS, one_by_one=False).cells() == expected


def test_a_new_result_touches_the_cells_of_its_intermediate_task_alone(index: Index) -> None:
    for intermediate, seed in [("none", 1), ("none", 2), ("nli", 1), ("nli", 2), ("qa", 1)]:
        index.job(intermediate, seed)
    index.refresh()
    index.spoil()
    index.refresh()
    assert index.anew() == set()
    index.job("qa", 2)
    index.refresh()
    assert index.anew() == {"qa"}


def test_a_new_baseline_touches_those_that_have_its_seed(index: Index) -> None:
    for intermediate, seed in [("none", 1), ("nli", 1), ("qa", 1), ("qa", 2)]:
        index.job(intermediate, seed)
    index.refresh()
    index.spoil()
    index.job("none", 2)
    index.refresh()
    assert index.anew() == {"none", "qa"}


def test_a_lost_result_takes_its_cells_along(index: Index) -> None:
    for intermediate, seed in [("none", 1), ("nli", 1), ("qa", 1)]:
        index.job(intermediate, seed)
    index.refresh()
    index.connection.execute("UPDATE jobs SET state = 'failed' WHERE job_id = 'e-nli-1'")
    index.refresh()
    names = index.connection.execute("SELECT DISTINCT intermediate FROM cells").fetchall()
    assert sorted(names) == [("none",), ("qa",)]
    assert index.connection.execute("SELECT count(*) FROM cell_sources").fetchall() == [(2,)]


def test_the_newest_of_several_measurements_counts_as_in_the_view(index: Index) -> None:
    index.job("nli", 1)
    index.connection.execute(
        "INSERT INTO jobs (job_id, attempt, state) VALUES ('again', 1, 'succeeded'), "
        "('older', 1, 'succeeded')"
    )
    for job, value, day in (("again", 0.9, "2026-12-01"), ("older", 0.1, "2026-01-01")):
        index.connection.execute(
            "INSERT INTO scores SELECT * REPLACE (? AS job_id, ? AS value, ?::TIMESTAMPTZ AS "
            "recorded_at) FROM scores WHERE job_id = 'e-nli-1' AND language = 'de'",
            [job, value, day],
        )
    index.refresh()
    sql = "SELECT c.score, s.value FROM cells AS c JOIN current_scores AS s USING (language)"
    assert all(score == value for score, value in index.connection.execute(sql).fetchall())
    (german,) = index.connection.execute("SELECT score FROM cells WHERE language = 'de'").fetchone()
    assert german == 0.9


RUNS = """
    CREATE TEMP TABLE run AS SELECT row_number() OVER (ORDER BY hash(e, t, i, s)) AS n,
        'encoder' || e AS encoder, 'target' || t AS target,
        if(i = 0, 'none', 'task' || i) AS intermediate, s AS seed
    FROM range(5) AS a(e), range(10) AS b(t), range(20) AS c(i), range(1, 6) AS d(s)
"""
JOB_ROWS = """
    INSERT INTO jobs BY NAME SELECT 'job' || n AS job_id, 1 AS attempt, 'succeeded' AS state,
        'evaluate' AS kind, 'paper' AS catalog, encoder, intermediate, target, seed,
        'v1' AS variant FROM run
"""
SCORE_ROWS = """
    INSERT INTO scores BY NAME SELECT 'job' || n AS job_id, 1 AS attempt, l::INT AS seq,
        'paper' AS catalog, encoder, intermediate, target, if(l = 0, 'en', 'l' || l) AS language,
        'test' AS split, 'accuracy' AS metric, seed, 'v1' AS variant,
        0.7 + hash(n, l) % 1000 / 50000 AS value, 100 AS n_examples, 'measured' AS source,
        TIMESTAMPTZ '2026-11-01 00:00:00+00' + to_seconds(n) AS recorded_at
    FROM run, range(40) AS x(l) ORDER BY n, l
"""
EXAMPLE_ROWS = """
    INSERT INTO example_scores BY NAME SELECT 'job' || n AS job_id, 1 AS attempt, l::INT AS seq,
        list_transform(range(100), lambda x: (hash(x, l, n) % 10 < 7)::FLOAT) AS scores,
        NULL::FLOAT[] AS weights
    FROM run, range(40) AS x(l) ORDER BY n, l
"""


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """5,000 runs in 40 languages, in the order in which they came: any."""
    connection = duckdb.connect(str(tmp_path_factory.mktemp("large") / "xfer.duckdb"))
    connection.execute(SCHEMA.read_text(encoding="utf-8"))
    for sql in (RUNS, JOB_ROWS, SCORE_ROWS, EXAMPLE_ROWS):
        connection.execute(sql)
    yield connection
    connection.close()


@pytest.mark.slow
def test_one_new_run_among_five_thousand_takes_at_most_half_a_second(
    large: duckdb.DuckDBPyConnection,
) -> None:
    group = ("paper", "encoder1", "target3", "v1")
    new = "encoder = 'encoder1' AND target = 'target3' AND intermediate = 'task7' AND seed = 5"
    large.execute(f"UPDATE jobs SET state = 'running' WHERE {new}")
    refreshed(large, group)
    before = seeds(large)
    assert before["task7"] == 4
    assert before["task8"] == 5
    seconds = []
    for state in ("succeeded", "running") * 3:
        large.execute(f"UPDATE jobs SET state = '{state}' WHERE {new}")
        taken = refreshed(large, group)
        seconds += [taken] if state == "succeeded" else []
        assert seeds(large)["task7"] == (5 if state == "succeeded" else 4)
    assert min(seconds) <= 0.5, seconds


def refreshed(connection: duckdb.DuckDBPyConnection, group: tuple[str, str, str, str]) -> float:
    start = time.perf_counter()
    connection.execute("BEGIN")
    cells.refresh(connection, {group})
    connection.execute("COMMIT")
    return time.perf_counter() - start


def seeds(connection: duckdb.DuckDBPyConnection) -> pd.Series:
    sql = "SELECT intermediate, min(n_seeds) AS n FROM cells GROUP BY ALL HAVING count(*) = 42"
    return connection.sql(sql).to_arrow_table().to_pandas().set_index("intermediate")["n"]
